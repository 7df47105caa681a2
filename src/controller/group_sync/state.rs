//! Statuses that no run ends with: of a run that begins, of a suspended sync, of one whose deletion is blocked.

use jiff::Timestamp;

use crate::api::v1alpha1::condition::{Condition, ConditionType, Reason};
use crate::api::v1alpha1::{DirectoryGroupSync, DirectoryGroupSyncStatus};
use crate::run::report::condition;
use crate::run::report::conditions::Writer;

/// A run begins that somebody asked for.
pub(super) fn begun(sync: &DirectoryGroupSync, now: Timestamp) -> DirectoryGroupSyncStatus {
    let message = "a run has begun";
    with(sync, now, |writer, _| {
        vec![
            writer.condition(ConditionType::Ready, "Unknown", Reason::Progressing, message),
            writer.condition(ConditionType::Reconciling, "True", Reason::Progressing, message),
            writer.suspended(false),
        ]
    })
}

/// `spec.suspend` is true. What was last known stays; a run that was begun is no longer going on.
pub(super) fn suspended(sync: &DirectoryGroupSync, now: Timestamp) -> DirectoryGroupSyncStatus {
    let mut status = with(sync, now, |writer, ready| {
        let ready = ready.filter(|ready| ready.status != "Unknown").cloned().unwrap_or_else(|| {
            writer.condition(ConditionType::Ready, "Unknown", Reason::SuspendedBySpec, "suspended before a run ended")
        });
        vec![ready, writer.suspended(true)]
    });
    status.next_sync_time = None;
    status
}

/// The object is being deleted and its groups cannot be.
pub(super) fn deletion_blocked(sync: &DirectoryGroupSync, cause: &str, now: Timestamp) -> DirectoryGroupSyncStatus {
    let message = format!(
        "the groups that were created cannot be deleted: {cause}; it is tried again, and setting spec.deletionPolicy to \
         Retain gives up"
    );
    let mut status = with(sync, now, |writer, _| {
        vec![
            writer.condition(ConditionType::Ready, "False", Reason::DeletionBlocked, &message),
            writer.condition(ConditionType::Reconciling, "True", Reason::Waiting, &message),
            writer.suspended(false),
        ]
    });
    status.next_sync_time = None;
    status
}

/// The status before with these conditions, and with what is known of duplicates.
fn with(
    sync: &DirectoryGroupSync,
    now: Timestamp,
    conditions: impl FnOnce(&Writer<'_>, Option<&Condition>) -> Vec<Condition>,
) -> DirectoryGroupSyncStatus {
    let mut status = sync.status.clone().unwrap_or_default();
    let before = std::mem::take(&mut status.conditions);
    let writer = Writer { before: &before, generation: sync.metadata.generation.unwrap_or_default(), now };
    status.conditions = conditions(&writer, condition(&before, ConditionType::Ready.as_str()));
    let duplicates = condition(&before, ConditionType::DuplicatesPresent.as_str()).cloned();
    status.conditions.push(duplicates.unwrap_or_else(|| {
        let message = "no run has told yet";
        writer.condition(ConditionType::DuplicatesPresent, "Unknown", Reason::NotRunYet, message)
    }));
    status
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sync(conditions: &[(&str, &str, &str)]) -> DirectoryGroupSync {
        let conditions: Vec<_> = conditions
            .iter()
            .map(|(name, status, reason)| {
                json!({"type": name, "status": status, "reason": reason, "message": "m", "observedGeneration": 1,
                    "lastTransitionTime": "2026-01-01T00:00:00Z"})
            })
            .collect();
        serde_json::from_value(json!({
            "apiVersion": "directorysync.dev/v1alpha1", "kind": "DirectoryGroupSync",
            "metadata": {"name": "a", "generation": 2},
            "spec": {"directoryRef": {"name": "d"}, "dashboardServerRef": {"name": "s"}, "groups": [{"name": "g"}]},
            "status": {"conditions": conditions, "observedGeneration": 1, "nextSyncTime": "2026-01-02T00:00:00Z"},
        }))
        .unwrap()
    }

    fn said(status: &DirectoryGroupSyncStatus) -> Vec<(&str, &str, &str)> {
        status.conditions.iter().map(|c| (c.type_.as_str(), c.status.as_str(), c.reason.as_str())).collect()
    }

    fn now() -> Timestamp {
        "2026-01-01T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_run_that_begins_is_no_longer_stalled_and_keeps_what_is_known() {
        let before =
            [("Ready", "False", "Held"), ("Stalled", "True", "Held"), ("DuplicatesPresent", "True", "DuplicatesFound")];
        let status = begun(&sync(&before), now());
        assert_eq!(
            said(&status),
            [
                ("Ready", "Unknown", "Progressing"),
                ("Reconciling", "True", "Progressing"),
                ("Suspended", "False", "NotSuspended"),
                ("DuplicatesPresent", "True", "DuplicatesFound"),
            ]
        );
        assert_eq!(status.observed_generation, Some(1), "it moves when the run ends");
        let first = begun(&sync(&[]), now());
        assert!(said(&first).contains(&("DuplicatesPresent", "Unknown", "NotRunYet")));
    }

    #[test]
    fn a_suspended_sync_keeps_its_last_word_and_has_no_next_time() {
        let status = suspended(&sync(&[("Ready", "True", "Synced"), ("Reconciling", "True", "Waiting")]), now());
        assert_eq!(
            said(&status),
            [
                ("Ready", "True", "Synced"),
                ("Suspended", "True", "SuspendedBySpec"),
                ("DuplicatesPresent", "Unknown", "NotRunYet")
            ]
        );
        assert_eq!(status.next_sync_time, None);
        let status = suspended(&sync(&[("Ready", "Unknown", "Progressing")]), now());
        assert_eq!(said(&status)[0], ("Ready", "Unknown", "SuspendedBySpec"));
    }

    #[test]
    fn writing_the_same_state_again_changes_nothing() {
        let mut object = sync(&[("Ready", "True", "Synced")]);
        object.status = Some(suspended(&object, now()));
        let later = "2026-01-01T13:00:00Z".parse().unwrap();
        assert_eq!(object.status, Some(suspended(&object, later)));
    }
}
