//! The DirectoryGroupSync's controller, in the order in which it works:
//!
//! | step | where | |
//! |---|---|---|
//! | decide whether it is due | `due` | pure |
//! | gather the settings, take the locks, run | `attempt`, [`crate::run`] | network |
//! | report: status, plan object, events | `report` | network; every text is made by pure functions |
//! | decide when to come back | `requeue` | pure |

mod attempt;
mod deletion;
mod due;
mod events;
mod gather;
mod host;
mod plan;
mod report;
mod requeue;
mod state;

use std::sync::Arc;

use kube::runtime::controller::Action;

use self::attempt::attempt;
use self::due::{Due, approval, due};
use self::events::of_approval;
use self::report::report;
use super::cluster::get;
use super::context::Context;
use super::error::Error;
use super::key::Key;
use super::watch::Guarded;
use super::{event, patch};
use crate::api::v1alpha1::directory_group_sync::policy::DeletionPolicy;
use crate::api::v1alpha1::{DirectoryGroupSync, DirectoryGroupSyncStatus};
use crate::runtime::clock;

/// Reconciles one sync.
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
        // A sync that waits for its turn does not ask the API server before it could run.
        Due::Now { .. } if !context.has_room(&key.beside(&cached.spec.directory_ref.name)) => {
            return Ok(requeue::soon(cached));
        }
        _ => {}
    }
    // The watch may not have the operator's own last write yet, and then a finished run would look due.
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
        Due::Deletion => deletion::delete(&sync, &context).await,
        Due::Suspended => rest(&sync, state::suspended(&sync, now), &context).await,
        Due::Unrequested => rest(&sync, state::unrequested(&sync, now), &context).await,
        Due::Later(at) => answer(&sync, &context).await.map(|()| requeue::at(at, now)),
        Due::OnChange => answer(&sync, &context).await.map(|()| Action::await_change()),
        Due::Now { announce } => synchronize(&sync, announce, &context).await,
    }
}

/// Runs once and reports, unless another run is in the way.
async fn synchronize(sync: &DirectoryGroupSync, announce: bool, context: &Arc<Context>) -> Result<Action, Error> {
    let Ok(_worker) = context.runs.try_acquire() else { return Ok(requeue::soon(sync)) };
    let key = Key::of(sync);
    context.requests.started(&key);
    let Some(attempt) = attempt(sync, announce, context).await? else {
        context.requests.ask(&key, clock::now());
        return Ok(requeue::soon(sync));
    };
    if attempt.waits_for_directory() {
        let directory = key.beside(&sync.spec.directory_ref.name);
        context.requests.wait(&key, directory.clone());
        context.probe(&directory);
    }
    let next = report(sync, &attempt, context).await?;
    Ok(next.map_or_else(Action::await_change, |next| requeue::at(next, clock::now())))
}

/// Reports once that no run starts.
async fn rest(sync: &DirectoryGroupSync, status: DirectoryGroupSyncStatus, context: &Context) -> Result<Action, Error> {
    if sync.status.as_ref() != Some(&status) {
        patch::status(&context.client, sync, &status).await?;
        // A Directory is probed only while a sync needs it.
        context.probe(&Key::of(sync).beside(&sync.spec.directory_ref.name));
        event::publish(&context.client, sync, of_approval(sync.status.as_ref(), &status, approval(sync))).await;
    }
    Ok(Action::await_change())
}

/// Reports once that an approval matches no held changes.
async fn answer(sync: &DirectoryGroupSync, context: &Context) -> Result<(), Error> {
    if let Some(status) = state::answered(sync, clock::now()) {
        patch::status(&context.client, sync, &status).await?;
        event::publish(&context.client, sync, of_approval(sync.status.as_ref(), &status, approval(sync))).await;
    }
    Ok(())
}
