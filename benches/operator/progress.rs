//! How far the syncs are, without asking again and again: one watch by `kubectl`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::servers::Servers;
use crate::harness::Process;

/// `kubectl` would make spaces of tabs.
const COLUMNS: &str = "jsonpath={.metadata.name},{.status.conditions[?(@.type==\"Ready\")].reason},\
                       {.status.lastHandledReconcileAt}{\"\\n\"}";
/// A look at what the watch has printed takes time from the servers.
const LOOK: Duration = Duration::from_millis(200);
const PATIENCE: Duration = Duration::from_hours(1);

/// A watch of all syncs.
#[derive(Debug)]
pub struct Progress {
    watch: Process,
    file: PathBuf,
}

/// What is known of a sync.
#[derive(Debug, Clone, Copy)]
pub struct State<'a> {
    /// The reason of `Ready`; empty before the first one.
    pub reason: &'a str,
    /// The request that was handled last; empty before the first one.
    pub handled: &'a str,
}

impl Progress {
    /// Starts a watch. The file's name is for nothing else.
    #[must_use]
    pub fn watch(servers: &Servers, file: &str) -> Self {
        let file = servers.folder().join(file);
        let arguments = ["-n", servers.namespace(), "get", "dgs", "--watch", "-o", COLUMNS];
        Self { watch: servers.api.watch(&arguments, &file), file }
    }

    /// Waits until this is so for so many syncs, and tells when it was.
    pub fn wait(&mut self, what: &str, count: u32, is_so: impl Fn(State<'_>) -> bool) -> Instant {
        let end = Instant::now() + PATIENCE;
        loop {
            let text = std::fs::read_to_string(&self.file).unwrap_or_default();
            let found = states(&text).values().filter(|&&state| is_so(state)).count();
            if found >= usize::try_from(count).expect("a count of ours") {
                return Instant::now();
            }
            let ended = self.watch.try_wait();
            assert!(ended.is_none(), "the watch has ended: {}", self.watch.log_tail());
            assert!(Instant::now() < end, "{what}: so for {found} of {count} syncs within {PATIENCE:?}");
            std::thread::sleep(LOOK);
        }
    }
}

/// The last state of each sync. A line that is still being written is left for the next look.
fn states(text: &str) -> BTreeMap<&str, State<'_>> {
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let states = whole.lines().filter_map(|line| {
        let mut fields = line.split(',');
        Some((fields.next()?, State { reason: fields.next()?, handled: fields.next()? }))
    });
    states.collect()
}
