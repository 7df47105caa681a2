//! The work of one tenure: a controller for each kind in each watched scope, what they share, and what goes on beside them.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures::channel::mpsc;
use futures::future::{BoxFuture, join_all};
use futures::{FutureExt as _, Stream, StreamExt as _};
use k8s_openapi::NamespaceResourceScope;
use kube::runtime::controller::Error as ControllerError;
use kube::runtime::reflector::ObjectRef;
use kube::{Api, Client, Resource};
use tokio::sync::watch;

use super::api_server::ApiServer;
use super::context::{AllFailures, ClusterDirectories, Context, Trigger};
use super::heart::{Heart, NOBODY};
use super::lease::Tenure;
use super::locks::Locks;
use super::memory::Memory;
use super::metrics::Metrics;
use super::places::Places;
use super::reconciliation::{Reconciled, failed, reconcile};
use super::run_requests::RunRequests;
use super::scopes::{Scope, Scopes};
use super::watch::{Guarded, controller, keys};
use crate::api::v1alpha1::{ClusterDirectory, DashboardServer, Directory, DirectoryGroupSync};
use crate::run::settings::AllowedHosts;
use crate::runtime::shutdown::Shutdown;

/// How often what is remembered of deleted objects is forgotten.
const TIDY_EVERY: Duration = Duration::from_hours(1);

/// The state that outlives a tenure, and that all namespaces share.
pub(super) struct Shared {
    pub(super) api_server: ApiServer,
    pub(super) installation: String,
    pub(super) namespaces: Vec<String>,
    /// The operator's own.
    pub(super) namespace: String,
    pub(super) runs: Arc<Places>,
    pub(super) looks: Arc<Places>,
    pub(super) memory: Arc<Memory>,
    pub(super) allowed_hosts: Arc<AllowedHosts>,
    pub(super) locks: Arc<Locks>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) scopes: Scopes,
    pub(super) shutdown: Shutdown,
}

/// Watches and reconciles until a shutdown is requested.
pub(super) async fn work(shared: &Shared, tenure: Tenure) {
    tracing::info!(installation = shared.installation, namespaces = ?shared.namespaces, "watching");
    let scopes: Vec<Option<&str>> = match &*shared.namespaces {
        [] => vec![None],
        namespaces => namespaces.iter().map(|namespace| Some(namespace.as_str())).collect(),
    };
    let (contexts, controllers): (Vec<_>, Vec<_>) =
        scopes.into_iter().map(|namespace| scope(namespace, shared, tenure.clone())).unzip();
    let _leading = Leading::begin(shared, &contexts);
    tokio::select! {
        _ = join_all(controllers.into_iter().flatten()) => {}
        never = tidy(&contexts, shared) => match never {},
        _ = join_all(contexts.iter().map(|context| beat(context))) => {}
    }
}

async fn tidy(contexts: &[Arc<Context>], shared: &Shared) -> Infallible {
    loop {
        tokio::time::sleep(TIDY_EVERY).await;
        for context in contexts {
            context.tidy();
        }
        let (directories, servers): (Vec<_>, Vec<_>) =
            contexts.iter().map(|context| (context.directories(), keys(&context.servers.objects))).unzip();
        shared.locks.retain(
            |key| directories.iter().any(|keys| keys.contains(key)),
            |key| servers.iter().any(|keys| keys.contains(key)),
        );
    }
}

/// The controllers of one namespace, or of all namespaces and of the cluster.
fn scope(namespace: Option<&str>, shared: &Shared, tenure: Tenure) -> (Arc<Context>, Vec<BoxFuture<'static, ()>>) {
    let Shared { api_server, installation, runs, looks, memory, allowed_hosts, locks, metrics, shutdown, .. } = shared;
    let (sync_trigger, sync_triggers) = mpsc::unbounded();
    let (directory_trigger, directory_triggers) = mpsc::unbounded();
    let (server_trigger, server_triggers) = mpsc::unbounded();
    let client = &api_server.watches;
    let (syncs, watched) = controller::<DirectoryGroupSync>(within(client, namespace), sync_triggers, shutdown);
    let (directories, watched_directories) =
        controller::<Directory>(within(client, namespace), directory_triggers, shutdown);
    let (servers, watched_servers) =
        controller::<DashboardServer>(within(client, namespace), server_triggers, shutdown);
    // Objects of the cluster belong to the scope of all namespaces.
    let (cluster_directories, of_cluster) = if namespace.is_none() {
        let (trigger, triggers) = mpsc::unbounded();
        let (controller, watched) = controller::<ClusterDirectory>(Api::all(client.clone()), triggers, shutdown);
        let directories = ClusterDirectories { watched, trigger, namespace: shared.namespace.clone() };
        (Some(controller), Some(directories))
    } else {
        (None, None)
    };
    let kinds = [
        (DirectoryGroupSync::KIND, watched.changes.clone()),
        (Directory::KIND, watched_directories.changes.clone()),
        (DashboardServer::KIND, watched_servers.changes.clone()),
    ];
    let listed = of_cluster.as_ref().map(|directories| directories.watched.changes.clone());
    let heart = Heart::new(kinds.into_iter().chain(listed.clone().map(|listed| (ClusterDirectory::KIND, listed))));
    let context = Arc::new(Context {
        client: api_server.calls.clone(),
        installation: installation.clone(),
        shutdown: shutdown.clone(),
        tenure,
        runs: Arc::clone(runs),
        looks: Arc::clone(looks),
        memory: Arc::clone(memory),
        allowed_hosts: Arc::clone(allowed_hosts),
        locks: Arc::clone(locks),
        requests: RunRequests::default(),
        failures: AllFailures::default(),
        metrics: Arc::clone(metrics),
        heart: Arc::new(heart),
        syncs: watched,
        directories: watched_directories,
        cluster_directories: of_cluster,
        servers: watched_servers,
        sync_trigger,
        directory_trigger,
        server_trigger,
    });
    let heart = &context.heart;
    let syncs = ended(syncs.run(reconcile, failed, Arc::clone(&context)), DirectoryGroupSync::KIND, heart);
    let directories = ended(directories.run(reconcile, failed, Arc::clone(&context)), Directory::KIND, heart);
    let servers = ended(servers.run(reconcile, failed, Arc::clone(&context)), DashboardServer::KIND, heart);
    let mut controllers = vec![
        unless_unlisted(syncs, &context.syncs.changes, shutdown),
        unless_unlisted(directories, &context.directories.changes, shutdown),
        unless_unlisted(servers, &context.servers.changes, shutdown),
    ];
    if let (Some(directories), Some(listed)) = (cluster_directories, listed) {
        let directories =
            ended(directories.run(reconcile, failed, Arc::clone(&context)), ClusterDirectory::KIND, heart);
        controllers.push(unless_unlisted(directories, &listed, shutdown));
    }
    (context, controllers)
}

/// The objects of a kind in one namespace, or in all namespaces.
fn within<K>(client: &Client, namespace: Option<&str>) -> Api<Guarded<K>>
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
{
    match namespace {
        Some(namespace) => Api::namespaced(client.clone(), namespace),
        None => Api::all(client.clone()),
    }
}

/// A controller, which ends at a shutdown. One whose objects were never listed has done nothing, and would wait for its list.
fn unless_unlisted(
    controller: impl Future<Output = ()> + Send + 'static,
    listed: &watch::Receiver<bool>,
    shutdown: &Shutdown,
) -> BoxFuture<'static, ()> {
    let (listed, shutdown) = (listed.clone(), shutdown.clone());
    async move {
        let unlisted = async {
            shutdown.requested().await;
            if *listed.borrow() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = controller => {}
            () = unlisted => {}
        }
    }
    .boxed()
}

/// Takes note of everything that a controller has done.
fn ended<T, E, Q>(
    reconciled: impl Stream<Item = Result<T, ControllerError<E, Q>>> + Send + 'static,
    kind: &'static str,
    heart: &Arc<Heart>,
) -> impl Future<Output = ()> + Send + 'static
where
    T: Send + 'static,
    E: std::error::Error + Send + 'static,
    Q: std::error::Error + Send + 'static,
{
    let heart = Arc::clone(heart);
    reconciled.for_each(move |reconciled| {
        match reconciled {
            Err(ControllerError::ObjectNotFound(object)) if object.name == NOBODY => heart.answered(kind),
            // It was deleted before its time came.
            Ok(_) | Err(ControllerError::ObjectNotFound(_)) => {}
            Err(error) => warn_of(&error),
        }
        std::future::ready(())
    })
}

fn warn_of(error: &(dyn std::error::Error + 'static)) {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    tracing::warn!(error = text, "cannot reconcile an object");
}

/// Asks each controller of a scope for an object that does not exist, for ever again.
async fn beat(context: &Context) -> Infallible {
    fn ask<K: kube::Resource<DynamicType = ()> + 'static>(trigger: &Trigger<K>) {
        // Sending fails only during a shutdown.
        let _ = trigger.unbounded_send(ObjectRef::new(NOBODY).within(NOBODY));
    }
    let ask_all = || {
        ask(&context.sync_trigger);
        ask(&context.directory_trigger);
        ask(&context.server_trigger);
        if let Some(directories) = &context.cluster_directories {
            ask(&directories.trigger);
        }
    };
    context.heart.beat(&context.looks, ask_all).await
}

/// This process works, until it is dropped.
struct Leading<'a>(&'a Shared);

impl<'a> Leading<'a> {
    fn begin(shared: &'a Shared, contexts: &[Arc<Context>]) -> Self {
        let scope = |context: &Arc<Context>| Scope {
            syncs: context.syncs.objects.clone(),
            directories: context.directories.objects.clone(),
            cluster_directories: context
                .cluster_directories
                .as_ref()
                .map(|directories| directories.watched.objects.clone()),
            servers: context.servers.objects.clone(),
            heart: Arc::clone(&context.heart),
        };
        shared.scopes.set(contexts.iter().map(scope).collect());
        shared.metrics.leads(true);
        Self(shared)
    }
}

impl Drop for Leading<'_> {
    fn drop(&mut self) {
        self.0.scopes.set(Vec::new());
        self.0.metrics.leads(false);
    }
}
