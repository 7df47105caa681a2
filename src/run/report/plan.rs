//! Pending changes: the first ones for status, all of them for the `DirectoryGroupSyncPlan`.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde::Serialize;

use super::bounds::cut;
use super::context::ReportContext;
use super::counts::{changes, number};
use crate::api::v1alpha1::DirectoryGroupSyncPlanContent;
use crate::api::v1alpha1::directory_group_sync::status::{
    ID_MAX_LENGTH, MAX_LISTED, PendingPlan, PlanReference, SENTENCE_MAX_LENGTH,
};
use crate::api::v1alpha1::directory_group_sync_plan::{MAX_BYTES, MAX_CHANGES, MAX_REASONS};
use crate::run::change_summary::ChangeSummary;
use crate::run::error::Error;
use crate::run::outcome::{Held, Outcome, Pending, PendingChanges};
use crate::sync::digest::digest;

/// The part of [`MAX_BYTES`] that is reserved for an object's metadata, including its managed fields.
const METADATA: usize = 4 * 1024;

/// The full plan after a run.
#[derive(Debug, Clone, PartialEq)]
pub enum FullPlan {
    /// Nothing is pending.
    Nothing,
    /// The run failed, so the same changes are still pending.
    AsBefore,
    /// These changes are pending.
    Pending(Box<DirectoryGroupSyncPlanContent>),
}

/// The full plan.
#[must_use]
pub fn full_plan(outcome: &Result<Outcome, Error>) -> FullPlan {
    let plan = match outcome {
        Ok(Outcome { pending: Pending::Held(held), .. }) => of_held(held),
        Ok(Outcome { pending: Pending::WouldChange(changes), .. }) => of_preview(changes),
        Ok(Outcome { pending: Pending::Nothing | Pending::WouldChangeNothing, .. }) => return FullPlan::Nothing,
        Err(error) => match change_of_side(error) {
            Some((hash, since)) => DirectoryGroupSyncPlanContent {
                hash: Some(cut(hash, ID_MAX_LENGTH)),
                held_since_time: since.map(Time),
                reasons: vec![cut(&error.to_string(), SENTENCE_MAX_LENGTH)],
                ..DirectoryGroupSyncPlanContent::default()
            },
            None => return FullPlan::AsBefore,
        },
    };
    FullPlan::Pending(Box::new(plan))
}

/// The reference to the object with the full plan.
#[must_use]
pub fn reference(name: &str, plan: &DirectoryGroupSyncPlanContent) -> PlanReference {
    PlanReference { name: name.to_owned(), digest: digest(&serde_json::to_vec(plan).unwrap_or_default()) }
}

/// The plan for status. `before` is the one of the previous status.
pub(super) fn pending(
    before: Option<PendingPlan>,
    outcome: &Result<Outcome, Error>,
    context: &ReportContext<'_>,
) -> Option<PendingPlan> {
    match full_plan(outcome) {
        FullPlan::Nothing => None,
        FullPlan::AsBefore => before,
        FullPlan::Pending(plan) => Some(PendingPlan {
            hash: plan.hash,
            held_since_time: plan.held_since_time,
            reasons: first(plan.reasons),
            groups: plan.groups,
            accounts: plan.accounts,
            members: plan.members,
            examples: first(plan.changes),
            plan_ref: context.plan_ref.clone(),
        }),
    }
}

/// The hash that approves releasing the links to a former directory or store, and since when that has been held.
fn change_of_side(error: &Error) -> Option<(&str, Option<Timestamp>)> {
    match error {
        Error::Stop(stop) => Some((&stop.approval().hash, stop.approval().since)),
        _ => None,
    }
}

fn of_held(held: &Held) -> DirectoryGroupSyncPlanContent {
    let plan = DirectoryGroupSyncPlanContent {
        hash: Some(cut(&held.hash, ID_MAX_LENGTH)),
        held_since_time: held.since.map(Time),
        ..of_changes(&held.pending)
    };
    with_sentences(plan, &held.sentences)
}

fn of_preview(pending: &PendingChanges) -> DirectoryGroupSyncPlanContent {
    let sentences: Vec<String> = pending.changes.iter().map(ChangeSummary::to_string).collect();
    with_sentences(of_changes(pending), &sentences)
}

fn of_changes(pending: &PendingChanges) -> DirectoryGroupSyncPlanContent {
    let (groups, accounts, members) = changes(&pending.counts);
    DirectoryGroupSyncPlanContent {
        reasons: pending.reasons.iter().take(MAX_REASONS).map(|reason| cut(reason, SENTENCE_MAX_LENGTH)).collect(),
        removals: number(pending.counts.removed()),
        groups,
        accounts,
        members,
        ..DirectoryGroupSyncPlanContent::default()
    }
}

/// The plan with as many of its changes as fit.
fn with_sentences(mut plan: DirectoryGroupSyncPlanContent, sentences: &[String]) -> DirectoryGroupSyncPlanContent {
    let mut room = MAX_BYTES.saturating_sub(METADATA + size(&plan));
    for sentence in sentences.iter().take(MAX_CHANGES) {
        let sentence = cut(sentence, SENTENCE_MAX_LENGTH);
        // Including the comma after it.
        let Some(left) = room.checked_sub(size(&sentence) + 1) else { break };
        room = left;
        plan.changes.push(sentence);
    }
    let omitted = sentences.len() - plan.changes.len();
    plan.changes_omitted = i64::try_from(omitted).ok().filter(|omitted| *omitted > 0);
    plan
}

fn first(mut sentences: Vec<String>) -> Vec<String> {
    sentences.truncate(MAX_LISTED);
    sentences
}

fn size(value: &impl Serialize) -> usize {
    serde_json::to_vec(value).map_or(usize::MAX, |bytes| bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::outcome::Counts;

    fn held(sentences: Vec<String>, reasons: Vec<String>) -> Held {
        let mut counts = Counts::default();
        (counts.groups.deleted, counts.members.removed) = (2, 5);
        Held {
            pending: PendingChanges { reasons, counts, changes: Vec::new() },
            hash: "abc".to_owned(),
            since: Some(Timestamp::UNIX_EPOCH),
            sentences,
            nothing_read: false,
        }
    }

    #[test]
    fn a_plan_at_length_tells_every_removal() {
        let removals: Vec<String> = (0..100).map(|number| format!("group \"{number}\" is deleted")).collect();
        let plan = of_held(&held(removals.clone(), vec!["a limit".to_owned()]));
        assert_eq!((plan.changes, plan.changes_omitted, plan.removals), (removals, None, 7));
        assert_eq!((plan.hash.as_deref(), plan.held_since_time), (Some("abc"), Some(Time(Timestamp::UNIX_EPOCH))));
    }

    #[test]
    fn a_plan_is_cut_at_a_mebibyte_and_the_rest_is_counted() {
        // A control character takes six octets in JSON, the longest form of any.
        for text in ["\u{1}", "x", "𝄞"] {
            let removals = vec![text.repeat(600); 40_000];
            let plan = of_held(&held(removals, vec![text.repeat(600); MAX_REASONS + 1]));
            assert!(size(&plan) + METADATA <= MAX_BYTES, "{}", size(&plan));
            if text == "x" {
                assert!(size(&plan) + METADATA + 600 > MAX_BYTES, "no more is left out than must be");
            }
            assert_eq!(plan.changes.len() + usize::try_from(plan.changes_omitted.unwrap()).unwrap(), 40_000);
        }
        let plan = of_held(&held(vec![String::new(); 40_000], Vec::new()));
        assert_eq!((plan.changes.len(), plan.changes_omitted), (MAX_CHANGES, Some(20_000)));
    }

    #[test]
    fn a_digest_changes_with_what_is_said() {
        let plan = |removal: &str| of_held(&held(vec![removal.to_owned()], Vec::new()));
        assert_eq!(reference("a", &plan("x")), reference("a", &plan("x")));
        assert_ne!(reference("a", &plan("x")), reference("a", &plan("y")));
    }
}
