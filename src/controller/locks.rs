//! Limits of concurrent work within this process: two runs for each directory, one bind for each directory, one writing run
//! for each store.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

use super::key::Key;
use crate::api::v1alpha1::directory::status::BindStatus;

/// How many runs read one directory at once, so that workers remain for other directories.
const RUNS_PER_DIRECTORY: usize = 2;

/// All locks of the process.
#[derive(Debug, Default)]
pub(super) struct Locks {
    directories: Mutex<BTreeMap<Key, Arc<DirectoryLocks>>>,
    servers: Mutex<BTreeMap<Key, Arc<tokio::sync::Mutex<()>>>>,
    stores: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

/// The state that all tasks for one Directory share.
#[derive(Debug)]
pub(super) struct DirectoryLocks {
    runs: Arc<Semaphore>,
    /// Held by the task that connects and binds, until the result is recorded.
    pub(super) binding: Arc<tokio::sync::Mutex<Binding>>,
}

/// This process's memory of its binds to one Directory.
#[derive(Debug, Default)]
pub(super) struct Binding {
    /// When the last probe ended.
    pub(super) probed: Option<Timestamp>,
    /// When positions were last written to status.
    pub(super) positioned: Option<Timestamp>,
    /// A refusal, so that it holds even if it could not be recorded.
    pub(super) refused: Option<BindStatus>,
}

impl Locks {
    /// The state of a Directory.
    pub(super) fn directory(&self, key: &Key) -> Arc<DirectoryLocks> {
        let mut directories = self.directories.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(directories.entry(key.clone()).or_insert_with(|| Arc::new(DirectoryLocks::new())))
    }

    /// The right to write to the store of a `DashboardServer`, if no other run of this process has it. Two `DashboardServer`s
    /// may lead to one store, so the identity of the store is locked too, if it has one.
    pub(super) fn try_store(&self, server: &Key, identity: Option<&str>) -> Option<StoreTurn> {
        let server = try_lock(&self.servers, server.clone())?;
        let store = match identity {
            Some(identity) => Some(try_lock(&self.stores, identity.to_owned())?),
            None => None,
        };
        Some(StoreTurn { _server: server, _store: store })
    }

    /// Whether a run may read a Directory now.
    pub(super) fn has_room(&self, directory: &Key) -> bool {
        self.directory(directory).runs.available_permits() > 0
    }

    /// The right to read a Directory, if it is free now.
    pub(super) fn try_run(&self, directory: &Key) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.directory(directory).runs).try_acquire_owned().ok()
    }

    /// Waits until no bind is active and the result of every bind is recorded.
    pub(super) async fn settled(&self) {
        let gates: Vec<_> = {
            let directories = self.directories.lock().unwrap_or_else(PoisonError::into_inner);
            directories.values().map(Arc::clone).collect()
        };
        for gate in gates {
            drop(gate.binding.lock().await);
        }
    }
}

/// The right to write to a store, until it is dropped.
#[derive(Debug)]
pub(super) struct StoreTurn {
    _server: OwnedMutexGuard<()>,
    _store: Option<OwnedMutexGuard<()>>,
}

fn try_lock<K: Ord>(locks: &Mutex<BTreeMap<K, Arc<tokio::sync::Mutex<()>>>>, key: K) -> Option<OwnedMutexGuard<()>> {
    let mut locks = locks.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(locks.entry(key).or_default()).try_lock_owned().ok()
}

impl DirectoryLocks {
    fn new() -> Self {
        Self { runs: Arc::new(Semaphore::new(RUNS_PER_DIRECTORY)), binding: Arc::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key {
        Key { namespace: "n".into(), name: name.into() }
    }

    #[test]
    fn two_runs_on_a_directory_and_one_writer_on_a_store() {
        let locks = Locks::default();
        let first = locks.try_run(&key("corp"));
        let second = locks.try_run(&key("corp"));
        assert!(first.is_some() && second.is_some());
        assert!(locks.try_run(&key("corp")).is_none(), "two read the directory already");
        assert!(locks.try_run(&key("other")).is_some());
        drop(first);
        assert!(locks.try_run(&key("corp")).is_some());

        let writer = locks.try_store(&key("bi"), None);
        assert!(writer.is_some());
        assert!(locks.try_store(&key("bi"), Some("id")).is_none(), "the server's store is taken");
        let other = locks.try_store(&key("bi2"), Some("id"));
        assert!(other.is_some());
        assert!(locks.try_store(&key("bi3"), Some("id")).is_none(), "it is the same store");
        drop((writer, other));
        assert!(locks.try_store(&key("bi"), Some("id")).is_some());
    }
}
