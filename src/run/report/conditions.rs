//! The conditions of a status, after kstatus: `Reconciling` and `Stalled` are there only while they hold.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::bounds::cut;
use super::{Occasion, headline, result};
use crate::api::v1alpha1::condition::{Condition, ConditionType, MESSAGE_MAX_LENGTH, Reason};
use crate::api::v1alpha1::directory_group_sync::status::RunResult;
use crate::run::Outcome;
use crate::run::error::{Consequence, Error};

/// The conditions that follow from a run.
pub(super) fn conditions(
    before: &[Condition],
    outcome: &Result<Outcome, Error>,
    occasion: &Occasion<'_>,
    duplicates: bool,
) -> Vec<Condition> {
    let (reason, message) = headline(outcome, occasion.place);
    let writer = Writer { before, generation: occasion.generation, now: occasion.end };
    let unready = [RunResult::PartiallySynced, RunResult::Held];
    let ready = matches!(outcome, Ok(outcome) if !unready.contains(&result(outcome)));
    let mut conditions =
        vec![writer.condition(ConditionType::Ready, if ready { "True" } else { "False" }, reason, &message)];
    let abnormal = match outcome {
        Ok(_) if ready => None,
        Ok(outcome) if result(outcome) == RunResult::Held => Some((ConditionType::Stalled, Reason::Held)),
        Ok(_) => Some((ConditionType::Reconciling, Reason::ProgressingWithRetry)),
        Err(error) => Some(match error.consequence() {
            Consequence::Retry | Consequence::Requeue => (ConditionType::Reconciling, Reason::ProgressingWithRetry),
            Consequence::Wait => (ConditionType::Reconciling, Reason::Waiting),
            Consequence::Stall => (ConditionType::Stalled, reason),
        }),
    };
    conditions.extend(abnormal.map(|(name, reason)| writer.condition(name, "True", reason, &message)));
    conditions.push(writer.duplicates(duplicates));
    conditions.push(writer.suspended(occasion.suspended));
    conditions
}

/// Writes conditions: a condition whose status does not change keeps the time of its last transition.
#[derive(Debug, Clone, Copy)]
pub struct Writer<'a> {
    /// The conditions before.
    pub before: &'a [Condition],
    /// The generation that is spoken of.
    pub generation: i64,
    /// The time.
    pub now: Timestamp,
}

impl Writer<'_> {
    /// One condition.
    #[must_use]
    pub fn condition(&self, name: ConditionType, status: &str, reason: Reason, message: &str) -> Condition {
        let before = super::condition(self.before, name.as_str()).filter(|before| before.status == status);
        Condition {
            type_: name.as_str().to_owned(),
            status: status.to_owned(),
            observed_generation: Some(self.generation),
            last_transition_time: before.map_or(Time(self.now), |before| before.last_transition_time.clone()),
            reason: reason.as_str().to_owned(),
            message: cut(message, MESSAGE_MAX_LENGTH),
        }
    }

    /// `DuplicatesPresent`.
    #[must_use]
    pub fn duplicates(&self, present: bool) -> Condition {
        if present {
            let message = "names are already in use in the store: see status.duplicates";
            self.condition(ConditionType::DuplicatesPresent, "True", Reason::DuplicatesFound, message)
        } else {
            self.condition(ConditionType::DuplicatesPresent, "False", Reason::NoDuplicates, "no name is taken")
        }
    }

    /// `Suspended`.
    #[must_use]
    pub fn suspended(&self, suspended: bool) -> Condition {
        if suspended {
            let message = "spec.suspend is true: nothing runs until it is false";
            self.condition(ConditionType::Suspended, "True", Reason::SuspendedBySpec, message)
        } else {
            self.condition(ConditionType::Suspended, "False", Reason::NotSuspended, "spec.suspend is false")
        }
    }
}
