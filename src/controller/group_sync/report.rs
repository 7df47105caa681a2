//! What is written after an attempt: the plan object, status, and events.

use jiff::Timestamp;

use super::attempt::Attempt;
use super::due::{approval, requested};
use super::events::events_for;
use super::{plan, requeue};
use crate::api::v1alpha1::DirectoryGroupSync;
use crate::controller::context::Context;
use crate::controller::error::Error;
use crate::controller::key::Key;
use crate::controller::{event, patch};
use crate::run::report::approval::Location;
use crate::run::report::context::ReportContext;
use crate::run::report::plan::full_plan;
use crate::run::report::sentence::headline;
use crate::run::report::status;

/// Writes the result of an attempt, and returns when the next one is due. `None`: after a change.
pub(super) async fn report(
    sync: &DirectoryGroupSync,
    attempt: &Attempt,
    context: &Context,
) -> Result<Option<Timestamp>, Error> {
    let Attempt { before, outcome, start, end } = attempt;
    let key = Key::of(sync);
    let next = requeue::next(sync, before, outcome, *end);
    let request = requested(sync, before);
    let location = Location::Cluster { namespace: &key.namespace, name: &key.name };
    let plan_ref = plan::keep(sync, before.plan.as_ref(), full_plan(outcome), context).await;
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
        plan_ref,
    };
    let after = status(before, outcome, &report_context);
    patch::status(&context.client, sync, &after).await?;
    let (reason, message) = headline(outcome, location);
    tracing::info!(sync = %key, %reason, message, "ran");
    let reported = sync.status.clone().unwrap_or_default();
    event::publish(&context.client, sync, events_for(&reported, &after, approval(sync), outcome)).await;
    Ok(next)
}
