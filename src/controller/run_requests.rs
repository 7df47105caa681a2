//! The operator's memory between two reconciliations of a sync: requested runs, and syncs that wait for a Directory. Status
//! has all state that must survive a restart. This only starts runs sooner.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::key::Key;

/// Requested runs, and waiting syncs.
#[derive(Debug, Default)]
pub(super) struct RunRequests {
    entries: Mutex<BTreeMap<Key, Entry>>,
}

#[derive(Debug, Default)]
struct Entry {
    asked: Option<Timestamp>,
    waits_for: Option<Key>,
    reported: bool,
}

impl RunRequests {
    /// Requests a run of a sync at a time. Of several times, the first one is used.
    pub(super) fn ask(&self, sync: &Key, at: Timestamp) {
        let mut entries = self.entries();
        let asked = &mut entries.entry(sync.clone()).or_default().asked;
        *asked = Some(asked.map_or(at, |before| before.min(at)));
    }

    /// The time of the requested run.
    pub(super) fn asked(&self, sync: &Key) -> Option<Timestamp> {
        self.entries().get(sync)?.asked
    }

    /// A run has started, so the request is handled.
    pub(super) fn started(&self, sync: &Key) {
        if let Some(entry) = self.entries().get_mut(sync) {
            entry.asked = None;
        }
    }

    /// A run of the sync is about to be reported. Returns whether it is the first of this process, because an earlier process
    /// may have stopped between two writes.
    pub(super) fn report(&self, sync: &Key) -> bool {
        !std::mem::replace(&mut self.entries().entry(sync.clone()).or_default().reported, true)
    }

    /// The sync waits for this Directory.
    pub(super) fn wait(&self, sync: &Key, directory: Key) {
        self.entries().entry(sync.clone()).or_default().waits_for = Some(directory);
    }

    /// Returns whether the sync waits for the Directory, and removes it from the waiting ones.
    pub(super) fn take_waiting(&self, sync: &Key, directory: &Key) -> bool {
        let mut entries = self.entries();
        let waits_for = entries.get_mut(sync).map(|entry| &mut entry.waits_for);
        waits_for.is_some_and(|waits_for| waits_for.take_if(|key| key == directory).is_some())
    }

    /// The sync no longer exists.
    pub(super) fn forget(&self, sync: &Key) {
        self.entries().remove(sync);
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<Key, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key {
        Key { namespace: "n".into(), name: name.into() }
    }

    #[test]
    fn the_first_of_several_requests_counts_until_a_run_begins() {
        let requests = RunRequests::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(requests.asked(&key("a")), None);
        requests.ask(&key("a"), at(20));
        requests.ask(&key("a"), at(10));
        requests.ask(&key("a"), at(30));
        assert_eq!(requests.asked(&key("a")), Some(at(10)));
        requests.started(&key("a"));
        assert_eq!(requests.asked(&key("a")), None);
    }

    #[test]
    fn a_sync_is_reported_first_once() {
        let requests = RunRequests::default();
        assert!(requests.report(&key("a")) && requests.report(&key("b")));
        assert!(!requests.report(&key("a")));
        requests.forget(&key("a"));
        assert!(requests.report(&key("a")));
    }

    #[test]
    fn who_waits_is_told_once() {
        let requests = RunRequests::default();
        requests.wait(&key("a"), key("corp"));
        assert!(!requests.take_waiting(&key("a"), &key("other")));
        assert!(requests.take_waiting(&key("a"), &key("corp")));
        assert!(!requests.take_waiting(&key("a"), &key("corp")));
    }
}
