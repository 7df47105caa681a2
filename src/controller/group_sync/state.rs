//! Statuses that are not written at the end of a run: a run has started, the sync is suspended or waits for a request, its
//! deletion is blocked, or an approval matches no held changes.

use jiff::Timestamp;

use super::due::approval;
use crate::api::REQUESTED_AT_ANNOTATION;
use crate::api::v1alpha1::condition::{Condition, ConditionType, Reason};
use crate::api::v1alpha1::{DirectoryGroupSync, DirectoryGroupSyncStatus};
use crate::run::report::conditions::{Writer, condition, kept};
use crate::sync::wording::utc;

/// A requested run has started.
pub(super) fn started(sync: &DirectoryGroupSync, now: Timestamp) -> DirectoryGroupSyncStatus {
    let message = "a run has started";
    with(sync, now, |writer| {
        vec![
            writer.condition(ConditionType::Ready, "Unknown", Reason::Progressing, message),
            writer.condition(ConditionType::Reconciling, "True", Reason::Progressing, message),
            writer.suspended(false),
        ]
    })
}

/// A run that is due waits for its place. What is known stays.
pub(super) fn waiting(sync: &DirectoryGroupSync, since: Timestamp, now: Timestamp) -> DirectoryGroupSyncStatus {
    let message = format!(
        "a run has waited for its place since {}: other runs that are due longer or have started take all places of \
         the directory or of the operator (--concurrent), or its memory",
        utc(since)
    );
    let ready = condition(sync.status.as_ref().map(|status| &*status.conditions).unwrap_or_default(), "Ready").cloned();
    with(sync, now, |writer| {
        let waits = writer.condition(ConditionType::Reconciling, "True", Reason::Waiting, &message);
        ready.into_iter().chain([waits, writer.suspended(false)]).collect()
    })
}

/// `spec.suspend` is true. The last results stay, and a run that had started is no longer active.
pub(super) fn suspended(sync: &DirectoryGroupSync, now: Timestamp) -> DirectoryGroupSyncStatus {
    let waits = |writer: &Writer<'_>| {
        let ready = kept(writer, Reason::Suspended, "suspended: no run starts until spec.suspend is false", "run");
        vec![ready, writer.suspended(true)]
    };
    resting(with(sync, now, waits), sync)
}

/// With `trigger: Request`, no run of this generation has been requested.
pub(super) fn unrequested(sync: &DirectoryGroupSync, now: Timestamp) -> DirectoryGroupSyncStatus {
    let message =
        format!("waits for a request: a run starts when the annotation {REQUESTED_AT_ANNOTATION} gets a new value");
    let waits =
        |writer: &Writer<'_>| vec![kept(writer, Reason::WaitingForRequest, &message, "run"), writer.suspended(false)];
    resting(with(sync, now, waits), sync)
}

/// The object is being deleted, but its groups cannot be deleted.
pub(super) fn deletion_blocked(sync: &DirectoryGroupSync, cause: &str, now: Timestamp) -> DirectoryGroupSyncStatus {
    let message = format!(
        "the groups that the sync created cannot be deleted and are tried again: {cause}; to keep the groups instead, set \
         spec.deletionPolicy to Retain"
    );
    let blocked = with(sync, now, |writer| {
        vec![
            writer.condition(ConditionType::Ready, "False", Reason::DeletionBlocked, &message),
            writer.condition(ConditionType::Reconciling, "True", Reason::Waiting, &message),
            writer.suspended(false),
        ]
    });
    resting(blocked, sync)
}

/// The answer to an approval while no run is due. `None`: status has it already, or no run has finished yet.
pub(super) fn answered(sync: &DirectoryGroupSync, now: Timestamp) -> Option<DirectoryGroupSyncStatus> {
    let mut status = sync.status.clone()?;
    let held = status.conditions.iter().position(|condition| condition.type_ == ConditionType::Held.as_str())?;
    let before = &status.conditions;
    let generation = before.get(held)?.observed_generation.unwrap_or_default();
    let [answer, _] = Writer { before, generation, now }.standing(&status, approval(sync));
    let condition = status.conditions.get_mut(held)?;
    (condition.message != answer.message).then(|| *condition = answer)?;
    Some(status)
}

/// No run starts until something changes, and this generation has been handled.
fn resting(mut status: DirectoryGroupSyncStatus, sync: &DirectoryGroupSync) -> DirectoryGroupSyncStatus {
    status.next_sync_time = None;
    status.observed_generation = sync.metadata.generation;
    status
}

/// The previous status with these conditions, and with those of holds and duplicates.
fn with(
    sync: &DirectoryGroupSync,
    now: Timestamp,
    conditions: impl FnOnce(&Writer<'_>) -> Vec<Condition>,
) -> DirectoryGroupSyncStatus {
    let mut status = sync.status.clone().unwrap_or_default();
    let before = std::mem::take(&mut status.conditions);
    let writer = Writer { before: &before, generation: sync.metadata.generation.unwrap_or_default(), now };
    status.conditions = conditions(&writer);
    let standing = writer.standing(&status, approval(sync));
    status.conditions.extend(standing);
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

    /// The same with the numbers of a complete run.
    fn ran(conditions: &[(&str, &str, &str)]) -> DirectoryGroupSync {
        let mut object = sync(conditions);
        let status = object.status.as_mut().unwrap();
        status.current = Some(serde_json::from_value(json!({"groups": 1})).unwrap());
        status.plan = Some(serde_json::from_value(json!({"hash": "abc"})).unwrap());
        status.duplicates_omitted = Some(1);
        object
    }

    #[test]
    fn a_run_that_begins_is_no_longer_stalled_and_keeps_what_is_known() {
        let before = [("Ready", "False", "Held"), ("Stalled", "True", "Held"), ("Held", "True", "Held")];
        let status = started(&ran(&before), now());
        assert_eq!(
            said(&status),
            [
                ("Ready", "Unknown", "Progressing"),
                ("Reconciling", "True", "Progressing"),
                ("Suspended", "False", "NotSuspended"),
                ("Held", "True", "Held"),
                ("DuplicatesPresent", "True", "DuplicatesFound"),
            ]
        );
        assert_eq!(status.observed_generation, Some(1), "it moves when the run ends");
        let first = started(&sync(&[]), now());
        for name in ["Held", "DuplicatesPresent"] {
            assert!(said(&first).contains(&(name, "Unknown", "NotRunYet")), "{:?}", said(&first));
        }
    }

    #[test]
    fn a_suspended_sync_keeps_its_status_and_has_no_next_time() {
        let status = suspended(&sync(&[("Ready", "True", "Synced"), ("Reconciling", "True", "Waiting")]), now());
        assert_eq!(
            said(&status),
            [
                ("Ready", "True", "Suspended"),
                ("Suspended", "True", "SuspendedBySpec"),
                ("Held", "Unknown", "NotRunYet"),
                ("DuplicatesPresent", "Unknown", "NotRunYet"),
            ]
        );
        assert!(
            status.conditions[0].message.ends_with("; the last run reported Synced: m"),
            "{:?}",
            status.conditions[0]
        );
        assert_eq!((status.next_sync_time, status.observed_generation), (None, Some(2)), "it settles");
        assert_eq!(status.conditions[0].observed_generation, Some(2));
        let status = suspended(&sync(&[("Ready", "False", "StoreUnreachable")]), now());
        assert_eq!(said(&status)[0], ("Ready", "False", "Suspended"));
        for unknown in [&[("Ready", "Unknown", "Progressing")][..], &[]] {
            let status = suspended(&sync(unknown), now());
            assert_eq!(said(&status)[0], ("Ready", "Unknown", "Suspended"));
            assert!(!status.conditions[0].message.contains("the last run"), "{:?}", status.conditions[0]);
        }
    }

    #[test]
    fn a_generation_that_nobody_asked_for_keeps_its_status() {
        let status = unrequested(&sync(&[("Ready", "True", "Synced")]), now());
        assert_eq!(
            said(&status)[..2],
            [("Ready", "True", "WaitingForRequest"), ("Suspended", "False", "NotSuspended")]
        );
        assert_eq!((status.next_sync_time, status.observed_generation), (None, Some(2)));
        assert_eq!(said(&unrequested(&sync(&[]), now()))[0], ("Ready", "Unknown", "WaitingForRequest"));
    }

    #[test]
    fn a_blocked_deletion_has_seen_its_generation() {
        let status = deletion_blocked(&sync(&[("Ready", "True", "Synced")]), "it is away", now());
        assert_eq!(said(&status)[..2], [("Ready", "False", "DeletionBlocked"), ("Reconciling", "True", "Waiting")]);
        assert_eq!((status.next_sync_time, status.observed_generation), (None, Some(2)));
    }

    #[test]
    fn writing_the_same_state_again_changes_nothing() {
        let later = "2026-01-01T13:00:00Z".parse().unwrap();
        let mut object = sync(&[("Ready", "True", "Synced")]);
        object.status = Some(suspended(&object, now()));
        assert_eq!(object.status, Some(suspended(&object, later)));
        // Whatever it waits for next, the last word of a run goes with it once.
        object.status = Some(unrequested(&object, now()));
        assert_eq!(object.status, Some(unrequested(&object, later)));
        let message = &object.status.as_ref().unwrap().conditions[0].message;
        assert_eq!(message.matches("the last run reported").count(), 1, "{message}");
        assert!(message.ends_with("the last run reported Synced: m"), "{message}");
    }

    #[test]
    fn an_approval_that_fits_nothing_is_answered_once() {
        let approved = |hash: &str| {
            let mut object =
                ran(&[("Ready", "True", "Held"), ("Held", "True", "Held"), ("Suspended", "False", "NotSuspended")]);
            object.status = Some(started(&object, now()));
            object.metadata.annotations = Some([("directorysync.dev/approve".to_owned(), hash.to_owned())].into());
            object
        };
        assert_eq!(answered(&approved("abc"), now()), None, "it fits");
        let mut object = approved("abd");
        let status = answered(&object, now()).unwrap();
        let held = condition(&status.conditions, "Held").unwrap();
        assert!(held.message.contains("\"abd\"") && held.message.ends_with("abc"), "{held:?}");
        assert_eq!(status.conditions.len(), object.status.as_ref().unwrap().conditions.len());
        object.status = Some(status);
        assert_eq!(answered(&object, now()), None, "status says it already");
        object.metadata.annotations = None;
        let taken_back = answered(&object, now()).unwrap();
        assert!(!condition(&taken_back.conditions, "Held").unwrap().message.contains("abd"));
    }
}
