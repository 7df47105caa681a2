//! The operator under measurement.

use std::time::{Duration, Instant};

use super::processor;
use super::servers::Servers;
use crate::harness::http::Connection;
use crate::harness::{Process, binary, wait};

/// How long it may take to be ready.
const PATIENCE: Duration = Duration::from_mins(10);
/// An operator that takes less of a processor than this during [`QUIET`] has nothing to do: its lease, and watches.
const BUSY: Duration = Duration::from_millis(50);
const QUIET: Duration = Duration::from_secs(3);

/// A running operator for all namespaces, with a lease and with `--listen`.
#[derive(Debug)]
pub struct Operator {
    process: Process,
    address: String,
    start: Instant,
}

impl Operator {
    /// Starts it.
    #[must_use]
    pub fn start(servers: &Servers) -> Self {
        let address = servers.free_address();
        let mut command = binary::command(&["operator", "--listen", &address]);
        command.env("KUBECONFIG", servers.api.kubeconfig()).env("POD_NAMESPACE", "default");
        let start = Instant::now();
        let process = Process::spawn("operator", command, &servers.folder().join("operator.log"));
        Self { process, address, start }
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Waits until it is ready, which means that all objects are listed, and tells how long after its start that was.
    #[must_use]
    pub fn ready(&self) -> Duration {
        let is_ready = || {
            let answer = Connection::open(&self.address).and_then(|mut to| to.call("GET", "/readyz", None, ""));
            answer.is_ok_and(|answer| answer.status() == 200)
        };
        wait::until("the operator is ready", PATIENCE, is_ready);
        self.start.elapsed()
    }

    /// Waits until it has nothing to do any more, and tells since when.
    #[must_use]
    pub fn rests(&self) -> Instant {
        let end = Instant::now() + PATIENCE;
        loop {
            let (start, before) = (Instant::now(), processor::used_by(self.id()));
            std::thread::sleep(QUIET);
            if processor::used_by(self.id()).saturating_sub(before) < BUSY {
                return start;
            }
            assert!(Instant::now() < end, "the operator has work without end: {}", self.process.log_tail());
        }
    }

    /// Ends it in good order.
    pub fn stop(self) {
        let status = self.process.stop();
        assert!(status.success(), "{status}");
    }
}
