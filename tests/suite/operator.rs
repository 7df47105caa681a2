//! An operator process.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use nix::sys::signal::Signal;

use crate::harness::{Process, binary};

/// Where leases are kept: a namespace that no test counts requests in.
const LEASE_NAMESPACE: &str = "default";

/// An operator that may be started, stopped and started again.
pub(crate) struct Operator {
    command: Vec<OsString>,
    environment: Vec<(&'static str, OsString)>,
    process: Option<Process>,
    log: PathBuf,
}

impl Operator {
    /// An operator that is not started yet. `lease` is the name of its lease, and `pod` its own.
    pub(crate) fn new(kubeconfig: &Path, lease: &str, pod: &str, log: &Path) -> Self {
        let command = ["operator", "--log-level", "warn,directory_group_sync=debug"].map(OsString::from).to_vec();
        let environment = vec![
            ("KUBECONFIG", kubeconfig.into()),
            ("LEASE_NAME", lease.into()),
            ("POD_NAME", pod.into()),
            ("POD_NAMESPACE", LEASE_NAMESPACE.into()),
        ];
        Self { command, environment, process: None, log: log.to_owned() }
    }

    /// Adds arguments.
    pub(crate) fn with(mut self, arguments: &[&str]) -> Self {
        self.command.extend(arguments.iter().map(OsString::from));
        self
    }

    /// Starts it, also again.
    pub(crate) fn resume(&mut self) {
        let command = binary::command(&[]);
        self.resume_by(command);
    }

    /// Starts it by a command that takes the operator's arguments.
    pub(crate) fn resume_by(&mut self, mut command: Command) {
        command.args(&self.command);
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        self.process = Some(Process::spawn("operator", command, &self.log));
    }

    /// Ends it in good order; it must end by itself.
    pub(crate) fn stop(&mut self) {
        if let Some(operator) = self.process.take() {
            let status = operator.stop();
            assert!(status.success(), "{status}");
        }
    }

    /// Ends it by SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.process.take().into_iter().for_each(Process::kill);
    }

    /// Stops it where it is, until [`Operator::go_on`].
    pub(crate) fn pause(&self) {
        if let Some(process) = &self.process {
            process.signal(Signal::SIGSTOP);
        }
    }

    /// Continues it.
    pub(crate) fn go_on(&self) {
        if let Some(process) = &self.process {
            process.signal(Signal::SIGCONT);
        }
    }

    /// How it ended, if it has ended by itself.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.process.as_mut()?.try_wait()
    }

    /// Its process id, while it runs.
    pub(crate) fn id(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    /// Sets a variable of its environment.
    pub(crate) fn set(&mut self, name: &'static str, value: impl AsRef<OsStr>) {
        self.environment.retain(|(other, _)| *other != name);
        self.environment.push((name, value.as_ref().to_owned()));
    }

    /// Everything that it has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}
