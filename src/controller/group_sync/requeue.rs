//! When to come back after a run.

use std::time::Duration;

use jiff::Timestamp;
use kube::runtime::controller::Action;

use crate::api::v1alpha1::condition::{ConditionType, Reason};
use crate::api::v1alpha1::directory_group_sync::status::RunResult;
use crate::api::v1alpha1::{DirectoryGroupSync, DirectoryGroupSyncStatus};
use crate::run::error::{Consequence, Error};
use crate::run::outcome::Outcome;
use crate::run::report::conditions::condition;
use crate::run::report::result::result;
use crate::run::schedule::{Schedule, later, retry_after, share};
use crate::run::settings::InvalidSettings;

/// How soon a run that something was in the way of is tried again, at first and at most.
const SOON: Duration = Duration::from_secs(2);
const SOON_AT_MOST: Duration = Duration::from_mins(1);

/// When the next run is due. `None`: after a change.
pub(super) fn next(
    sync: &DirectoryGroupSync,
    before: &DirectoryGroupSyncStatus,
    outcome: &Result<Outcome, Error>,
    end: Timestamp,
) -> Option<Timestamp> {
    let spec = &sync.spec;
    let schedule = Schedule::of(spec).ok()?;
    let retry_interval = spec.retry_interval.get();
    let regular = || schedule.next(end, sync.metadata.uid.as_deref().unwrap_or_default());
    let retry = || {
        let failures = failures(before, retry_interval) + 1;
        later(end, retry_after(retry_interval, schedule.longest_retry(), failures))
    };
    match outcome {
        Ok(outcome) if result(outcome) == RunResult::PartiallySynced => Some(retry()),
        Ok(_) => regular(),
        Err(error) => match error.consequence() {
            Consequence::Retry | Consequence::Requeue => Some(retry()),
            Consequence::Wait => Some(later(end, retry_interval)),
            // An error of the sync itself can only be fixed there, which starts a run. Everything else may be fixed
            // in places that are not watched: in a Secret, in the directory.
            Consequence::Stall if is_its_own(error) => None,
            Consequence::Stall => regular(),
        },
    }
}

fn is_its_own(error: &Error) -> bool {
    matches!(error, Error::Settings(invalid @ InvalidSettings::Field { .. }) if invalid.kind() == "DirectoryGroupSync")
}

/// How many runs in a row have failed, computed from the wait after the last one.
fn failures(before: &DirectoryGroupSyncStatus, retry_interval: Duration) -> u32 {
    let retried = condition(&before.conditions, ConditionType::Reconciling.as_str())
        .is_some_and(|reconciling| reconciling.reason == Reason::ProgressingWithRetry.as_str());
    let (Some(next), Some(last), true) = (&before.next_sync_time, &before.last_run, retried) else { return 0 };
    let waited = Duration::try_from(next.0.duration_since(last.completion_time.0)).unwrap_or_default();
    (1..17).find(|failures| retry_after(retry_interval, Duration::MAX, *failures) >= waited).unwrap_or(17)
}

/// Comes back at a time.
pub(super) fn at(time: Timestamp, now: Timestamp) -> Action {
    Action::requeue(Duration::try_from(time.duration_since(now)).unwrap_or_default())
}

/// Comes back soon, because something was in the way so many times in a row. The object's UID spreads the times.
pub(super) fn soon(sync: &DirectoryGroupSync, times: u32) -> Action {
    let wait = retry_after(SOON, SOON_AT_MOST, times);
    Action::requeue(wait.mul_f64(0.5 + share(sync.metadata.uid.as_deref().unwrap_or_default())))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const END: &str = "2026-01-01T12:00:00Z";

    fn sync(spec: &Value) -> DirectoryGroupSync {
        let mut object = json!({
            "apiVersion": "directorysync.dev/v1alpha1", "kind": "DirectoryGroupSync",
            "metadata": {"name": "a", "uid": "u"},
            "spec": {"directoryRef": {"name": "d"}, "dashboardServerRef": {"name": "s"}, "groups": [{"name": "g"}],
                "interval": "10m", "retryInterval": "1m"},
        });
        for (key, value) in spec.as_object().unwrap() {
            object["spec"][key] = value.clone();
        }
        serde_json::from_value(object).unwrap()
    }

    /// Seconds from the end of a run to the next.
    #[expect(clippy::needless_pass_by_value, reason = "a table reads better without borrows")]
    fn wait(spec: Value, before: &DirectoryGroupSyncStatus, error: Error) -> Option<i64> {
        let end = END.parse().unwrap();
        next(&sync(&spec), before, &Err(error), end).map(|next| next.duration_since(end).as_secs())
    }

    fn failed(waited: u64) -> DirectoryGroupSyncStatus {
        let end: Timestamp = "2026-01-01T11:00:00Z".parse().unwrap();
        serde_json::from_value(json!({
            "conditions": [{"type": "Reconciling", "status": "True", "reason": "ProgressingWithRetry", "message": "",
                "lastTransitionTime": END}],
            "lastRun": {"result": "Failed", "startTime": end, "completionTime": end},
            "nextSyncTime": later(end, Duration::from_secs(waited)),
        }))
        .unwrap()
    }

    fn timed_out() -> Error {
        Error::TimedOut { seconds: 1 }
    }

    #[test]
    fn failures_back_off_over_restarts_up_to_the_interval() {
        assert_eq!(wait(json!({}), &DirectoryGroupSyncStatus::default(), timed_out()), Some(60));
        assert_eq!(wait(json!({}), &failed(60), timed_out()), Some(120));
        assert_eq!(wait(json!({}), &failed(120), timed_out()), Some(240));
        assert_eq!(wait(json!({}), &failed(480), timed_out()), Some(600));
        assert_eq!(wait(json!({}), &failed(600), timed_out()), Some(600));
    }

    #[test]
    fn who_waits_looks_again_without_backing_off() {
        let missing = || Error::Dependency { reason: Reason::DirectoryNotFound, message: String::new() };
        assert_eq!(wait(json!({}), &failed(480), missing()), Some(60));
        assert_eq!(wait(json!({"retryInterval": "20m"}), &failed(60), missing()), Some(1200));
    }

    #[test]
    fn stalled_looks_again_only_where_something_else_can_mend_it() {
        let invalid =
            |field: &str| Error::Settings(InvalidSettings::Field { field: field.to_owned(), problem: String::new() });
        let before = DirectoryGroupSyncStatus::default();
        assert_eq!(wait(json!({}), &before, invalid("DirectoryGroupSync spec.groups[0].filter")), None);
        assert_eq!(wait(json!({"schedule": "never", "interval": null}), &before, timed_out()), None);
        let on_request = json!({"trigger": "Request", "interval": null});
        assert_eq!(wait(on_request.clone(), &before, invalid("Directory spec.baseDN")), None, "it runs when asked");
        assert_eq!(wait(on_request, &before, timed_out()), Some(60), "and is tried again");
        let elsewhere = wait(json!({}), &before, invalid("Directory spec.baseDN")).unwrap();
        assert!((570..=630).contains(&elsewhere), "{elsewhere}");
    }
}
