//! Rule `claimed-directory-id`: a DashboardServer that approves a claim starts the syncs that wait for it. It is decided from
//! the objects alone, so that a restart loses no approval.

use crate::api::APPROVE_ANNOTATION;
use crate::api::v1alpha1::condition::{ConditionType, Reason};
use crate::api::v1alpha1::{DashboardServer, DirectoryGroupSync};
use crate::controller::context::Context;
use crate::controller::key::Key;
use crate::run::report::conditions::condition;

/// Whether the DashboardServer approves what the last run of the sync stopped for.
pub(in crate::controller) fn is_approved(sync: &DirectoryGroupSync, server: &DashboardServer) -> bool {
    let Some(status) = &sync.status else { return false };
    let ready = condition(&status.conditions, ConditionType::Ready.as_str());
    let waits = ready.is_some_and(|ready| ready.reason == Reason::DirectoryIdClaimed.as_str());
    let hash = status.plan.as_ref().and_then(|plan| plan.hash.as_ref());
    let approved = server.metadata.annotations.as_ref().and_then(|annotations| annotations.get(APPROVE_ANNOTATION));
    waits && hash.is_some() && hash == approved
}

/// The same of the DashboardServer that the watch has shown last.
pub(super) fn is_approved_now(sync: &DirectoryGroupSync, context: &Context) -> bool {
    let server = context.servers.objects.get(&Key::of_server(sync).reference());
    server.is_some_and(|server| server.0.as_ref().is_ok_and(|server| is_approved(sync, server)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_hash_that_is_waited_for_approves() {
        let check = |reason: &str, hash: Option<&str>, approved: Option<&str>| {
            let sync = json!({"apiVersion": "directorysync.dev/v1alpha1", "kind": "DirectoryGroupSync",
                "metadata": {"name": "a"},
                "spec": {"directoryRef": {"name": "d"}, "dashboardServerRef": {"name": "s"}, "groups": [{"name": "g"}]},
                "status": {"plan": {"hash": hash}, "conditions": [{"type": "Ready", "status": "False", "reason": reason,
                    "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}});
            let server = json!({"apiVersion": "directorysync.dev/v1alpha1", "kind": "DashboardServer",
                "metadata": {"name": "s", "annotations": {"directorysync.dev/approve": approved.unwrap_or_default()}},
                "spec": {"sql": {"secretKeyRef": {"name": "db", "key": "url"}}}});
            is_approved(&serde_json::from_value(sync).unwrap(), &serde_json::from_value(server).unwrap())
        };
        assert!(check("DirectoryIDClaimed", Some("ab"), Some("ab")));
        assert!(!check("DirectoryIDClaimed", Some("ab"), Some("cd")));
        assert!(!check("DirectoryIDClaimed", None, None));
        assert!(!check("Held", Some("ab"), Some("ab")), "changes of a sync are approved on the sync");
    }
}
