//! The DashboardServer's controller: probes the server and reports its product, version and missing rights.

use std::sync::Arc;
use std::time::Duration;

use kube::ResourceExt as _;
use kube::runtime::controller::Action;
use tokio::time::timeout;

use super::cluster::{fetch, get};
use super::condition::{events_for, is_ready, probed};
use super::context::{Change, Context};
use super::error::Error;
use super::failures::Failures;
use super::group_sync::is_approved;
use super::key::Key;
use super::link_sets::link_book;
use super::reconciliation::Reconciled;
use super::request::request;
use super::watch::Guarded;
use super::{event, patch};
use crate::api::v1alpha1::dashboard_server::{MAX_DIALECT, MAX_MISSING_RIGHTS, TEXT_MAX_LENGTH};
use crate::api::v1alpha1::{DashboardServer, DashboardServerStatus, DirectoryGroupSync};
use crate::run;
use crate::run::referenced_object::needed_by_server;
use crate::run::schedule::jittered;
use crate::run::settings::store_settings;
use crate::runtime::clock;
use crate::store::{self, Capabilities};

/// The longest that a probe takes.
const PROBE_LIMIT: Duration = Duration::from_mins(1);
/// How soon a probe starts again whose object has changed meanwhile.
const SUPERSEDED: Duration = Duration::from_secs(1);
/// How soon a server that is not ready is probed again. The interval is used if it is shorter.
const NOT_READY_RETRY: Duration = Duration::from_mins(1);

impl Reconciled for DashboardServer {
    const KIND: &'static str = "DashboardServer";

    async fn reconcile(object: Arc<Guarded<Self>>, context: Arc<Context>) -> Result<Action, Error> {
        reconcile(object, context).await
    }

    async fn report_fault(&self, context: &Context) -> Result<(), Error> {
        let report = |server: &Self| {
            let mut status = server.status.clone().unwrap_or_default();
            let generation = server.metadata.generation.unwrap_or_default();
            status.conditions = probed(&status.conditions, generation, &Err(run::error::Error::Fault), clock::now());
            Some(status)
        };
        patch::status(&context.client, self, report).await?;
        Ok(())
    }

    fn interval(&self) -> Duration {
        self.spec.interval.get()
    }

    fn failures(context: &Context) -> &Failures {
        &context.failures.servers
    }
}

/// Reconciles one DashboardServer.
async fn reconcile(object: Arc<Guarded<DashboardServer>>, context: Arc<Context>) -> Result<Action, Error> {
    let Ok(cached) = &object.0 else { return Ok(Action::await_change()) };
    let key = Key::of(cached);
    let _place = context.looks.take(&key.namespace, clock::now()).await;
    let Some(server) = get::<DashboardServer>(&context.client, &key).await? else { return Ok(Action::await_change()) };
    let before = server.status.clone().unwrap_or_default();
    let probe = tokio::select! {
        probe = probe(&server, &context) => probe,
        () = context.shutdown.clone().requested() => return Ok(Action::await_change()),
        () = context.servers.superseded(&server) => return Ok(Action::requeue(SUPERSEDED)),
    };
    let now = clock::now();
    let mut status = before.clone();
    let found = probe.and_then(|capabilities| digest(&mut status, &capabilities));
    let generation = server.metadata.generation;
    status.conditions = probed(&before.conditions, generation.unwrap_or_default(), &found, now);
    status.observed_generation = generation;
    let handled = before.last_handled_reconcile_at.as_deref();
    let request = request(&server, handled, before.other_handled_reconcile_at.as_deref());
    status.last_handled_reconcile_at = request.at.or(status.last_handled_reconcile_at);
    status.other_handled_reconcile_at = request.other;
    if status != before {
        let report = |now: &DashboardServer| (now.status == server.status).then(|| status.clone());
        patch::status(&context.client, &server, report).await?;
    }
    event::publish(&context.client, &server, events_for(&before.conditions, &status.conditions, &found)).await;

    let ready = is_ready(&status.conditions);
    let changed = before.observed_generation != generation;
    let recovered = ready && (changed || !is_ready(&before.conditions));
    let uses = |sync: &DirectoryGroupSync| Key::of_server(sync) == key;
    let waits = |sync: &DirectoryGroupSync| is_approved(sync, &server);
    context.start(Change { changed, recovered }, uses, waits, now);
    let interval = server.spec.interval.get();
    let wait = if ready { interval } else { interval.min(NOT_READY_RETRY) };
    Ok(Action::requeue(jittered(wait, server.metadata.uid.as_deref().unwrap_or_default(), clock::now())))
}

async fn probe(server: &DashboardServer, context: &Context) -> Result<Capabilities, run::error::Error> {
    let namespace = server.metadata.namespace.as_deref().unwrap_or_default();
    let fetched = fetch(&context.client, namespace, needed_by_server(server)).await;
    let book = || Ok(link_book(context.client.clone(), namespace, &server.name_any()));
    let settings = context.allowed_hosts.admit_store(store_settings(server, &fetched?.referenced)?)?;
    let store = store::open(settings.counted(context.metrics.server_traffic(&Key::of(server))), book)?;
    let late = |_| {
        let problem = format!("no answer within {} s", PROBE_LIMIT.as_secs());
        Err(store::Error::unreachable("probing the dashboard server", problem))
    };
    Ok(timeout(PROBE_LIMIT, store.probe()).await.unwrap_or_else(late)?)
}

/// Updates the status with the result of a probe.
fn digest(status: &mut DashboardServerStatus, capabilities: &Capabilities) -> Result<String, run::error::Error> {
    let cut = |text: &str| text.chars().take(TEXT_MAX_LENGTH).collect::<String>();
    status.store_id = capabilities.identity.as_deref().map(cut);
    status.product = Some(cut(&capabilities.product));
    status.version = Some(cut(&capabilities.version));
    status.dialect = capabilities.dialect.iter().take(MAX_DIALECT).map(|habit| cut(habit)).collect();
    status.signed_in_as = capabilities.signed_in_as.as_deref().map(cut);
    status.missing_rights =
        capabilities.missing_rights.iter().take(MAX_MISSING_RIGHTS).map(|right| cut(right)).collect();
    if capabilities.missing_rights.is_empty() {
        return Ok(format!("{} {} answers", capabilities.product, capabilities.version));
    }
    Err(store::Error::missing(&capabilities.missing_rights).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::ability::Abilities;
    use crate::sync::form::Form;

    #[test]
    fn a_missing_right_is_said_and_makes_the_server_unready() {
        let mut capabilities = Capabilities {
            identity: None,
            product: "PostgreSQL".into(),
            version: "15".into(),
            dialect: Vec::new(),
            signed_in_as: Some("sync".into()),
            administrator_accounts: Vec::new(),
            missing_rights: Vec::new(),
            administrators: Vec::new(),
            foreign_groups: Vec::new(),
            administrator_role: None,
            roles: Vec::new(),
            default_group: None,
            is_atomic: true,
            abilities: Abilities::DATABASE,
            form: Form::ANY,
        };
        let mut status = DashboardServerStatus::default();
        assert_eq!(digest(&mut status, &capabilities).unwrap(), "PostgreSQL 15 answers");
        capabilities.missing_rights = vec!["GRANT INSERT ON users TO sync".into()];
        let error = digest(&mut status, &capabilities).unwrap_err();
        assert_eq!(error.reason().as_str(), "StoreAccessDenied");
        assert_eq!(status.missing_rights, ["GRANT INSERT ON users TO sync"]);
        assert_eq!(status.signed_in_as.as_deref(), Some("sync"));
    }
}
