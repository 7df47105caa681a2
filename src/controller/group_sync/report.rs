//! What is written after an attempt: the plan object, status, and events.

use jiff::Timestamp;

use super::attempt::Attempt;
use super::due::{approval, requested};
use super::events::events_for;
use super::{plan, requeue};
use crate::api::v1alpha1::{DirectoryGroupSync, DirectoryGroupSyncStatus};
use crate::controller::context::Context;
use crate::controller::error::Error;
use crate::controller::key::Key;
use crate::controller::{event, patch};
use crate::run::report::approval::Location;
use crate::run::report::context::ReportContext;
use crate::run::report::plan::full_plan;
use crate::run::report::sentence::headline;
use crate::run::report::status;

/// Writes the result of an attempt, and returns when the next one is due. `None`: after a change. A status that cannot be
/// written is kept, and written before the next run.
pub(super) async fn report(attempt: &Attempt, context: &Context) -> Result<Option<Timestamp>, Error> {
    let Attempt { sync, reported, used, outcome, start, end } = attempt;
    let key = Key::of(sync);
    let before = sync.status.clone().unwrap_or_default();
    let next = requeue::next(sync, &before, outcome, *end);
    let server = &sync.spec.dashboard_server_ref.name;
    let location = Location::Cluster { namespace: &key.namespace, name: &key.name, server };
    let plan_ref = plan::keep(sync, before.plan.as_ref(), full_plan(outcome), context).await;
    // Computed from the status as it is when it is written: another operator may have written one.
    let after = |now: &DirectoryGroupSync| -> DirectoryGroupSyncStatus {
        let before = now.status.clone().unwrap_or_default();
        let request = requested(sync, &before);
        let report_context = ReportContext {
            generation: sync.metadata.generation.unwrap_or_default(),
            requested_at: request.at.as_deref(),
            other_requested_at: request.other.as_deref(),
            approval: approval(sync),
            suspended: false,
            start: *start,
            end: *end,
            next,
            location,
            plan_ref: plan_ref.clone(),
        };
        let mut after = status(&before, outcome, &report_context);
        after.directory_generation = used.directory;
        after.dashboard_server_generation = used.server;
        after
    };
    let written = patch::status(&context.client, sync, |now| Some(after(now))).await;
    let unwritten = written.is_err().then(|| after(sync));
    context.requests.keep_unwritten(&key, unwritten);
    let (reason, message) = headline(outcome, location);
    context.metrics.ran(&key, reason, outcome);
    tracing::info!(sync = %key, %reason, message, "ran");
    if let Some(status) = written?.and_then(|written| written.status) {
        event::publish(&context.client, sync, events_for(reported, &status, approval(sync), outcome)).await;
    }
    Ok(next)
}
