//! The operator: watches three kinds, decides when to call [`crate::run`], and writes status.
//!
//! ```text
//! Directory controller ──probes, binds──▶ Directory.status ──may a run bind?──▶ DirectoryGroupSync controller ──▶ run
//!          ▲                                                                            │
//!          └────────────── "the Secret has changed, or it is not ready" ────────────────┘
//! ```
//!
//! All state that must survive a restart is in the objects' status. State in [`run_requests`] and [`locks`] only starts runs
//! sooner, or one at a time.

mod cluster;
mod condition;
mod context;
mod dashboard_server;
mod directory;
mod error;
mod event;
mod group_sync;
mod key;
mod locks;
mod patch;
mod request;
mod run_requests;
mod watch;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use futures::channel::mpsc;
use futures::future::{BoxFuture, join_all};
use futures::{FutureExt as _, StreamExt as _, stream};
use kube::runtime::controller::Action;
use kube::{Client, Resource};
use tokio::sync::Semaphore;

use self::context::Context;
pub use self::error::Error;
use self::watch::controller;
use crate::api::GROUP;
use crate::api::v1alpha1::{DashboardServer, Directory, DirectoryGroupSync, DirectoryGroupSyncPlan, VERSION};
use crate::runtime::shutdown::Shutdown;

/// How soon an object is reconciled again after a failure of the API server.
const RETRY: Duration = Duration::from_secs(10);
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
}

/// Runs until a shutdown is requested and active writes have finished.
///
/// # Errors
/// When the API server does not return the id of the installation.
pub async fn operate(client: Client, options: Options, shutdown: Shutdown) -> Result<(), Error> {
    tokio::select! {
        () = served(&client) => {}
        () = shutdown.clone().requested() => return Ok(()),
    }
    let installation = match options.installation_id.clone() {
        Some(id) => id,
        None => cluster::installation(&client).await?,
    };
    tracing::info!(installation, namespaces = ?options.namespaces, "watching");
    let runs = Arc::new(Semaphore::new(options.concurrent.into()));
    let locks = Arc::new(locks::Locks::default());
    let scopes: Vec<Option<&str>> = match &*options.namespaces {
        [] => vec![None],
        namespaces => namespaces.iter().map(|namespace| Some(namespace.as_str())).collect(),
    };
    let shared = Shared { client, installation, concurrent: options.concurrent, runs, locks, shutdown };
    join_all(scopes.into_iter().flat_map(|namespace| scope(namespace, &shared))).await;
    // A run that was dropped may have left a bind behind, and a refusal must be recorded.
    tokio::select! {
        () = shared.locks.settled() => {}
        () = shared.shutdown.overdue() => {}
    }
    Ok(())
}

/// The state that all namespaces share.
struct Shared {
    client: Client,
    installation: String,
    concurrent: u16,
    runs: Arc<Semaphore>,
    locks: Arc<locks::Locks>,
    shutdown: Shutdown,
}

/// The three controllers of one namespace, or of all namespaces.
fn scope(namespace: Option<&str>, shared: &Shared) -> [BoxFuture<'static, ()>; 3] {
    let Shared { client, installation, concurrent, runs, locks, shutdown } = shared;
    let (sync_trigger, sync_triggers) = mpsc::unbounded();
    let (directory_trigger, directory_triggers) = mpsc::unbounded();
    let (syncs, watched) = controller::<DirectoryGroupSync>(client, namespace, *concurrent, sync_triggers, shutdown);
    let (directories, _) = controller::<Directory>(client, namespace, *concurrent, directory_triggers, shutdown);
    let (servers, _) = controller::<DashboardServer>(client, namespace, *concurrent, stream::empty(), shutdown);
    let context = Arc::new(Context {
        client: client.clone(),
        installation: installation.clone(),
        shutdown: shutdown.clone(),
        runs: Arc::clone(runs),
        locks: Arc::clone(locks),
        requests: run_requests::RunRequests::default(),
        syncs: watched,
        sync_trigger,
        directory_trigger,
    });
    [
        syncs.run(group_sync::reconcile, failed, Arc::clone(&context)).for_each(log).boxed(),
        directories.run(directory::reconcile, failed, Arc::clone(&context)).for_each(log).boxed(),
        servers.run(dashboard_server::reconcile, failed, context).for_each(log).boxed(),
    ]
}

/// When to try again after a failure of the API server. All other outcomes have times of their own.
fn failed<K>(_: Arc<K>, _: &Error, _: Arc<Context>) -> Action {
    Action::requeue(RETRY)
}

async fn log<T, E: std::error::Error>(looked: Result<T, E>) {
    if let Err(error) = looked {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        tracing::warn!(error = text, "cannot reconcile an object");
    }
}

/// Waits until the API server serves the kinds. Discovery needs no rights.
async fn served(client: &Client) {
    let group_version = format!("{GROUP}/{VERSION}");
    let kinds = [
        plural::<DirectoryGroupSync>(),
        plural::<DirectoryGroupSyncPlan>(),
        plural::<Directory>(),
        plural::<DashboardServer>(),
    ];
    let mut is_reported = false;
    loop {
        match client.list_api_group_resources(&group_version).await {
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
