//! The operator: watches four kinds, decides when to call [`crate::run`], and writes status.
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
mod endpoints;
mod error;
mod event;
mod failures;
mod group_sync;
mod heart;
mod key;
mod lease;
mod link_sets;
mod locks;
mod memory;
mod metrics;
mod patch;
mod places;
mod reconciliation;
mod request;
mod run_requests;
mod scopes;
mod served;
mod watch;
mod work;

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch as state;

pub use self::api_server::ApiServer;
use self::endpoints::Endpoints;
pub use self::error::Error;
pub use self::lease::LeaseOptions;
use self::lease::{Lease, Tenure};
pub use self::link_sets::link_book;
use self::memory::Memory;
use self::metrics::Metrics;
use self::places::Places;
use self::scopes::Scopes;
use self::served::{Fit, compare, served, used};
use self::work::{Shared, work};
use crate::run::settings::AllowedHosts;
use crate::runtime::http_server::serve;
use crate::runtime::shutdown::Shutdown;

/// The options of the operator.
#[derive(Debug, Clone)]
pub struct Options {
    /// The namespaces to watch. If empty: all.
    pub namespaces: Vec<String>,
    /// The operator's own namespace, where the Secrets of ClusterDirectories are.
    pub namespace: String,
    /// How many runs are active at once.
    pub concurrent: u16,
    /// Where it may connect, beside the API server.
    pub allowed_hosts: AllowedHosts,
    /// The first part of owners' names. `None`: the UID of the namespace `kube-system`.
    pub installation_id: Option<String>,
    /// The lease that lets one of several operators work. `None`: there is only this one.
    pub lease: Option<LeaseOptions>,
}

/// Runs until a shutdown is requested and active writes have finished. Probes and metrics are answered through `listener`.
///
/// # Errors
/// When the API server does not return the id of the installation.
pub async fn operate(
    api_server: ApiServer,
    options: Options,
    listener: Option<TcpListener>,
    shutdown: Shutdown,
) -> Result<(), Error> {
    let concurrent = usize::from(options.concurrent);
    let (runs, looks) = (Places::shared(concurrent), Places::shared(2 * concurrent + 16));
    let (scopes, memory) = (Scopes::default(), Arc::new(Memory::of_this_process()));
    let metrics = Metrics::new(scopes.clone(), Arc::clone(&runs), Arc::clone(&looks), Arc::clone(&memory));
    let metrics = Arc::new(metrics);
    let lease = options.lease.map(|options| Arc::new(Lease::new(api_server.lease.clone(), options)));
    let (fits, fit) = state::channel(Fit::default());
    let endpoints = Endpoints { metrics: Arc::clone(&metrics), scopes: scopes.clone(), fit, lease: lease.clone() };
    let answering = async {
        match listener {
            Some(listener) => serve(listener, move |path| endpoints.answer(path)).await,
            None => std::future::pending().await,
        }
    };
    let (client, stopping) = (api_server.calls.clone(), shutdown.clone());
    let used = used(&options.namespaces);
    let working = async {
        let installation = match options.installation_id {
            Some(id) => id,
            None => cluster::installation(&client).await?,
        };
        let shared = Shared {
            api_server,
            installation,
            namespaces: options.namespaces,
            namespace: options.namespace,
            runs,
            looks,
            memory,
            allowed_hosts: Arc::new(options.allowed_hosts),
            locks: Arc::default(),
            metrics,
            scopes,
            shutdown,
        };
        match lease.as_deref() {
            Some(lease) => work_in_turn(lease, &shared).await,
            None => work(&shared, Tenure::unlimited()).await,
        }
        // A run that was dropped may have left a bind behind, and a refusal must be recorded.
        tokio::select! {
            () = shared.locks.settled() => {}
            () = shared.shutdown.clone().overdue() => {}
        }
        Ok(())
    };
    let working_once_served = async {
        tokio::select! {
            () = served(&client, &used) => {}
            () = stopping.requested() => return Ok(()),
        }
        tokio::select! {
            done = working => done,
            never = compare(&client, &used, &fits) => match never {},
        }
    };
    tokio::select! {
        done = working_once_served => done,
        never = answering => match never {},
    }
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
