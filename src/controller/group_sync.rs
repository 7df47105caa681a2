//! The DirectoryGroupSync's controller: decide, gather, run, report, come back. What a run does is [`crate::run`]'s
//! matter; when it does it, and what is said of it, is decided here by pure functions of the object and the outcome.

mod deletion;
mod due;
mod events;
mod gather;
mod host;
mod plan;
mod requeue;
mod state;

use std::sync::Arc;

use kube::runtime::controller::Action;

use self::due::{Due, approval, due};
use self::events::{events_for, of_approval};
use self::gather::{Gathered, gather};
use self::host::{Operator, stopped};
use super::cluster::get;
use super::context::{Context, Guarded};
use super::key::Key;
use super::{Error, event, patch};
use crate::api::v1alpha1::condition::Reason;
use crate::api::v1alpha1::directory_group_sync::policy::DeletionPolicy;
use crate::api::v1alpha1::{DirectoryGroupSync, DirectoryGroupSyncStatus};
use crate::run::error::Consequence;
use crate::run::report::{Location, ReportContext, full_plan, headline, status};
use crate::run::{self, run};
use crate::runtime::clock;

pub(super) use self::requeue::spread;

/// Looks at one sync.
pub(super) async fn reconcile(
    object: Arc<Guarded<DirectoryGroupSync>>,
    context: Arc<Context>,
) -> Result<Action, Error> {
    let cached = match &object.0 {
        Ok(sync) => sync,
        Err(invalid) => {
            tracing::warn!(error = %invalid, "an object does not parse; it waits for a change");
            return Ok(Action::await_change());
        }
    };
    let key = Key::of(cached);
    let now = clock::now();
    let asked = context.requests.asked(&key);
    match due(cached, asked, now) {
        Due::Later(at) if state::answered(cached, now).is_none() => return Ok(requeue::at(at, now)),
        // Of many that wait for their turn, none asks the API server before it has a chance.
        Due::Now { .. } if !context.has_room(&key.beside(&cached.spec.directory_ref.name)) => {
            return Ok(requeue::soon(cached));
        }
        _ => {}
    }
    // The watch may be behind our own last write, and then a run that is over would look due.
    let Some(sync) = get::<DirectoryGroupSync>(&context.client, &key).await? else {
        context.requests.forget(&key);
        return Ok(Action::await_change());
    };
    let due = due(&sync, asked, now);
    let wanted = sync.spec.deletion_policy == DeletionPolicy::Delete;
    if due != Due::Deletion && patch::finalizer(&context.client, &sync, wanted).await? {
        tracing::debug!(sync = %key, wanted, "finalizer");
    }
    match due {
        Due::Deletion => deletion::part(&sync, &context).await,
        Due::Suspended => rest(&sync, state::suspended(&sync, now), &context).await,
        Due::Unrequested => rest(&sync, state::unrequested(&sync, now), &context).await,
        Due::Later(at) => answer(&sync, &context).await.map(|()| requeue::at(at, now)),
        Due::OnChange => answer(&sync, &context).await.map(|()| Action::await_change()),
        Due::Now { announce } => synchronize(&sync, announce, &context).await,
    }
}

/// Runs once and reports, unless another run is in the way.
async fn synchronize(sync: &DirectoryGroupSync, announce: bool, context: &Arc<Context>) -> Result<Action, Error> {
    let key = Key::of(sync);
    let directory = key.beside(&sync.spec.directory_ref.name);
    let Ok(_worker) = context.runs.try_acquire() else { return Ok(requeue::soon(sync)) };
    context.requests.begin(&key);
    let start = clock::now();
    let mut before = sync.status.clone().unwrap_or_default();
    let gathered = tokio::select! {
        gathered = gather(sync, context) => gathered,
        cause = stopped(sync, context) => Err(run::error::Error::Interrupted(cause)),
    };
    let outcome = match gathered {
        Ok(Gathered { settings, secret_version }) => {
            let Some(_turn) = context.locks.try_run(&directory) else {
                context.requests.ask(&key, start);
                return Ok(requeue::soon(sync));
            };
            if announce {
                before = state::begun(sync, start);
                patch::status(&context.client, sync, &before).await?;
            }
            run(&settings, &Operator { context, sync, secret_version }).await
        }
        Err(error) => Err(error),
    };
    let end = clock::now();
    if let Err(error) = &outcome {
        match error.consequence() {
            Consequence::Requeue => {
                tracing::debug!(sync = %key, %error, "comes back soon");
                context.requests.ask(&key, end);
                return Ok(requeue::soon(sync));
            }
            _ if [Reason::DirectoryNotReady, Reason::DirectoryNotFound, Reason::BindRefused]
                .contains(&error.reason()) =>
            {
                context.requests.wait(&key, directory.clone());
                context.probe(&directory);
            }
            _ => {}
        }
    }
    let next = requeue::next(sync, &before, &outcome, end);
    let request = due::requested(sync, &before);
    let location = Location::Cluster { namespace: &key.namespace, name: &key.name };
    let plan_ref = plan::keep(sync, before.plan.as_ref(), full_plan(&outcome), context).await;
    let report_context = ReportContext {
        generation: sync.metadata.generation.unwrap_or_default(),
        requested_at: request.at.as_deref(),
        other_requested_at: request.other.as_deref(),
        approval: approval(sync),
        suspended: false,
        start,
        end,
        next,
        location,
        plan_ref,
    };
    let after = status(&before, &outcome, &report_context);
    patch::status(&context.client, sync, &after).await?;
    let (reason, message) = headline(&outcome, location);
    tracing::info!(sync = %key, %reason, message, "ran");
    let told = sync.status.clone().unwrap_or_default();
    event::publish(&context.client, sync, events_for(&told, &after, approval(sync), &outcome)).await;
    Ok(next.map_or_else(Action::await_change, |next| requeue::at(next, clock::now())))
}

/// Says that nothing runs, once.
async fn rest(sync: &DirectoryGroupSync, status: DirectoryGroupSyncStatus, context: &Context) -> Result<Action, Error> {
    if sync.status.as_ref() != Some(&status) {
        patch::status(&context.client, sync, &status).await?;
        // A Directory is probed only while somebody needs it.
        context.probe(&Key::of(sync).beside(&sync.spec.directory_ref.name));
        event::publish(&context.client, sync, of_approval(sync.status.as_ref(), &status, approval(sync))).await;
    }
    Ok(Action::await_change())
}

/// Answers an approval that fits nothing, once.
async fn answer(sync: &DirectoryGroupSync, context: &Context) -> Result<(), Error> {
    if let Some(status) = state::answered(sync, clock::now()) {
        patch::status(&context.client, sync, &status).await?;
        event::publish(&context.client, sync, of_approval(sync.status.as_ref(), &status, approval(sync))).await;
    }
    Ok(())
}
