//! The context of every reconciliation.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::channel::mpsc::UnboundedSender;
use jiff::Timestamp;
use kube::Client;
use kube::runtime::reflector::ObjectRef;

use super::failures::Failures;
use super::heart::Heart;
use super::key::Key;
use super::lease::Tenure;
use super::locks::Locks;
use super::memory::Memory;
use super::metrics::Metrics;
use super::places::Places;
use super::run_requests::RunRequests;
use super::watch::{Guarded, Watched, keys};
use crate::api::v1alpha1::condition::ConditionType;
use crate::api::v1alpha1::{ClusterDirectory, DashboardServer, Directory, DirectoryGroupSync};
use crate::run::report::conditions::condition;
use crate::run::schedule::spread;
use crate::run::settings::AllowedHosts;
use crate::runtime::shutdown::Shutdown;

/// Requests a reconciliation of an object.
pub(super) type Trigger<K> = UnboundedSender<ObjectRef<Guarded<K>>>;

/// The state that the controllers of one watched scope share.
pub(super) struct Context {
    pub(super) client: Client,
    /// The first part of owners' names.
    pub(super) installation: String,
    pub(super) shutdown: Shutdown,
    /// Whether this operator is the one that works.
    pub(super) tenure: Tenure,
    /// As many runs as `--concurrent` allows.
    pub(super) runs: Arc<Places>,
    /// For everything that is not a run: probes, deletions, statuses of objects that rest.
    pub(super) looks: Arc<Places>,
    /// What runs may take of it.
    pub(super) memory: Arc<Memory>,
    pub(super) allowed_hosts: Arc<AllowedHosts>,
    pub(super) locks: Arc<Locks>,
    pub(super) requests: RunRequests,
    pub(super) failures: AllFailures,
    pub(super) metrics: Arc<Metrics>,
    pub(super) heart: Arc<Heart>,
    pub(super) syncs: Watched<DirectoryGroupSync>,
    pub(super) directories: Watched<Directory>,
    /// `None`: this scope is one namespace, and ClusterDirectories belong to none.
    pub(super) cluster_directories: Option<ClusterDirectories>,
    pub(super) servers: Watched<DashboardServer>,
    pub(super) sync_trigger: Trigger<DirectoryGroupSync>,
    pub(super) directory_trigger: Trigger<Directory>,
    pub(super) server_trigger: Trigger<DashboardServer>,
}

/// The ClusterDirectories.
pub(super) struct ClusterDirectories {
    pub(super) watched: Watched<ClusterDirectory>,
    pub(super) trigger: Trigger<ClusterDirectory>,
    /// The namespace of what they refer to: the operator's.
    pub(super) namespace: String,
}

/// The failures of each kind.
#[derive(Debug, Default)]
pub(super) struct AllFailures {
    pub(super) syncs: Failures,
    pub(super) directories: Failures,
    pub(super) cluster_directories: Failures,
    pub(super) servers: Failures,
}

/// A change of a Directory or a DashboardServer, which starts syncs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    /// Its spec has changed.
    pub(super) changed: bool,
    /// It has become usable, or usable in another way.
    pub(super) recovered: bool,
}

impl Context {
    /// Forgets what is remembered of objects that no longer exist.
    pub(super) fn tidy(&self) {
        if !*self.syncs.changes.borrow() {
            return;
        }
        let syncs = keys(&self.syncs.objects);
        let (directories, servers) = (self.directories(), keys(&self.servers.objects));
        self.requests.retain(|key| syncs.contains(key));
        self.failures.syncs.retain(|key| syncs.contains(key));
        self.failures.directories.retain(|key| directories.contains(key));
        self.failures.cluster_directories.retain(|key| directories.contains(key));
        self.failures.servers.retain(|key| servers.contains(key));
    }

    /// The names of all Directories and ClusterDirectories.
    pub(super) fn directories(&self) -> BTreeSet<Key> {
        let of_cluster = self.cluster_directories.as_ref().map(|directories| keys(&directories.watched.objects));
        keys(&self.directories.objects).into_iter().chain(of_cluster.into_iter().flatten()).collect()
    }

    /// The namespace of what a Directory or ClusterDirectory refers to.
    pub(super) fn namespace_beside<'a>(&'a self, directory: &'a Key) -> &'a str {
        match &self.cluster_directories {
            Some(directories) if directory.namespace.is_empty() => &directories.namespace,
            _ => &directory.namespace,
        }
    }

    /// Whether the objects that syncs refer to have been listed.
    pub(super) fn has_references(&self) -> bool {
        let of_cluster = self.cluster_directories.as_ref();
        *self.directories.changes.borrow()
            && of_cluster.is_none_or(|directories| *directories.watched.changes.borrow())
            && *self.servers.changes.borrow()
    }

    /// The namespaces with a sync that is not suspended and refers to the Directory or ClusterDirectory; `None`: the operator is
    /// shutting down.
    pub(super) async fn who_needs(&self, directory: &Key) -> Option<BTreeSet<String>> {
        // Before the syncs have been listed for the first time, no sync would seem to need it. `Store::wait_until_ready` would
        // wake only the last of several waiting tasks.
        let mut changes = self.syncs.changes.clone();
        tokio::select! {
            listed = changes.wait_for(|listed| *listed) => drop(listed.ok()?),
            () = self.shutdown.clone().requested() => return None,
        }
        let needs = |sync: &&DirectoryGroupSync| {
            let is_active = !sync.spec.suspend && sync.metadata.deletion_timestamp.is_none();
            is_active && Key::of_directory(sync) == *directory
        };
        let syncs = self.syncs.objects.state();
        let syncs = syncs.iter().filter_map(|object| object.0.as_ref().ok());
        Some(syncs.filter(needs).map(|sync| Key::of(sync).namespace).collect())
    }

    /// Requests a probe of the Directory or ClusterDirectory, which takes place if a sync needs it.
    pub(super) fn probe(&self, directory: &Key) {
        // Sending fails only during a shutdown.
        if !directory.namespace.is_empty() {
            let _ = self.directory_trigger.unbounded_send(directory.reference());
        } else if let Some(directories) = &self.cluster_directories {
            let _ = directories.trigger.unbounded_send(directory.reference());
        }
    }

    /// Requests a probe of the DashboardServer.
    pub(super) fn probe_server(&self, server: &Key) {
        // Sending fails only during a shutdown.
        let _ = self.server_trigger.unbounded_send(server.reference());
    }

    /// Starts the syncs that use the changed object: waiting ones at once, the others spread over time.
    pub(super) fn start(
        &self,
        change: Change,
        uses: impl Fn(&DirectoryGroupSync) -> bool,
        waits: impl Fn(&DirectoryGroupSync) -> bool,
        now: Timestamp,
    ) {
        for object in self.syncs.objects.state() {
            let Ok(sync) = &object.0 else { continue };
            if !uses(sync) {
                continue;
            }
            // The watch may not have the last status yet, so waiting syncs are also remembered.
            let waits = waits(sync) || (change.recovered && is_waiting(sync));
            let at = match (waits, change.changed) {
                (true, _) => now,
                (false, true) => spread(now, sync.metadata.uid.as_deref().unwrap_or_default()),
                (false, false) => continue,
            };
            self.requests.ask(&Key::of(sync), at);
            let _ = self.sync_trigger.unbounded_send(ObjectRef::from_obj(&*object));
        }
    }
}

/// Whether the sync waits for other objects, or until something is fixed.
fn is_waiting(sync: &DirectoryGroupSync) -> bool {
    use crate::api::v1alpha1::condition::Reason;
    let conditions = sync.status.as_ref().map(|status| &*status.conditions).unwrap_or_default();
    let reconciling = condition(conditions, ConditionType::Reconciling.as_str());
    condition(conditions, ConditionType::Stalled.as_str()).is_some()
        || reconciling.is_some_and(|reconciling| reconciling.reason == Reason::Waiting.as_str())
}
