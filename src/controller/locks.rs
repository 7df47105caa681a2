//! Limits of concurrent work within this process: two runs for each directory, one bind for each directory, one writing run
//! for each store.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::OwnedMutexGuard;

use super::bind_memory::BindMemory;
use super::key::Key;
use super::places::Places;

/// How many runs read one directory at once, so that places remain for other directories.
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
    /// For the runs that read it.
    pub(super) runs: Arc<Places>,
    /// Held by the task that connects and binds, until the result is recorded.
    pub(super) binding: Arc<tokio::sync::Mutex<Probing>>,
    /// What this process knows of its binds.
    pub(super) memory: BindMemory,
}

/// This process's memory of its probes of one Directory.
#[derive(Debug, Default)]
pub(super) struct Probing {
    /// When the last probe ended.
    pub(super) probed: Option<Timestamp>,
    /// When positions were last written to status.
    pub(super) positioned: Option<Timestamp>,
}

impl Locks {
    /// The state of a Directory.
    pub(super) fn directory(&self, key: &Key) -> Arc<DirectoryLocks> {
        let mut directories = self.directories.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(directories.entry(key.clone()).or_insert_with(|| Arc::new(DirectoryLocks::of(key))))
    }

    /// Waits for the right to write to the store of a `DashboardServer`. Two `DashboardServer`s may lead to one store, so the
    /// identity of the store is locked too, if it has one.
    pub(super) async fn store(&self, server: &Key, identity: Option<&str>) -> StoreTurn {
        let server = lock(&self.servers, server.clone()).lock_owned().await;
        let store = match identity {
            Some(identity) => Some(lock(&self.stores, identity.to_owned()).lock_owned().await),
            None => None,
        };
        StoreTurn { _server: server, _store: store }
    }

    /// Waits until no bind is active and the result of every bind is recorded.
    pub(super) async fn settled(&self) {
        let directories: Vec<_> = {
            let directories = self.directories.lock().unwrap_or_else(PoisonError::into_inner);
            directories.values().map(Arc::clone).collect()
        };
        for directory in directories {
            drop(directory.binding.lock().await);
        }
    }

    /// Forgets the objects that no longer exist, unless a task still uses them.
    pub(super) fn retain(&self, directory_exists: impl Fn(&Key) -> bool, server_exists: impl Fn(&Key) -> bool) {
        let mut directories = self.directories.lock().unwrap_or_else(PoisonError::into_inner);
        directories.retain(|key, locks| directory_exists(key) || Arc::strong_count(locks) > 1);
        drop(directories);
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        servers.retain(|key, lock| server_exists(key) || Arc::strong_count(lock) > 1);
        drop(servers);
        self.stores.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, lock| Arc::strong_count(lock) > 1);
    }
}

/// The right to write to a store, until it is dropped.
#[derive(Debug)]
pub(super) struct StoreTurn {
    _server: OwnedMutexGuard<()>,
    _store: Option<OwnedMutexGuard<()>>,
}

fn lock<K: Ord>(locks: &Mutex<BTreeMap<K, Arc<tokio::sync::Mutex<()>>>>, key: K) -> Arc<tokio::sync::Mutex<()>> {
    let mut locks = locks.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(locks.entry(key).or_default())
}

impl DirectoryLocks {
    /// The namespaces that use one of the cluster share its places: each may have one.
    fn of(directory: &Key) -> Self {
        let places = if directory.namespace.is_empty() { Places::shared } else { Places::plain };
        Self { runs: places(RUNS_PER_DIRECTORY), binding: Arc::default(), memory: BindMemory::default() }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn key(name: &str) -> Key {
        Key { namespace: "n".into(), name: name.into() }
    }

    #[test]
    fn two_runs_on_a_directory() {
        let locks = Locks::default();
        let run = |name| locks.directory(&key(name)).runs.take_now();
        let first = run("corp");
        let second = run("corp");
        assert!(first.is_some() && second.is_some());
        assert!(run("corp").is_none(), "two read the directory already");
        assert!(run("other").is_some());
        drop(first);
        assert!(run("corp").is_some());
    }

    #[test]
    fn a_namespace_keeps_no_other_from_a_directory_of_the_cluster() {
        let locks = Locks::default();
        let corp = locks.directory(&Key::of_cluster("corp"));
        let run = |namespace| corp.runs.take(namespace, jiff::Timestamp::UNIX_EPOCH).now_or_never();
        let first = run("a");
        assert!(first.is_some() && run("a").is_none(), "a second one of the same namespace waits");
        let second = run("b");
        assert!(second.is_some() && run("c").is_none());
        drop(first);
        assert!(run("c").is_some());
    }

    #[test]
    fn one_writer_on_a_store_whichever_object_leads_to_it() {
        let locks = Locks::default();
        let take = |server: &str, identity| locks.store(&key(server), identity).now_or_never();
        let writer = take("bi", None);
        assert!(writer.is_some());
        assert!(take("bi", Some("id")).is_none(), "the server's store is taken");
        let other = take("bi2", Some("id"));
        assert!(other.is_some());
        assert!(take("bi3", Some("id")).is_none(), "it is the same store");
        drop((writer, other));
        assert!(take("bi", Some("id")).is_some());
    }

    #[test]
    fn what_is_gone_is_forgotten_unless_it_is_in_use() {
        let locks = Locks::default();
        let in_use = locks.directory(&key("used"));
        drop((locks.directory(&key("stays")), locks.directory(&key("gone"))));
        locks.retain(|directory| directory.name == "stays", |_| false);
        let known = || locks.directories.lock().unwrap().keys().map(|key| key.name.clone()).collect::<Vec<_>>();
        assert_eq!(known(), ["stays", "used"]);
        drop(in_use);
        locks.retain(|_| false, |_| false);
        assert!(known().is_empty());
    }
}
