//! The `DirectoryGroupSyncPlan` of a sync: written when what it says changes, gone when nothing is pending.

use kube::ResourceExt as _;

use crate::api::v1alpha1::DirectoryGroupSync;
use crate::api::v1alpha1::directory_group_sync::status::{PendingPlan, PlanReference};
use crate::controller::context::Context;
use crate::controller::key::Key;
use crate::controller::patch;
use crate::run::report::plan::{FullPlan, reference};

/// Brings the object in step with what is pending, and returns what status says of it. `before` is what status says now:
/// the object itself is never read. The first run of a process does not rely on it, as the one before may have died between
/// its two writes. A run does not fail because its plan could not be written.
pub(super) async fn keep(
    sync: &DirectoryGroupSync,
    before: Option<&PendingPlan>,
    plan: FullPlan,
    context: &Context,
) -> Option<PlanReference> {
    let told = before.and_then(|plan| plan.plan_ref.as_ref());
    let has_run = sync.status.as_ref().is_some_and(|status| status.last_run.is_some());
    let is_certain = !context.requests.report(&Key::of(sync)) || !has_run;
    let written = match plan {
        FullPlan::AsBefore => return told.cloned(),
        FullPlan::Nothing => {
            if told.is_none() && is_certain {
                return None;
            }
            patch::delete_plan(&context.client, sync).await.map(|()| None)
        }
        FullPlan::Pending(plan) => {
            let wanted = reference(&sync.name_any(), &plan);
            if told == Some(&wanted) && is_certain {
                return Some(wanted);
            }
            patch::plan(&context.client, sync, &plan).await.map(|()| Some(wanted))
        }
    };
    written.unwrap_or_else(|error| {
        tracing::warn!(sync = sync.name_any(), error = %error, "writing the plan at length");
        None
    })
}
