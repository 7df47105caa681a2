//! The DirectoryGroupSync's controller, in the order in which it works:
//!
//! | step | where | |
//! |---|---|---|
//! | decide whether it is due | `due` | pure |
//! | wait for its turn | `turn` | |
//! | gather the settings, run | `attempt`, [`crate::run`] | network |
//! | report: status, plan object, events | `report` | network; every text is made by pure functions |
//! | decide when to come back | `requeue` | pure |

mod attempt;
mod claim;
mod deletion;
mod due;
mod events;
mod gather;
mod generations;
mod host;
mod interruption;
mod plan;
mod report;
mod requeue;
mod state;
mod turn;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::ResourceExt as _;
use kube::runtime::controller::Action;
use tracing::Instrument as _;

use self::attempt::{Attempt, attempt};
pub(super) use self::claim::is_approved;
use self::claim::is_approved_now;
use self::due::{Due, approval, due, requested};
use self::events::of_approval;
use self::generations::Generations;
use self::report::report;
use self::turn::{Turn, turn};
use super::cluster::get;
use super::context::Context;
use super::error::Error;
use super::failures::Failures;
use super::key::Key;
use super::reconciliation::Reconciled;
use super::watch::Guarded;
use super::{event, patch};
use crate::api::FINALIZER;
use crate::api::v1alpha1::directory_group_sync::policy::DeletionPolicy;
use crate::api::v1alpha1::{DirectoryGroupSync, DirectoryGroupSyncStatus};
use crate::run;
use crate::run::error::Consequence;
use crate::run::schedule::{DEFAULT_INTERVAL, later};
use crate::runtime::clock;

/// How soon a sync is looked at again while the objects that syncs refer to are not listed.
const UNLISTED: Duration = Duration::from_secs(5);

impl Reconciled for DirectoryGroupSync {
    const KIND: &'static str = "DirectoryGroupSync";

    async fn reconcile(object: Arc<Guarded<Self>>, context: Arc<Context>) -> Result<Action, Error> {
        Box::pin(reconcile(object, context)).await
    }

    async fn report_fault(&self, context: &Context) -> Result<(), Error> {
        let now = clock::now();
        let reported = self.status.clone().unwrap_or_default();
        let used = Generations::watched(self, context);
        let attempt = Attempt {
            sync: self.clone(),
            reported,
            used,
            outcome: Err(run::error::Error::Fault),
            start: now,
            end: now,
        };
        Box::pin(report(&attempt, context)).await.map(drop)
    }

    fn interval(&self) -> Duration {
        self.spec.interval.map_or(DEFAULT_INTERVAL, crate::api::v1alpha1::duration::Interval::get)
    }

    fn failures(context: &Context) -> &Failures {
        &context.failures.syncs
    }
}

/// Reconciles one sync.
async fn reconcile(object: Arc<Guarded<DirectoryGroupSync>>, context: Arc<Context>) -> Result<Action, Error> {
    let cached = match &object.0 {
        Ok(sync) => sync,
        Err(invalid) => {
            tracing::warn!(error = %invalid, "an object does not parse; it waits for a change");
            return Ok(Action::await_change());
        }
    };
    let key = Key::of(cached);
    let now = clock::now();
    // Nothing is asked of the API server before there is a place for it.
    let decided = due(cached, asked(cached, &context, now), now);
    if let Some(action) = at_rest(cached, decided, &context, now) {
        return Ok(action);
    }
    let turn = match decided {
        Due::Now { .. } => match turn(cached, due_since(cached, now), &context).await {
            Some(turn) => Some(turn),
            None => return Ok(requeue::soon(cached, 1)),
        },
        _ => None,
    };
    let _place = match &turn {
        Some(_) => None,
        None => Some(context.looks.take(&key.namespace, now).await),
    };
    // The watch may not have the operator's own last write yet, and then a finished run would look due.
    let Some(sync) = get::<DirectoryGroupSync>(&context.client, &key).await? else {
        context.requests.forget(&key);
        return Ok(Action::await_change());
    };
    let now = clock::now();
    let due = due(&sync, asked(&sync, &context, now), now);
    let wanted = wants_finalizer(&sync);
    if due != Due::Deletion && patch::finalizer(&context.client, &sync, wanted).await? {
        tracing::debug!(sync = %key, wanted, "finalizer");
        // The object has another version now.
        return Ok(Action::requeue(Duration::ZERO));
    }
    match due {
        Due::Deletion => deletion::delete(&sync, &context).await,
        Due::Suspended => rest(&sync, state::suspended, &context).await,
        Due::Unrequested => rest(&sync, state::unrequested, &context).await,
        Due::Later(at) => answer(&sync, &context).await.map(|()| rests(Some(at), &context, now)),
        Due::OnChange => answer(&sync, &context).await.map(|()| rests(None, &context, now)),
        // Without a turn, it has become due since the watch has seen it.
        Due::Now { announce } => match &turn {
            None => Ok(requeue::soon(&sync, 1)),
            Some(_) if write_unwritten(&sync, &context).await? => Ok(Action::requeue(Duration::ZERO)),
            Some(turn) => Box::pin(synchronize(&sync, announce, turn, &context)).await,
        },
    }
}

/// When to come back to a sync that rests and about which nothing is to be written. Nothing is asked of the API server for it:
/// after a restart that would be a call for each sync.
fn at_rest(sync: &DirectoryGroupSync, due: Due, context: &Context, now: Timestamp) -> Option<Action> {
    let (status, action) = match due {
        Due::Later(at) => (state::answered(sync, now), rests(Some(at), context, now)),
        Due::OnChange => (state::answered(sync, now), rests(None, context, now)),
        Due::Suspended => (Some(state::suspended(sync, now)), Action::await_change()),
        Due::Unrequested => (Some(state::unrequested(sync, now)), Action::await_change()),
        Due::Now { .. } | Due::Deletion => return None,
    };
    let has_finalizer = sync.finalizers().iter().any(|finalizer| finalizer == FINALIZER);
    let is_said = status.is_none_or(|status| sync.status.as_ref() == Some(&status));
    (is_said && has_finalizer == wants_finalizer(sync)).then_some(action)
}

fn wants_finalizer(sync: &DirectoryGroupSync) -> bool {
    sync.spec.deletion_policy == DeletionPolicy::Delete
}

/// The time for which a run was requested by a change of another object: in this process, or since the last run.
fn asked(sync: &DirectoryGroupSync, context: &Context, now: Timestamp) -> Option<Timestamp> {
    let is_newer =
        sync.status.as_ref().is_some_and(|status| Generations::watched(sync, context).are_newer_than(status));
    context.requests.asked(&Key::of(sync)).or((is_newer || is_approved_now(sync, context)).then_some(now))
}

/// Comes back at this time. Until the objects that syncs refer to are listed, nobody knows whether one has changed since the
/// last run.
fn rests(at: Option<Timestamp>, context: &Context, now: Timestamp) -> Action {
    let soon = (!context.has_references()).then(|| later(now, UNLISTED));
    [at, soon].into_iter().flatten().min().map_or_else(Action::await_change, |at| requeue::at(at, now))
}

/// Since when a sync has been due.
fn due_since(sync: &DirectoryGroupSync, now: Timestamp) -> Timestamp {
    let next = sync.status.as_ref().and_then(|status| status.next_sync_time.as_ref());
    next.map_or(now, |next| next.0.min(now))
}

/// Writes the status of the last run, if it could not be written. While that goes on to fail, no run starts before its time:
/// it would only read everything again. Returns whether it was written.
async fn write_unwritten(sync: &DirectoryGroupSync, context: &Context) -> Result<bool, Error> {
    let key = Key::of(sync);
    let Some(status) = context.requests.unwritten(&key) else { return Ok(false) };
    let is_current = status.observed_generation == sync.metadata.generation && !requested(sync, &status).is_new;
    let is_early = status.next_sync_time.as_ref().is_none_or(|next| clock::now() < next.0);
    match patch::status(&context.client, sync, |_| Some(status.clone())).await {
        Ok(_) => {
            context.requests.keep_unwritten(&key, None);
            Ok(true)
        }
        Err(error) if is_current && is_early => Err(error.into()),
        Err(_) => Ok(false),
    }
}

/// Runs once and reports, unless something is in the way for a short time.
async fn synchronize(
    sync: &DirectoryGroupSync,
    announce: bool,
    turn: &Turn,
    context: &Arc<Context>,
) -> Result<Action, Error> {
    let key = Key::of(sync);
    context.requests.started(&key);
    // All that is logged meanwhile, also by other tasks, names the sync and this run.
    let span = tracing::info_span!("run", sync = %key, id = format!("{:08x}", getrandom::u32().unwrap_or_default()));
    let attempt = Box::pin(attempt(sync, announce, turn, context)).instrument(span.clone()).await?;
    if attempt.waits_for_directory() {
        let directory = Key::of_directory(sync);
        context.requests.wait(&key, directory.clone());
        context.probe(&directory);
    }
    if let Err(error) = &attempt.outcome
        && error.consequence() == Consequence::Requeue
    {
        let postponed = context.requests.postpone(&key, clock::now());
        if !postponed.is_long(clock::now()) || matches!(error, run::error::Error::Interrupted(_)) {
            tracing::debug!(sync = %key, %error, "comes back soon");
            context.requests.ask(&key, clock::now());
            return Ok(requeue::soon(sync, postponed.times));
        }
    }
    let next = Box::pin(report(&attempt, context)).instrument(span).await?;
    Ok(next.map_or_else(Action::await_change, |next| requeue::at(next, clock::now())))
}

/// Reports once that no run starts.
async fn rest(
    sync: &DirectoryGroupSync,
    state: impl Fn(&DirectoryGroupSync, Timestamp) -> DirectoryGroupSyncStatus + Send + Sync,
    context: &Context,
) -> Result<Action, Error> {
    let now = clock::now();
    let status = state(sync, now);
    if sync.status.as_ref() != Some(&status) {
        patch::status(&context.client, sync, |sync| Some(state(sync, now))).await?;
        // A Directory is probed only while a sync needs it.
        context.probe(&Key::of_directory(sync));
        event::publish(&context.client, sync, of_approval(sync.status.as_ref(), &status, approval(sync))).await;
    }
    Ok(Action::await_change())
}

/// Reports once that an approval matches no held changes.
async fn answer(sync: &DirectoryGroupSync, context: &Context) -> Result<(), Error> {
    if let Some(status) = state::answered(sync, clock::now()) {
        patch::status(&context.client, sync, |now| state::answered(now, clock::now())).await?;
        event::publish(&context.client, sync, of_approval(sync.status.as_ref(), &status, approval(sync))).await;
    }
    Ok(())
}
