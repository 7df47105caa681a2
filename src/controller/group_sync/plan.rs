//! The `DirectoryGroupSyncPlan` of a sync: written when its content changes, deleted when nothing is pending.

use kube::ResourceExt as _;

use crate::api::v1alpha1::DirectoryGroupSync;
use crate::api::v1alpha1::directory_group_sync::status::{PendingPlan, PlanReference};
use crate::controller::context::Context;
use crate::controller::key::Key;
use crate::controller::patch;
use crate::run::report::plan::{FullPlan, reference};

/// Updates the object with the pending changes, and returns its reference for status. `before` is the present reference in
/// status, because the object itself is never read. The first run of a process does not rely on it, because an earlier
/// process may have stopped between its two writes. A run does not fail if its plan cannot be written.
pub(super) async fn keep(
    sync: &DirectoryGroupSync,
    before: Option<&PendingPlan>,
    plan: FullPlan,
    context: &Context,
) -> Option<PlanReference> {
    let reported = before.and_then(|plan| plan.plan_ref.as_ref());
    let has_run = sync.status.as_ref().is_some_and(|status| status.last_run.is_some());
    let is_certain = !context.requests.report(&Key::of(sync)) || !has_run;
    let written = match plan {
        FullPlan::AsBefore => return reported.cloned(),
        FullPlan::Nothing => {
            if reported.is_none() && is_certain {
                return None;
            }
            patch::delete_plan(&context.client, sync).await.map(|()| None)
        }
        FullPlan::Pending(plan) => {
            let wanted = reference(&sync.name_any(), &plan);
            if reported == Some(&wanted) && is_certain {
                return Some(wanted);
            }
            patch::plan(&context.client, sync, &plan).await.map(|()| Some(wanted))
        }
    };
    written.unwrap_or_else(|error| {
        tracing::warn!(sync = sync.name_any(), error = %error, "cannot write the full plan");
        None
    })
}
