//! How often the reconciliation of an object has failed in a row. Each failure waits longer than the one before, so that what
//! the API server refuses for good is not repeated for ever.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::key::Key;
use crate::run::schedule::retry_after;

/// How soon an object is reconciled again after its first failure.
const FIRST: Duration = Duration::from_secs(10);

/// The failures of the objects of one kind.
#[derive(Debug, Default)]
pub(super) struct Failures(Mutex<BTreeMap<Key, u32>>);

impl Failures {
    /// Notes a failure. Returns when to try again, at most this long after it.
    pub(super) fn note(&self, object: Key, longest: Duration) -> Duration {
        let mut failures = self.entries();
        let count = failures.entry(object).or_default();
        *count = count.saturating_add(1);
        retry_after(FIRST, longest, *count)
    }

    /// The object was reconciled, or it does not exist any more.
    pub(super) fn forget(&self, object: &Key) {
        self.entries().remove(object);
    }

    /// Forgets what no longer exists.
    pub(super) fn retain(&self, exists: impl Fn(&Key) -> bool) {
        self.entries().retain(|key, _| exists(key));
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<Key, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_waits_longer_up_to_the_interval_and_a_success_starts_anew() {
        let failures = Failures::default();
        let key = || Key { namespace: "n".into(), name: "a".into() };
        let wait = || failures.note(key(), Duration::from_mins(1)).as_secs();
        assert_eq!([wait(), wait(), wait(), wait(), wait()], [10, 20, 40, 60, 60]);
        failures.forget(&key());
        assert_eq!(failures.note(key(), Duration::from_mins(1)).as_secs(), 10);
    }
}
