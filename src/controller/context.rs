//! The context of every reconciliation.

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
use crate::api::v1alpha1::{DashboardServer, Directory, DirectoryGroupSync};
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
    pub(super) servers: Watched<DashboardServer>,
    pub(super) sync_trigger: Trigger<DirectoryGroupSync>,
    pub(super) directory_trigger: Trigger<Directory>,
    pub(super) server_trigger: Trigger<DashboardServer>,
}

/// The failures of each kind.
#[derive(Debug, Default)]
pub(super) struct AllFailures {
    pub(super) syncs: Failures,
    pub(super) directories: Failures,
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
        let (directories, servers) = (keys(&self.directories.objects), keys(&self.servers.objects));
        self.requests.retain(|key| syncs.contains(key));
        self.failures.syncs.retain(|key| syncs.contains(key));
        self.failures.directories.retain(|key| directories.contains(key));
        self.failures.servers.retain(|key| servers.contains(key));
    }

    /// Whether a sync that is not suspended refers to the Directory; `None`: the operator is shutting down.
    pub(super) async fn is_needed(&self, directory: &Key) -> Option<bool> {
        // Before the syncs have been listed for the first time, no sync would seem to need it. `Store::wait_until_ready` would
        // wake only the last of several waiting tasks.
        let mut changes = self.syncs.changes.clone();
        tokio::select! {
            listed = changes.wait_for(|listed| *listed) => drop(listed.ok()?),
            () = self.shutdown.clone().requested() => return None,
        }
        let needs = |sync: &DirectoryGroupSync| {
            let is_active = !sync.spec.suspend && sync.metadata.deletion_timestamp.is_none();
            is_active && Key::of(sync).beside(&sync.spec.directory_ref.name) == *directory
        };
        Some(self.syncs.objects.state().iter().any(|object| object.0.as_ref().is_ok_and(needs)))
    }

    /// Requests a probe of the Directory, which takes place if a sync needs it.
    pub(super) fn probe(&self, directory: &Key) {
        let reference = ObjectRef::new(&directory.name).within(&directory.namespace);
        // Sending fails only during a shutdown.
        let _ = self.directory_trigger.unbounded_send(reference);
    }

    /// Requests a probe of the DashboardServer.
    pub(super) fn probe_server(&self, server: &Key) {
        let reference = ObjectRef::new(&server.name).within(&server.namespace);
        // Sending fails only during a shutdown.
        let _ = self.server_trigger.unbounded_send(reference);
    }

    /// Starts the syncs that use the changed object: waiting ones at once, the others spread over time.
    pub(super) fn start(
        &self,
        namespace: &str,
        change: Change,
        uses: impl Fn(&DirectoryGroupSync) -> bool,
        waits: impl Fn(&DirectoryGroupSync) -> bool,
        now: Timestamp,
    ) {
        for object in self.syncs.objects.state() {
            let Ok(sync) = &object.0 else { continue };
            let key = Key::of(sync);
            if key.namespace != namespace || !uses(sync) {
                continue;
            }
            // The watch may not have the last status yet, so waiting syncs are also remembered.
            let waits = waits(sync) || (change.recovered && is_waiting(sync));
            let at = match (waits, change.changed) {
                (true, _) => now,
                (false, true) => spread(now, sync.metadata.uid.as_deref().unwrap_or_default()),
                (false, false) => continue,
            };
            self.requests.ask(&key, at);
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
