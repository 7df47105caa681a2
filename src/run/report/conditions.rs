//! The conditions of a status. As in kstatus, `Reconciling` and `Stalled` are present only while they are `True`.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::approval::answer;
use super::bounds::cut;
use super::context::ReportContext;
use super::result::result;
use super::sentence::headline;
use crate::api::v1alpha1::DirectoryGroupSyncStatus;
use crate::api::v1alpha1::condition::{Condition, ConditionType, MESSAGE_MAX_LENGTH, Reason};
use crate::api::v1alpha1::directory_group_sync::status::RunResult;
use crate::run::error::{Consequence, Error};
use crate::run::outcome::{Outcome, Pending};

const NOT_RUN_YET: &str = "no run has finished yet";

/// The conditions after a run that resulted in this status.
pub(super) fn conditions(
    before: &[Condition],
    status: &DirectoryGroupSyncStatus,
    outcome: &Result<Outcome, Error>,
    context: &ReportContext<'_>,
) -> Vec<Condition> {
    let (reason, message) = headline(outcome, context.location);
    let writer = Writer { before, generation: context.generation, now: context.end };
    let abnormal = match outcome {
        Ok(outcome) => of_success(outcome),
        Err(error) => Some(match error.consequence() {
            Consequence::Retry | Consequence::Requeue => (ConditionType::Reconciling, Reason::ProgressingWithRetry),
            Consequence::Wait => (ConditionType::Reconciling, Reason::Waiting),
            Consequence::Stall => (ConditionType::Stalled, reason),
        }),
    };
    let ready = if abnormal.is_none() { "True" } else { "False" };
    let mut conditions = vec![writer.condition(ConditionType::Ready, ready, reason, &message)];
    conditions.extend(abnormal.map(|(name, reason)| writer.condition(name, "True", reason, &message)));
    conditions.extend(writer.standing(status, context.approval));
    conditions.push(writer.suspended(context.suspended));
    conditions
}

/// A condition of that list, by its type.
#[must_use]
pub fn condition<'a>(conditions: &'a [Condition], name: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.type_ == name)
}

/// Why `Ready` is not `True` after a run that finished. A hold is not a reason: everything else was applied, and a nightly
/// hold would turn every tool red. A read without any group is one, because the store is probably not in sync.
fn of_success(outcome: &Outcome) -> Option<(ConditionType, Reason)> {
    match (result(outcome), &outcome.pending) {
        (RunResult::PartiallySynced, _) => Some((ConditionType::Reconciling, Reason::ProgressingWithRetry)),
        (_, Pending::Held(held)) if held.nothing_read => Some((ConditionType::Stalled, Reason::Held)),
        _ => None,
    }
}

/// The reasons of a condition that repeats the last result.
const KEPT: [Reason; 3] = [Reason::Suspended, Reason::WaitingForRequest, Reason::NotReferenced];

/// `Ready` while no run or probe starts: with the status and the message of the last one, and a reason of its own. A run or
/// probe that has not finished has no result.
#[must_use]
pub fn kept(writer: &Writer<'_>, reason: Reason, message: &str, what: &str) -> Condition {
    let ready = condition(writer.before, ConditionType::Ready.as_str());
    let Some(ready) = ready.filter(|ready| ready.status != "Unknown") else {
        return writer.condition(ConditionType::Ready, "Unknown", reason, message);
    };
    let last = format!("the last {what} reported ");
    let is_kept = KEPT.iter().any(|reason| ready.reason == reason.as_str());
    let said = match ready.message.split_once(&last).filter(|_| is_kept) {
        Some((_, said)) => said.to_owned(),
        None => format!("{}: {}", ready.reason, ready.message),
    };
    writer.condition(ConditionType::Ready, &ready.status, reason, &format!("{message}; {last}{said}"))
}

/// Writes conditions. A condition whose status does not change keeps the time of its last transition.
#[derive(Debug, Clone, Copy)]
pub struct Writer<'a> {
    /// The conditions before.
    pub before: &'a [Condition],
    /// The generation that the conditions describe.
    pub generation: i64,
    /// The time.
    pub now: Timestamp,
}

impl Writer<'_> {
    /// One condition.
    #[must_use]
    pub fn condition(&self, name: ConditionType, status: &str, reason: Reason, message: &str) -> Condition {
        let before = condition(self.before, name.as_str()).filter(|before| before.status == status);
        Condition {
            type_: name.as_str().to_owned(),
            status: status.to_owned(),
            observed_generation: Some(self.generation),
            last_transition_time: before.map_or(Time(self.now), |before| before.last_transition_time.clone()),
            reason: reason.as_str().to_owned(),
            message: cut(message, MESSAGE_MAX_LENGTH),
        }
    }

    /// `Held` and `DuplicatesPresent` of a status. They are `Unknown` before the first complete run. `approval` is the hash in
    /// the object's annotation. If it matches no held changes, the message says so.
    #[must_use]
    pub fn standing(&self, status: &DirectoryGroupSyncStatus, approval: Option<&str>) -> [Condition; 2] {
        [self.held(status, approval), self.duplicates(status)]
    }

    fn held(&self, status: &DirectoryGroupSyncStatus, approval: Option<&str>) -> Condition {
        let (is_held, reason, message) = if status.plan.as_ref().is_some_and(|plan| plan.hash.is_some()) {
            ("True", Reason::Held, "changes are held for approval: see status.plan")
        } else if status.current.is_none() {
            ("Unknown", Reason::NotRunYet, NOT_RUN_YET)
        } else {
            ("False", Reason::NothingHeld, "no changes are held")
        };
        match answer(approval, status) {
            Some(answer) => self.condition(ConditionType::Held, is_held, reason, &format!("{message}; {answer}")),
            None => self.condition(ConditionType::Held, is_held, reason, message),
        }
    }

    fn duplicates(&self, status: &DirectoryGroupSyncStatus) -> Condition {
        let (present, reason, message) = if status.current.is_none() {
            ("Unknown", Reason::NotRunYet, NOT_RUN_YET)
        } else if status.duplicates.is_empty() && status.duplicates_omitted.is_none() {
            ("False", Reason::NoDuplicates, "there are no duplicates")
        } else {
            ("True", Reason::DuplicatesFound, "names are already in use: see status.duplicates")
        };
        self.condition(ConditionType::DuplicatesPresent, present, reason, message)
    }

    /// `Suspended`.
    #[must_use]
    pub fn suspended(&self, suspended: bool) -> Condition {
        if suspended {
            let message = "spec.suspend is true, so no run starts until it is false";
            self.condition(ConditionType::Suspended, "True", Reason::SuspendedBySpec, message)
        } else {
            self.condition(ConditionType::Suspended, "False", Reason::NotSuspended, "spec.suspend is false")
        }
    }
}
