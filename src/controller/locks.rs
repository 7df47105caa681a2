//! Who may work at the same time within this process: one run on a store, two on a directory, one bind to a directory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

use super::key::Key;
use crate::api::v1alpha1::directory::status::BindStatus;

/// How many runs read one directory at once; the others leave their workers to other directories.
const RUNS_PER_DIRECTORY: usize = 2;

/// All locks of the process.
#[derive(Debug, Default)]
pub(super) struct Locks {
    directories: Mutex<BTreeMap<Key, Arc<DirectoryGate>>>,
    servers: Mutex<BTreeMap<Key, Arc<tokio::sync::Mutex<()>>>>,
}

/// What is shared by all who use one Directory.
#[derive(Debug)]
pub(super) struct DirectoryGate {
    runs: Arc<Semaphore>,
    /// Held by whoever connects and binds, until what came of it is recorded.
    pub(super) binding: tokio::sync::Mutex<Binding>,
}

/// What this process remembers of its binds to one Directory.
#[derive(Debug, Default)]
pub(super) struct Binding {
    /// When the last probe ended.
    pub(super) probed: Option<Timestamp>,
    /// When positions were last written to status.
    pub(super) positioned: Option<Timestamp>,
    /// A refusal, so that it holds even if it could not be recorded.
    pub(super) refused: Option<BindStatus>,
}

/// The right to run. Dropped, it is given back.
#[derive(Debug)]
pub(super) struct Permit {
    _directory: OwnedSemaphorePermit,
    _server: OwnedMutexGuard<()>,
}

impl Locks {
    /// The gate of a Directory.
    pub(super) fn directory(&self, key: &Key) -> Arc<DirectoryGate> {
        let mut directories = self.directories.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(directories.entry(key.clone()).or_insert_with(|| Arc::new(DirectoryGate::new())))
    }

    /// The right to use the store of a DashboardServer, if nobody else of this process has it.
    pub(super) fn try_server(&self, key: &Key) -> Option<OwnedMutexGuard<()>> {
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(servers.entry(key.clone()).or_default()).try_lock_owned().ok()
    }

    /// The right to run from this Directory to this DashboardServer, if it is free now.
    pub(super) fn try_run(&self, directory: &Key, server: &Key) -> Option<Permit> {
        let directory = Arc::clone(&self.directory(directory).runs).try_acquire_owned().ok()?;
        Some(Permit { _directory: directory, _server: self.try_server(server)? })
    }
}

impl DirectoryGate {
    fn new() -> Self {
        Self { runs: Arc::new(Semaphore::new(RUNS_PER_DIRECTORY)), binding: tokio::sync::Mutex::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key {
        Key { namespace: "n".into(), name: name.into() }
    }

    #[test]
    fn one_run_on_a_store_and_two_on_a_directory() {
        let locks = Locks::default();
        let first = locks.try_run(&key("corp"), &key("bi"));
        assert!(first.is_some());
        assert!(locks.try_run(&key("corp"), &key("bi")).is_none(), "the store is taken");
        assert!(locks.try_run(&key("other"), &key("bi")).is_none(), "whatever the directory is");
        let second = locks.try_run(&key("corp"), &key("bi2"));
        assert!(second.is_some());
        assert!(locks.try_run(&key("corp"), &key("bi3")).is_none(), "two read the directory already");
        assert!(locks.try_run(&key("other"), &key("bi3")).is_some(), "what was refused is not kept");
        drop(first);
        assert!(locks.try_run(&key("corp"), &key("bi")).is_some());
    }
}
