//! Whether a sync runs now. It is decided from the object alone, so that a restart changes nothing.

use jiff::Timestamp;

use crate::api::APPROVE_ANNOTATION;
use crate::api::v1alpha1::condition::{Condition, ConditionType, Reason};
use crate::api::v1alpha1::directory_group_sync::policy::Trigger;
use crate::api::v1alpha1::{DirectoryGroupSync, DirectoryGroupSyncStatus};
use crate::controller::request::{Request, request};
use crate::run::report::conditions::condition;

/// What to do with a sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// It is being deleted.
    Deletion,
    /// It is suspended.
    Suspended,
    /// Run now.
    Now {
        /// Whether the generation or the request is new, so that status reports the run at once.
        announce: bool,
    },
    /// Run at this time.
    Later(Timestamp),
    /// With `trigger: Request` its generation is new, and no run has been requested.
    Unrequested,
    /// Wait for a change.
    OnChange,
}

/// Decides. `asked` is the time for which a change of another object has requested a run.
pub(super) fn due(sync: &DirectoryGroupSync, asked: Option<Timestamp>, now: Timestamp) -> Due {
    if sync.metadata.deletion_timestamp.is_some() {
        return Due::Deletion;
    }
    if sync.spec.suspend {
        return Due::Suspended;
    }
    let nothing = DirectoryGroupSyncStatus::default();
    let status = sync.status.as_ref().unwrap_or(&nothing);
    let ready = condition(&status.conditions, ConditionType::Ready.as_str());
    let tried = ready.and_then(|ready| ready.observed_generation) == sync.metadata.generation && ready.is_some();
    let on_request = sync.spec.trigger == Trigger::Request;
    // A run that was announced and has not finished: the operator was restarted, or the store was busy.
    let unfinished = ready.is_some_and(is_unfinished);
    if requested(sync, status).is_new || unfinished || !(tried || on_request) {
        return Due::Now { announce: !tried || !unfinished };
    }
    let hash = status.plan.as_ref().and_then(|plan| plan.hash.as_deref());
    if hash.is_some() && hash == approval(sync) {
        return Due::Now { announce: false };
    }
    let next = status.next_sync_time.as_ref().map(|next| next.0);
    let next = if on_request {
        let retry = next.filter(|_| is(status, ConditionType::Reconciling));
        // Changes of other objects only repeat a failed run and never start another one.
        let asked = asked.filter(|_| retry.is_some() || (tried && is(status, ConditionType::Stalled)));
        match [retry, asked].into_iter().flatten().min() {
            None if !tried || next.is_some() => return Due::Unrequested,
            earliest => earliest,
        }
    } else if next.is_none() && !is(status, ConditionType::Stalled) {
        return Due::Now { announce: false };
    } else {
        [next, asked].into_iter().flatten().min()
    };
    match next {
        None => Due::OnChange,
        Some(at) if at <= now => Due::Now { announce: false },
        Some(at) => Due::Later(at),
    }
}

fn is(status: &DirectoryGroupSyncStatus, name: ConditionType) -> bool {
    condition(&status.conditions, name.as_str()).is_some()
}

fn is_unfinished(ready: &Condition) -> bool {
    ready.status == "Unknown" && ready.reason == Reason::Progressing.as_str()
}

/// The requests of the annotations. This status says which of them have been handled.
pub(super) fn requested(sync: &DirectoryGroupSync, status: &DirectoryGroupSyncStatus) -> Request {
    let other = status.other_handled_reconcile_at.as_deref();
    request(sync, status.last_handled_reconcile_at.as_deref(), other)
}

/// The hash that an administrator approves.
pub(super) fn approval(sync: &DirectoryGroupSync) -> Option<&str> {
    sync.metadata.annotations.as_ref()?.get(APPROVE_ANNOTATION).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: &str = "2026-01-01T12:00:00Z";
    const BEFORE: &str = "2026-01-01T11:59:59Z";
    const AFTER: &str = "2026-01-01T12:00:01Z";

    fn merge(base: &mut Value, over: &Value) {
        match (base, over) {
            (Value::Object(base), Value::Object(over)) => {
                over.iter().for_each(|(key, value)| merge(base.entry(key).or_insert(Value::Null), value));
            }
            (base, over) => *base = over.clone(),
        }
    }

    /// A sync that ran at generation 2 and is due again in a second, with these changes.
    #[expect(clippy::needless_pass_by_value, reason = "a table reads better without borrows")]
    fn check(changes: Value, asked: Option<&str>, expected: Due) {
        let mut object = json!({
            "apiVersion": "directorysync.dev/v1alpha1",
            "kind": "DirectoryGroupSync",
            "metadata": {"name": "a", "generation": 2},
            "spec": {
                "directoryRef": {"name": "d"}, "dashboardServerRef": {"name": "s"}, "groups": [{"name": "g"}],
            },
            "status": {
                "conditions": [condition("Ready", "True", "Synced", 2)],
                "observedGeneration": 2,
                "nextSyncTime": AFTER,
            },
        });
        merge(&mut object, &changes);
        let sync = serde_json::from_value(object).unwrap();
        let asked = asked.map(|asked| asked.parse().unwrap());
        assert_eq!(due(&sync, asked, NOW.parse().unwrap()), expected, "{changes} {asked:?}");
    }

    fn condition(name: &str, status: &str, reason: &str, generation: i64) -> Value {
        json!({"type": name, "status": status, "reason": reason, "message": "", "observedGeneration": generation,
            "lastTransitionTime": BEFORE})
    }

    fn status(conditions: &[Value], next: Option<&str>) -> Value {
        json!({"status": {"conditions": conditions, "nextSyncTime": next}})
    }

    #[test]
    fn waits_for_its_time_over_a_restart() {
        let later = Due::Later(AFTER.parse().unwrap());
        check(json!({}), None, later);
        check(json!({"status": {"nextSyncTime": NOW}}), None, Due::Now { announce: false });
        check(json!({"status": {"nextSyncTime": null}}), None, Due::Now { announce: false });
        let failed = condition("Ready", "False", "StoreUnreachable", 2);
        check(status(&[failed], Some(AFTER)), None, later);
    }

    #[test]
    fn a_failed_run_of_a_generation_is_not_that_generation_anew() {
        let failed = condition("Ready", "False", "StoreUnreachable", 2);
        let mut changes = status(&[failed], Some(AFTER));
        changes["status"]["observedGeneration"] = json!(1);
        check(changes, None, Due::Later(AFTER.parse().unwrap()));
    }

    #[test]
    fn runs_for_what_is_new() {
        let now = Due::Now { announce: true };
        check(json!({"status": null}), None, now);
        check(json!({"metadata": {"generation": 3}}), None, now);
        let request = json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "x"}}});
        check(request.clone(), None, now);
        let mut handled = request;
        merge(&mut handled, &json!({"status": {"lastHandledReconcileAt": "x"}}));
        check(handled, None, Due::Later(AFTER.parse().unwrap()));
        check(json!({"metadata": {"annotations": {"directorysync.dev/requestedAt": "x"}}}), None, now);
    }

    /// The same with `trigger: Request`.
    #[track_caller]
    fn check_on_request(mut changes: Value, asked: Option<&str>, expected: Due) {
        merge(&mut changes, &json!({"spec": {"trigger": "Request"}}));
        check(changes, asked, expected);
    }

    #[test]
    fn on_request_only_a_person_starts_a_run() {
        let in_step = || status(&[condition("Ready", "True", "Synced", 2)], None);
        let with = |change: Value| {
            let mut changes = in_step();
            merge(&mut changes, &change);
            changes
        };
        check_on_request(in_step(), None, Due::OnChange);
        check_on_request(in_step(), Some(BEFORE), Due::OnChange);
        check_on_request(with(json!({"metadata": {"generation": 3}})), Some(BEFORE), Due::Unrequested);
        check_on_request(json!({"status": null}), None, Due::Unrequested);
        // What was planned before the trigger was another.
        check_on_request(status(&[condition("Ready", "True", "Synced", 2)], Some(NOW)), None, Due::Unrequested);
        for key in ["directorysync.dev/requestedAt", "reconcile.fluxcd.io/requestedAt"] {
            let request = json!({"metadata": {"annotations": {key: "x"}}});
            check_on_request(with(request.clone()), None, Due::Now { announce: true });
            check_on_request(
                with(json!({"metadata": request["metadata"], "status": null})),
                None,
                Due::Now { announce: true },
            );
        }
        let approved = json!({"metadata": {"annotations": {"directorysync.dev/approve": "abc"}},
            "status": {"plan": {"hash": "abc"}}});
        check_on_request(with(approved), None, Due::Now { announce: false });
        let announced = [condition("Ready", "Unknown", "Progressing", 2)];
        check_on_request(status(&announced, None), None, Due::Now { announce: false });
    }

    #[test]
    fn on_request_a_run_that_failed_is_tried_again() {
        let failed = |next| {
            let conditions = [
                condition("Ready", "False", "StoreUnreachable", 2),
                condition("Reconciling", "True", "ProgressingWithRetry", 2),
            ];
            status(&conditions, Some(next))
        };
        check_on_request(failed(AFTER), None, Due::Later(AFTER.parse().unwrap()));
        check_on_request(failed(NOW), None, Due::Now { announce: false });
        check_on_request(failed(AFTER), Some(NOW), Due::Now { announce: false });
        let mut changed = failed(AFTER);
        merge(&mut changed, &json!({"metadata": {"generation": 3}}));
        check_on_request(changed, None, Due::Later(AFTER.parse().unwrap()));
        let stalled = [condition("Ready", "False", "BindRefused", 2), condition("Stalled", "True", "BindRefused", 2)];
        check_on_request(status(&stalled, None), None, Due::OnChange);
        check_on_request(status(&stalled, None), Some(NOW), Due::Now { announce: false });
    }

    #[test]
    fn a_run_that_did_not_end_is_done_again_and_announced_once() {
        let announced = condition("Ready", "Unknown", "Progressing", 2);
        check(status(&[announced], Some(AFTER)), None, Due::Now { announce: false });
        let announced = condition("Ready", "Unknown", "Progressing", 1);
        check(status(&[announced], Some(AFTER)), None, Due::Now { announce: true });
    }

    #[test]
    fn others_may_ask_for_an_earlier_run() {
        check(json!({}), Some(BEFORE), Due::Now { announce: false });
        check(
            json!({"status": {"nextSyncTime": "2026-01-02T00:00:00Z"}}),
            Some(AFTER),
            Due::Later(AFTER.parse().unwrap()),
        );
    }

    #[test]
    fn stalled_waits_for_a_change_or_its_interval() {
        let stalled = [condition("Ready", "False", "InvalidSpec", 2), condition("Stalled", "True", "InvalidSpec", 2)];
        check(status(&stalled, None), None, Due::OnChange);
        check(status(&stalled, None), Some(NOW), Due::Now { announce: false });
        check(status(&stalled, Some(AFTER)), None, Due::Later(AFTER.parse().unwrap()));
    }

    #[test]
    fn an_approval_runs_only_if_it_fits() {
        let held = |approved: &str| {
            json!({"metadata": {"annotations": {"directorysync.dev/approve": approved}},
                "status": {"plan": {"hash": "abc"}}})
        };
        check(held("abc"), None, Due::Now { announce: false });
        let later = Due::Later(AFTER.parse().unwrap());
        check(held("abd"), None, later);
        let conditions = [condition("Ready", "False", "Held", 2), condition("Stalled", "True", "Held", 2)];
        let mut stale = held("abd");
        merge(&mut stale, &status(&conditions, Some(AFTER)));
        check(stale.clone(), None, later);
        // What is commanded otherwise runs all the same.
        merge(&mut stale, &json!({"metadata": {"generation": 3}}));
        check(stale, None, Due::Now { announce: true });
    }

    #[test]
    fn suspension_and_deletion_come_first() {
        check(json!({"metadata": {"generation": 3}, "spec": {"suspend": true}}), Some(NOW), Due::Suspended);
        let deleted = json!({"metadata": {"deletionTimestamp": BEFORE}, "spec": {"suspend": true}});
        check(deleted, None, Due::Deletion);
    }
}
