//! The controller of Directories and ClusterDirectories: probes every server while a sync needs it, and is the only one to try
//! a bind that may be refused. It writes the data about servers and binds, which runs read.

pub(super) mod bind_permission;
mod kind;
mod permission;
mod probe;
mod servers;
mod status;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::runtime::controller::Action;

use super::bind_memory::answer_to;
use super::cluster::{ContentVersion, fetch, get};
use super::condition::{events_for, is_ready, probed};
use super::context::{Change, Context};
use super::error::Error;
use super::failures::Failures;
use super::key::Key;
use super::locks::{DirectoryLocks, Probing};
use super::reconciliation::Reconciled;
use super::request::{Request, request};
use super::watch::Guarded;
use super::{event, patch};
use crate::api::v1alpha1::reference::DirectoryKind;
use crate::api::v1alpha1::{ClusterDirectory, Directory, DirectoryGroupSync, DirectoryStatus};
use crate::directory;
use crate::run;
use crate::run::referenced_object::needed_by_directory;
use crate::run::schedule::{jittered, later};
use crate::run::settings::{InvalidSettings, directory_settings};
use crate::runtime::clock;

pub(super) use self::kind::DescribesDirectory;
pub(super) use self::status::refused_now;
use self::status::{ProbeContext, after, unreferenced};

/// The shortest time between probes that runs request.
const SPACING: Duration = Duration::from_secs(5);
/// How soon a Directory that is not ready is probed again. The interval is used if it is shorter.
const NOT_READY_RETRY: Duration = Duration::from_mins(1);

impl Reconciled for Directory {
    const KIND: &'static str = DirectoryKind::Directory.as_str();

    async fn reconcile(object: Arc<Guarded<Self>>, context: Arc<Context>) -> Result<Action, Error> {
        Box::pin(reconcile(object, context)).await
    }

    async fn report_fault(&self, context: &Context) -> Result<(), Error> {
        report_fault(self, context).await
    }

    fn interval(&self) -> Duration {
        self.spec.interval.get()
    }

    fn failures(context: &Context) -> &Failures {
        &context.failures.directories
    }
}

impl Reconciled for ClusterDirectory {
    const KIND: &'static str = DirectoryKind::ClusterDirectory.as_str();

    async fn reconcile(object: Arc<Guarded<Self>>, context: Arc<Context>) -> Result<Action, Error> {
        Box::pin(reconcile(object, context)).await
    }

    async fn report_fault(&self, context: &Context) -> Result<(), Error> {
        report_fault(self, context).await
    }

    fn interval(&self) -> Duration {
        self.spec.directory.interval.get()
    }

    fn failures(context: &Context) -> &Failures {
        &context.failures.cluster_directories
    }
}

async fn report_fault<K: DescribesDirectory>(object: &K, context: &Context) -> Result<(), Error> {
    let report = |object: &K| {
        let mut status = object.status().cloned().unwrap_or_default();
        let generation = object.meta().generation.unwrap_or_default();
        status.conditions = probed(&status.conditions, generation, &Err(run::error::Error::Fault), clock::now());
        Some(status)
    };
    patch::status(&context.client, object, report).await?;
    Ok(())
}

/// Reconciles one object.
async fn reconcile<K: DescribesDirectory>(object: Arc<Guarded<K>>, context: Arc<Context>) -> Result<Action, Error> {
    let Ok(cached) = &object.0 else { return Ok(Action::await_change()) };
    let key = Key::of(cached);
    let Some(namespaces) = context.who_needs(&key).await else { return Ok(Action::await_change()) };
    // One bind at a time, and its result is recorded before the next.
    let locks = context.locks.directory(&key);
    let mut binding = tokio::select! {
        binding = locks.binding.lock() => binding,
        () = context.shutdown.clone().requested() => return Ok(Action::await_change()),
    };
    let _place = context.looks.take(&key.namespace, clock::now()).await;
    let Some(object) = get::<K>(&context.client, &key).await? else { return Ok(Action::await_change()) };
    let is_needed = object.serves(namespaces, &context.client).await?;
    let directory: Directory = object.clone().into();
    let before = directory.status.clone().unwrap_or_default();
    let handled = before.last_handled_reconcile_at.as_deref();
    let request = request(&directory, handled, before.other_handled_reconcile_at.as_deref());
    let now = clock::now();
    if !is_needed && !request.is_new {
        let generation = directory.metadata.generation.unwrap_or_default();
        let status = unreferenced(&before, generation, now);
        if status != before {
            let report =
                |now: &K| Some(unreferenced(&now.status().cloned().unwrap_or_default(), generation, clock::now()));
            patch::status(&context.client, &object, report).await?;
        }
        return Ok(Action::await_change());
    }
    let changed = before.observed_generation != directory.metadata.generation;
    if let Some(wait) = binding.probed.and_then(|last| remaining(last, now)).filter(|_| !changed && !request.is_new) {
        return Ok(Action::requeue(wait));
    }
    let probed = probe_and_record(&object, &directory, request, (&mut binding, &locks), &context).await?;
    let Some((after, found)) = probed else {
        return Ok(Action::requeue(SPACING));
    };
    drop(binding);

    event::publish(&context.client, &object, events_for(&before.conditions, &after.conditions, &found)).await;
    let ready = is_ready(&after.conditions);
    let recovered = ready && (!is_ready(&before.conditions) || changed || after.bind != before.bind);
    let uses = |sync: &DirectoryGroupSync| Key::of_directory(sync) == key;
    let waits = |sync: &DirectoryGroupSync| ready && context.requests.take_waiting(&Key::of(sync), &key);
    context.start(Change { changed, recovered }, uses, waits, clock::now());
    let interval = directory.spec.interval.get();
    let wait = if ready { interval } else { interval.min(NOT_READY_RETRY) };
    Ok(Action::requeue(jittered(wait, directory.metadata.uid.as_deref().unwrap_or_default(), clock::now())))
}

/// Probes the Directory and writes its status. `None`: the operator is shutting down, or the Directory has changed.
async fn probe_and_record<K: DescribesDirectory>(
    object: &K,
    directory: &Directory,
    request: Request,
    (probing, locks): (&mut Probing, &DirectoryLocks),
    context: &Context,
) -> Result<Option<(DirectoryStatus, Result<String, run::error::Error>)>, Error> {
    let before = directory.status.clone().unwrap_or_default();
    let is_new = request.is_new || before.observed_generation != directory.metadata.generation;
    let (credentials, finding) = tokio::select! {
        looked = look(directory, locks, is_new, context) => looked,
        // Not at once, because an active bind may still be refused, which must be recorded.
        () = context.shutdown.clone().overdue() => return Ok(None),
        () = superseded(object, context) => return Ok(None),
    };
    let now = clock::now();
    let probe_context = ProbeContext {
        generation: directory.metadata.generation.unwrap_or_default(),
        request,
        secret_version: credentials.as_ref().map(|credentials| credentials.version.clone()),
        positions: probing.positioned.is_none_or(|last| later(last, servers::POSITIONS_EVERY) <= now),
        now,
    };
    let (status, found) = after(&before, finding, &probe_context);
    if let (Some(credentials), Some(bind), true) = (credentials, &status.bind, has_bound(&found)) {
        locks.memory.remember(directory, credentials, bind.clone());
    }
    if status != before {
        // If somebody else wrote it meanwhile, the servers are probed again.
        let report = |now: &K| (now.status() == object.status()).then(|| status.clone());
        patch::status(&context.client, object, report).await?;
    }
    if status.servers != before.servers {
        probing.positioned = Some(now);
    }
    probing.probed = Some(now);
    Ok(Some((status, found)))
}

/// Resolves some time after the Directory was changed or deleted: an active bind may still be refused.
async fn superseded<K: DescribesDirectory>(object: &K, context: &Context) {
    match K::watched(context) {
        Some(watched) => watched.superseded(object).await,
        None => std::future::pending().await,
    }
    tokio::time::sleep(SPACING).await;
}

/// Whether the directory has accepted or refused a bind.
const fn has_bound(found: &Result<String, run::error::Error>) -> bool {
    matches!(found, Ok(_) | Err(run::error::Error::Directory(directory::Error::BindRefused { .. })))
}

/// Fetches the referenced objects and probes the Directory, unless a refused bind forbids it. Also returns the version of
/// the Secret.
async fn look(
    directory: &Directory,
    locks: &DirectoryLocks,
    is_new: bool,
    context: &Context,
) -> (Option<ContentVersion>, Result<probe::Findings, run::error::Error>) {
    let key = Key::of(directory);
    let fetched = match fetch(&context.client, context.namespace_beside(&key), needed_by_directory(directory)).await {
        Ok(fetched) => fetched,
        Err(error) => return (None, Err(error.into())),
    };
    let version = bind_permission::secret(directory).and_then(|secret| fetched.versions.get(&secret).cloned());
    let settings = refuse_path(directory).and_then(|()| directory_settings(directory, &fetched.referenced));
    let settings = settings.and_then(|settings| context.allowed_hosts.admit_directory(directory.kind(), settings));
    let settings = match settings {
        Ok(settings) => settings,
        Err(invalid) => return (version, Err(invalid.into())),
    };
    let answer =
        version.as_ref().and_then(|version| answer_to(version, locks.memory.of(directory).as_ref(), directory));
    match answer {
        Some(bind) if !bind_permission::may_try(Some(&bind), is_new, clock::now()) => {
            (version, Err(bind_permission::refusal(&bind)))
        }
        _ => {
            let settings = settings.counted(context.metrics.directory_traffic(&key));
            (version, Ok(probe::probe(settings, directory.spec.interval.get()).await))
        }
    }
}

/// Refuses `spec.ldif.path`, because the operator does not read from its disk.
pub(super) fn refuse_path(directory: &Directory) -> Result<(), InvalidSettings> {
    match &directory.spec.ldif {
        Some(ldif) if ldif.path.is_some() => Err(InvalidSettings::Field {
            field: format!("{} spec.ldif.path", directory.kind()),
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
