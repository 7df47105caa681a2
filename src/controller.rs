//! The operator: watches three kinds, decides when to call [`crate::run`], and writes status.
//!
//! ```text
//! Directory controller ──probes, binds──▶ Directory.status ──may a run bind?──▶ DirectoryGroupSync controller ──▶ run
//!          ▲                                                                            │
//!          └────────────── "the Secret has changed, or it is not ready" ────────────────┘
//! ```
//!
//! All state that must survive a restart is in the objects' status. State in [`run_requests`] and [`locks`] only starts runs
//! sooner, or one at a time. Of several operators one works, the one that has the [`lease`].

mod api_server;
mod bind_memory;
mod cluster;
mod condition;
mod context;
mod dashboard_server;
mod directory;
mod error;
mod event;
mod failures;
mod group_sync;
mod key;
mod lease;
mod link_sets;
mod locks;
mod memory;
mod patch;
mod places;
mod reconciliation;
mod request;
mod run_requests;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use futures::channel::mpsc;
use futures::future::{BoxFuture, join_all};
use futures::{FutureExt as _, StreamExt as _, stream};
use kube::runtime::controller::Error as ControllerError;
use kube::{Client, Resource};
use tokio::sync;

pub use self::api_server::ApiServer;
use self::api_server::answer;
use self::context::{AllFailures, Context, keys};
pub use self::error::Error;
pub use self::lease::LeaseOptions;
use self::lease::{Lease, Tenure};
pub use self::link_sets::link_book;
use self::memory::Memory;
use self::places::Places;
use self::reconciliation::{failed, reconcile};
use self::watch::controller;
use crate::api::GROUP;
use crate::api::v1alpha1::{
    DashboardServer, DashboardServerLinkSet, Directory, DirectoryGroupSync, DirectoryGroupSyncPlan, VERSION,
};
use crate::runtime::shutdown::Shutdown;

/// How often what is remembered of deleted objects is forgotten.
const TIDY_EVERY: Duration = Duration::from_hours(1);
/// How often the API server is asked whether it serves the kinds yet.
const POLL: Duration = Duration::from_secs(2);

/// The options of the operator.
#[derive(Debug, Clone)]
pub struct Options {
    /// The namespaces to watch. If empty: all.
    pub namespaces: Vec<String>,
    /// How many runs are active at once.
    pub concurrent: u16,
    /// The first part of owners' names. `None`: the UID of the namespace `kube-system`.
    pub installation_id: Option<String>,
    /// The lease that lets one of several operators work. `None`: there is only this one.
    pub lease: Option<LeaseOptions>,
}

/// Runs until a shutdown is requested and active writes have finished.
///
/// # Errors
/// When the API server does not return the id of the installation.
pub async fn operate(api_server: ApiServer, options: Options, shutdown: Shutdown) -> Result<(), Error> {
    let client = api_server.calls.clone();
    tokio::select! {
        () = served(&client) => {}
        () = shutdown.clone().requested() => return Ok(()),
    }
    let installation = match options.installation_id.clone() {
        Some(id) => id,
        None => cluster::installation(&client).await?,
    };
    let lease = options.lease.map(|options| Lease::new(api_server.lease.clone(), options));
    let concurrent = usize::from(options.concurrent);
    let shared = Shared {
        api_server,
        installation,
        namespaces: options.namespaces,
        runs: Places::shared(concurrent),
        looks: Places::shared(2 * concurrent + 16),
        memory: Arc::new(Memory::of_this_process()),
        locks: Arc::new(locks::Locks::default()),
        shutdown,
    };
    match lease {
        Some(lease) => work_in_turn(&lease, &shared).await,
        None => work(&shared, Tenure::unlimited()).await,
    }
    // A run that was dropped may have left a bind behind, and a refusal must be recorded.
    tokio::select! {
        () = shared.locks.settled() => {}
        () = shared.shutdown.clone().overdue() => {}
    }
    Ok(())
}

/// Works while this operator has the lease, until a shutdown is requested.
async fn work_in_turn(lease: &Lease, shared: &Shared) {
    loop {
        let mut held = tokio::select! {
            held = lease.acquire() => held,
            () = shared.shutdown.clone().requested() => return,
        };
        let tenure = held.tenure();
        tokio::select! {
            () = work(shared, tenure) => return lease.release(held).await,
            // Whatever goes on is dropped, and its transaction is rolled back.
            () = lease.renew(&mut held) => {
                tracing::warn!("this operator has lost its lease, and stops until it has it again");
            }
        }
    }
}

/// The state that outlives a tenure, and that all namespaces share.
struct Shared {
    api_server: ApiServer,
    installation: String,
    namespaces: Vec<String>,
    runs: Arc<Places>,
    looks: Arc<Places>,
    memory: Arc<Memory>,
    locks: Arc<locks::Locks>,
    shutdown: Shutdown,
}

/// Watches and reconciles until a shutdown is requested.
async fn work(shared: &Shared, tenure: Tenure) {
    tracing::info!(installation = shared.installation, namespaces = ?shared.namespaces, "watching");
    let scopes: Vec<Option<&str>> = match &*shared.namespaces {
        [] => vec![None],
        namespaces => namespaces.iter().map(|namespace| Some(namespace.as_str())).collect(),
    };
    let (contexts, controllers): (Vec<_>, Vec<_>) =
        scopes.into_iter().map(|namespace| scope(namespace, shared, tenure.clone())).unzip();
    tokio::select! {
        _ = join_all(controllers.into_iter().flatten()) => {}
        never = tidy(&contexts, shared) => match never {},
    }
}

async fn tidy(contexts: &[Arc<Context>], shared: &Shared) -> std::convert::Infallible {
    loop {
        tokio::time::sleep(TIDY_EVERY).await;
        for context in contexts {
            context.tidy();
        }
        let (directories, servers): (Vec<_>, Vec<_>) =
            contexts.iter().map(|context| (keys(&context.directories.objects), keys(&context.servers.objects))).unzip();
        shared.locks.retain(
            |key| directories.iter().any(|keys| keys.contains(key)),
            |key| servers.iter().any(|keys| keys.contains(key)),
        );
    }
}

/// The three controllers of one namespace, or of all namespaces.
fn scope(namespace: Option<&str>, shared: &Shared, tenure: Tenure) -> (Arc<Context>, [BoxFuture<'static, ()>; 3]) {
    let Shared { api_server, installation, runs, looks, memory, locks, shutdown, .. } = shared;
    let (sync_trigger, sync_triggers) = mpsc::unbounded();
    let (directory_trigger, directory_triggers) = mpsc::unbounded();
    let client = &api_server.watches;
    let (syncs, watched) = controller::<DirectoryGroupSync>(client, namespace, sync_triggers, shutdown);
    let (directories, watched_directories) = controller::<Directory>(client, namespace, directory_triggers, shutdown);
    let (servers, watched_servers) = controller::<DashboardServer>(client, namespace, stream::empty(), shutdown);
    let context = Arc::new(Context {
        client: api_server.calls.clone(),
        installation: installation.clone(),
        shutdown: shutdown.clone(),
        tenure,
        runs: Arc::clone(runs),
        looks: Arc::clone(looks),
        memory: Arc::clone(memory),
        locks: Arc::clone(locks),
        requests: run_requests::RunRequests::default(),
        failures: AllFailures::default(),
        syncs: watched,
        directories: watched_directories,
        servers: watched_servers,
        sync_trigger,
        directory_trigger,
    });
    let syncs = syncs.run(reconcile, failed, Arc::clone(&context)).for_each(log);
    let directories = directories.run(reconcile, failed, Arc::clone(&context)).for_each(log);
    let servers = servers.run(reconcile, failed, Arc::clone(&context)).for_each(log);
    let controllers = [
        unless_unlisted(syncs, &context.syncs.changes, shutdown),
        unless_unlisted(directories, &context.directories.changes, shutdown),
        unless_unlisted(servers, &context.servers.changes, shutdown),
    ];
    (context, controllers)
}

/// A controller, which ends at a shutdown. One whose objects were never listed has done nothing, and would wait for its list.
fn unless_unlisted(
    controller: impl Future<Output = ()> + Send + 'static,
    listed: &sync::watch::Receiver<bool>,
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

async fn log<T, E, Q>(reconciled: Result<T, ControllerError<E, Q>>)
where
    E: std::error::Error + 'static,
    Q: std::error::Error + 'static,
{
    let error = match reconciled {
        // It was deleted before its time came.
        Ok(_) | Err(ControllerError::ObjectNotFound(_)) => return,
        Err(error) => error,
    };
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    tracing::warn!(error = text, "cannot reconcile an object");
}

/// Waits until the API server serves the kinds. Discovery needs no rights.
async fn served(client: &Client) {
    let group_version = format!("{GROUP}/{VERSION}");
    let kinds = [
        plural::<DirectoryGroupSync>(),
        plural::<DirectoryGroupSyncPlan>(),
        plural::<Directory>(),
        plural::<DashboardServer>(),
        plural::<DashboardServerLinkSet>(),
    ];
    let mut is_reported = false;
    loop {
        match answer(client.list_api_group_resources(&group_version)).await {
            Ok(list) if kinds.iter().all(|kind| list.resources.iter().any(|served| served.name == *kind)) => return,
            answer if !is_reported => {
                let error = answer.err().map(|error| error.to_string());
                tracing::warn!(error, "waiting for the API server to serve {group_version}: apply crds/");
                is_reported = true;
            }
            _ => {}
        }
        tokio::time::sleep(POLL).await;
    }
}

fn plural<K: Resource<DynamicType = ()>>() -> String {
    K::plural(&()).into_owned()
}
