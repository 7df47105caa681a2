//! The conditions of probed objects: a `Directory` and a `DashboardServer`.

use jiff::Timestamp;

use crate::api::v1alpha1::condition::{Condition, ConditionType, Reason};
use crate::controller::event::EventDraft;
use crate::run::error::{Consequence, Error};
use crate::run::report::conditions::Writer;
use crate::run::report::conditions::condition;

/// The conditions after a probe with this result.
pub(super) fn probed(
    before: &[Condition],
    generation: i64,
    found: &Result<String, Error>,
    now: Timestamp,
) -> Vec<Condition> {
    let writer = Writer { before, generation, now };
    let error = match found {
        Ok(message) => return vec![writer.condition(ConditionType::Ready, "True", Reason::ProbeSucceeded, message)],
        Err(error) => error,
    };
    let message = error.to_string();
    let (abnormal, reason) = match error.consequence() {
        Consequence::Retry | Consequence::Requeue => (ConditionType::Reconciling, Reason::ProgressingWithRetry),
        Consequence::Wait => (ConditionType::Reconciling, Reason::Waiting),
        Consequence::Stall => (ConditionType::Stalled, error.reason()),
    };
    vec![
        writer.condition(ConditionType::Ready, "False", error.reason(), &message),
        writer.condition(abnormal, "True", reason, &message),
    ]
}

/// Whether `Ready` is `True` because of a probe. A status that is kept while no probes take place does not count.
pub(super) fn is_ready(conditions: &[Condition]) -> bool {
    condition(conditions, ConditionType::Ready.as_str())
        .is_some_and(|ready| ready.status == "True" && ready.reason != Reason::NotReferenced.as_str())
}

/// An event, if `Ready` has changed.
pub(super) fn events_for(before: &[Condition], after: &[Condition], found: &Result<String, Error>) -> Vec<EventDraft> {
    let said = |conditions| condition(conditions, ConditionType::Ready.as_str()).map(|ready| ready.reason.clone());
    if said(before) == said(after) {
        return Vec::new();
    }
    let note = |warning, reason: Reason, text: String| {
        vec![EventDraft { warning, reason: reason.as_str(), action: "Probe", text }]
    };
    match found {
        Ok(message) => note(false, Reason::ProbeSucceeded, message.clone()),
        Err(error) => note(error.consequence() != Consequence::Wait, error.reason(), error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_from_a_failure_is_a_condition_of_its_own() {
        let at = Timestamp::UNIX_EPOCH;
        let said = |found: &Result<String, Error>| -> Vec<(String, String, String)> {
            let conditions = probed(&[], 1, found, at);
            conditions.into_iter().map(|c| (c.type_, c.status, c.reason)).collect()
        };
        let of = |name: &str, status: &str, reason: &str| (name.to_owned(), status.to_owned(), reason.to_owned());
        assert_eq!(said(&Ok("found".into())), [of("Ready", "True", "ProbeSucceeded")]);
        let refused = crate::directory::Error::bind_refused("no");
        assert_eq!(
            said(&Err(refused.into())),
            [of("Ready", "False", "BindRefused"), of("Stalled", "True", "BindRefused")]
        );
        let unreachable = crate::store::Error::unreachable("a", "c");
        assert_eq!(
            said(&Err(unreachable.into())),
            [of("Ready", "False", "StoreUnreachable"), of("Reconciling", "True", "ProgressingWithRetry")]
        );
    }

    #[test]
    fn only_another_reason_is_told() {
        let at = Timestamp::UNIX_EPOCH;
        let found = Ok("3 servers answer".to_owned());
        let before = probed(&[], 1, &found, at);
        assert_eq!(events_for(&[], &before, &found).len(), 1);
        let fewer = Ok("2 servers answer".to_owned());
        assert_eq!(events_for(&before, &probed(&before, 1, &fewer, at), &fewer), []);
        let failed = Err(Error::TimedOut { seconds: 1 });
        assert_eq!(events_for(&before, &probed(&before, 1, &failed, at), &failed).len(), 1);
    }
}
