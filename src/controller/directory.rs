//! The Directory's controller: probes every server while a sync needs it, and is the only one to try a bind that may be
//! refused. It writes the data about servers and binds, which runs read.

pub(super) mod bind_permission;
mod probe;
mod servers;
mod status;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::runtime::controller::Action;

use super::cluster::{fetch, get};
use super::condition::{events_for, is_ready};
use super::context::{Change, Context};
use super::error::Error;
use super::key::Key;
use super::locks::Binding;
use super::request::{Request, request};
use super::watch::Guarded;
use super::{event, patch};
use crate::api::v1alpha1::directory::status::{BindState, BindStatus};
use crate::api::v1alpha1::{Directory, DirectoryStatus};
use crate::run;
use crate::run::referenced_object::needed_by_directory;
use crate::run::schedule::later;
use crate::run::settings::{InvalidSettings, directory_settings};
use crate::runtime::clock;

pub(super) use self::status::refused_now;
use self::status::{ProbeContext, after, unreferenced};

/// The shortest time between probes that runs request.
const SPACING: Duration = Duration::from_secs(5);
/// How soon a Directory that is not ready is probed again. The interval is used if it is shorter.
const NOT_READY_RETRY: Duration = Duration::from_mins(1);

/// Reconciles one Directory.
pub(super) async fn reconcile(object: Arc<Guarded<Directory>>, context: Arc<Context>) -> Result<Action, Error> {
    let Ok(cached) = &object.0 else { return Ok(Action::await_change()) };
    let key = Key::of(cached);
    let Some(is_needed) = context.is_needed(&key).await else { return Ok(Action::await_change()) };
    // One bind at a time, and its result is recorded before the next.
    let locks = context.locks.directory(&key);
    let mut binding = tokio::select! {
        binding = locks.binding.lock() => binding,
        () = context.shutdown.clone().requested() => return Ok(Action::await_change()),
    };
    let Some(directory) = get::<Directory>(&context.client, &key).await? else { return Ok(Action::await_change()) };
    let before = directory.status.clone().unwrap_or_default();
    let handled = before.last_handled_reconcile_at.as_deref();
    let request = request(&directory, handled, before.other_handled_reconcile_at.as_deref());
    let now = clock::now();
    if !is_needed && !request.is_new {
        let generation = directory.metadata.generation.unwrap_or_default();
        let status = unreferenced(&before, generation, now);
        if status != before {
            patch::status(&context.client, &directory, &status).await?;
        }
        return Ok(Action::await_change());
    }
    let changed = before.observed_generation != directory.metadata.generation;
    if let Some(wait) = binding.probed.and_then(|last| remaining(last, now)).filter(|_| !changed && !request.is_new) {
        return Ok(Action::requeue(wait));
    }
    let Some((after, found)) = probe_and_record(&directory, request, &mut binding, &context).await? else {
        return Ok(Action::await_change());
    };
    drop(binding);

    event::publish(&context.client, &directory, events_for(&before.conditions, &after.conditions, &found)).await;
    let ready = is_ready(&after.conditions);
    let recovered = ready && (!is_ready(&before.conditions) || changed || after.bind != before.bind);
    let uses = |sync: &crate::api::v1alpha1::DirectoryGroupSync| sync.spec.directory_ref.name == key.name;
    let waits = |sync: &Key| ready && context.requests.take_waiting(sync, &key);
    context.start(&key.namespace, Change { changed, recovered }, uses, waits, clock::now());
    let interval = directory.spec.interval.get();
    Ok(Action::requeue(if ready { interval } else { interval.min(NOT_READY_RETRY) }))
}

/// Probes the Directory and writes its status. `None`: the operator is shutting down.
async fn probe_and_record(
    directory: &Directory,
    request: Request,
    binding: &mut Binding,
    context: &Context,
) -> Result<Option<(DirectoryStatus, Result<String, run::error::Error>)>, Error> {
    let before = directory.status.clone().unwrap_or_default();
    let refused = binding.refused.as_ref().or(before.bind.as_ref());
    let (version, finding) = tokio::select! {
        looked = look(directory, refused, request.is_new, context, clock::now()) => looked,
        // Not at once, because an active bind may still be refused, which must be recorded.
        () = context.shutdown.clone().overdue() => return Ok(None),
    };
    let now = clock::now();
    let probe_context = ProbeContext {
        generation: directory.metadata.generation.unwrap_or_default(),
        request,
        secret_version: version,
        positions: binding.positioned.is_none_or(|last| later(last, servers::POSITIONS_EVERY) <= now),
        now,
    };
    let (status, found) = after(&before, finding, &probe_context);
    binding.refused = status.bind.clone().filter(|bind| bind.state == BindState::Refused.as_str());
    if status != before {
        patch::status(&context.client, directory, &status).await?;
    }
    if status.servers != before.servers {
        binding.positioned = Some(now);
    }
    binding.probed = Some(now);
    Ok(Some((status, found)))
}

/// Fetches the referenced objects and probes the Directory, unless a refused bind forbids it. Also returns the Secret's
/// version.
async fn look(
    directory: &Directory,
    bind: Option<&BindStatus>,
    requested: bool,
    context: &Context,
    now: Timestamp,
) -> (Option<String>, Result<probe::Findings, run::error::Error>) {
    let namespace = directory.metadata.namespace.as_deref().unwrap_or_default();
    let fetched = match fetch(&context.client, namespace, needed_by_directory(directory)).await {
        Ok(fetched) => fetched,
        Err(error) => return (None, Err(error.into())),
    };
    let version = bind_permission::secret(directory).and_then(|secret| fetched.versions.get(&secret).cloned());
    let settings = refuse_path(directory).and_then(|()| directory_settings(directory, &fetched.referenced));
    let settings = match settings {
        Ok(settings) => settings,
        Err(invalid) => return (version, Err(invalid.into())),
    };
    match bind {
        Some(bind)
            if version.is_some() && !bind_permission::may_try(Some(bind), version.as_deref(), requested, now) =>
        {
            (version, Err(bind_permission::refusal(bind)))
        }
        _ => (version, Ok(probe::probe(settings).await)),
    }
}

/// Refuses `spec.ldif.path`, because the operator does not read from its disk.
pub(super) fn refuse_path(directory: &Directory) -> Result<(), InvalidSettings> {
    match &directory.spec.ldif {
        Some(ldif) if ldif.path.is_some() => Err(InvalidSettings::Field {
            field: "Directory spec.ldif.path".to_owned(),
            problem:
                "is only for `directory-group-sync sync -f`: in a cluster, put the file into a ConfigMap or a Secret"
                    .to_owned(),
        }),
        _ => Ok(()),
    }
}

/// How long until the next probe may start.
fn remaining(last: Timestamp, now: Timestamp) -> Option<Duration> {
    let remaining = later(last, SPACING).duration_since(now);
    Duration::try_from(remaining).ok().filter(|remaining| !remaining.is_zero())
}
