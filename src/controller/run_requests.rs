//! The operator's memory between two reconciliations of a sync: requested runs, runs that something was in the way of, syncs that
//! wait for a Directory, and statuses that could not be written. Status has all state that must survive a restart. This
//! only starts runs sooner or later.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::key::Key;
use crate::api::v1alpha1::DirectoryGroupSyncStatus;
use crate::run::schedule::later;

/// After which time status says that a sync waits, whatever it waits for.
pub(super) const VISIBLE_AFTER: Duration = Duration::from_mins(2);

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
    postponed: Option<Postponed>,
    unwritten: Option<Box<DirectoryGroupSyncStatus>>,
}

/// A run that something was in the way of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Postponed {
    /// Since when.
    pub(super) since: Timestamp,
    /// How often it was tried.
    pub(super) times: u32,
}

impl Postponed {
    /// Whether it has lasted so long that status says so.
    pub(super) fn is_long(self, now: Timestamp) -> bool {
        later(self.since, VISIBLE_AFTER) <= now
    }
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

    /// Something was in the way of a run. Returns since when, and how often.
    pub(super) fn postpone(&self, sync: &Key, now: Timestamp) -> Postponed {
        let mut entries = self.entries();
        let postponed = &mut entries.entry(sync.clone()).or_default().postponed;
        let before = postponed.unwrap_or(Postponed { since: now, times: 0 });
        *postponed.insert(Postponed { times: before.times.saturating_add(1), ..before })
    }

    /// Keeps the status of a run that could not be written, or forgets it when it is. So what the run did is not done again
    /// only to be reported.
    pub(super) fn keep_unwritten(&self, sync: &Key, status: Option<DirectoryGroupSyncStatus>) {
        self.entries().entry(sync.clone()).or_default().unwritten = status.map(Box::new);
    }

    /// The status of a run that could not be written.
    pub(super) fn unwritten(&self, sync: &Key) -> Option<DirectoryGroupSyncStatus> {
        self.entries().get(sync)?.unwritten.as_deref().cloned()
    }

    /// A run of the sync is about to be reported, so nothing is in its way any more. Returns whether it is the first of this process, because an earlier process
    /// may have stopped between two writes.
    pub(super) fn report(&self, sync: &Key) -> bool {
        let mut entries = self.entries();
        let entry = entries.entry(sync.clone()).or_default();
        entry.postponed = None;
        !std::mem::replace(&mut entry.reported, true)
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

    /// Forgets what no longer exists.
    pub(super) fn retain(&self, exists: impl Fn(&Key) -> bool) {
        self.entries().retain(|key, _| exists(key));
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
    fn a_run_is_postponed_since_the_first_time_until_one_is_reported() {
        let requests = RunRequests::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(requests.postpone(&key("a"), at(10)), Postponed { since: at(10), times: 1 });
        assert_eq!(requests.postpone(&key("a"), at(20)), Postponed { since: at(10), times: 2 });
        assert!(!requests.postpone(&key("a"), at(129)).is_long(at(129)));
        assert!(requests.postpone(&key("a"), at(130)).is_long(at(130)));
        requests.report(&key("a"));
        assert_eq!(requests.postpone(&key("a"), at(30)), Postponed { since: at(30), times: 1 });
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
