//! The outcome of a run, made from what was written. Pure.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::change_summary::{self, ChangeSummary};
use crate::store::{Applied, Refusal};
use crate::sync::counts::{Counts, counts};
use crate::sync::found::{Found, GroupRef};
use crate::sync::hold::Reason;
use crate::sync::outcome::{Gauges, Planned};
use crate::sync::plan::{self, Change, Subject};
use crate::sync::policy::Policy;
use crate::sync::problem::{Duplicate, Problem};

/// What a run has done, and what it has left.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// Rule `same-store`: the store that was written to or found in sync, to be remembered. `None` after a preview.
    pub store: Option<String>,
    /// The counts of written changes. In a preview, the selected, duplicated and invalid objects.
    pub counts: Counts,
    /// What it did not write, and why.
    pub pending: Pending,
    /// Whether held changes had the approval that was given, and were applied.
    pub approved: bool,
    /// Why only objects with positive evidence were removed.
    pub adds_only: Option<String>,
    /// The current state.
    pub gauges: Gauges,
    /// Every duplicate.
    pub duplicates: Vec<Duplicate>,
    /// Rule `existing-accounts`: the usernames of the members without an account.
    pub pending_members: Vec<Box<str>>,
    /// Everything else that an administrator must fix.
    pub problems: Vec<Problem>,
    /// What the store refused, by the name of the group or account.
    pub refusals: Vec<(String, String)>,
    /// What may have been written, because the store's answer was lost, by the name of the group or account.
    pub ambiguous: Vec<(String, String)>,
    /// How far a run came that did not come to the end of its plan, and why.
    pub ended_early: Option<EndedEarly>,
    /// A preview of a store that cannot be asked beforehand what it would refuse.
    pub is_unrehearsed: bool,
    /// What happened to each group and account that changed, and to links.
    pub changes: Vec<ChangeSummary>,
}

/// How far a run came that did not come to the end of its plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedEarly {
    /// How many changes were written.
    pub written: usize,
    /// How many the plan had.
    pub planned: usize,
    /// Why it ended.
    pub cause: String,
}

impl Outcome {
    /// Whether something of the plan was not written, or is not known to be.
    #[must_use]
    pub const fn is_partial(&self) -> bool {
        !self.refusals.is_empty() || !self.ambiguous.is_empty() || self.ended_early.is_some()
    }
}

/// What a run did not write.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Pending {
    /// Nothing is pending: the whole plan was applied, or there was nothing to do.
    #[default]
    Nothing,
    /// Some changes are held until an administrator approves them. Everything else was applied.
    Held(Held),
    /// The run was a preview, and a run would change this.
    WouldChange(PendingChanges),
    /// The run was a preview, and a run would change nothing.
    WouldChangeNothing,
}

/// Changes that are not written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PendingChanges {
    /// Why they are held, or in a preview why some would be.
    pub reasons: Vec<String>,
    /// Their counts.
    pub counts: Counts,
    /// The changes, by group and by account.
    pub changes: Vec<ChangeSummary>,
}

/// Changes that need an approval.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Held {
    /// The changes.
    pub pending: PendingChanges,
    /// The hash that approves them.
    pub hash: String,
    /// Since when changes are held; `None` without a cluster.
    pub since: Option<Timestamp>,
    /// Every held change as a sentence, in the order of the plan: the full plan.
    pub sentences: Vec<String>,
    /// Whether the read shows no group at all although some are linked: then the store is not reported as in sync.
    pub nothing_read: bool,
}

impl Pending {
    /// The changes that are not written.
    #[must_use]
    pub const fn changes(&self) -> Option<&PendingChanges> {
        match self {
            Self::Held(held) => Some(&held.pending),
            Self::WouldChange(changes) => Some(changes),
            Self::Nothing | Self::WouldChangeNothing => None,
        }
    }

    /// Whether the run was a preview.
    #[must_use]
    pub const fn is_preview(&self) -> bool {
        matches!(self, Self::WouldChange(_) | Self::WouldChangeNothing)
    }
}

/// The outcome of a run that may write.
pub(super) fn applied(mut planned: Planned, found: &Found, written: Applied, policy: &Policy) -> Outcome {
    let Unwritten { refusals, ambiguous, ended_early } = leave_out(&mut planned, found, written);
    tracing::debug!(owner = %policy.owner, changes = planned.plan.changes.len(), refused = refusals.len(), "applied");
    Outcome {
        store: None,
        counts: planned.counts(found),
        pending: held(&planned, found).map_or(Pending::Nothing, Pending::Held),
        approved: planned.approved,
        gauges: planned.after,
        adds_only: planned.adds_only.as_ref().map(ToString::to_string),
        refusals,
        ambiguous,
        ended_early,
        is_unrehearsed: false,
        changes: change_summary::summarize(&planned, found),
        pending_members: planned.pending_members,
        duplicates: planned.duplicates,
        problems: planned.problems,
    }
}

/// The outcome of a preview: all changes, and what the store would refuse. `None`: it cannot be asked.
pub(super) fn previewed(mut planned: Planned, found: &Found, rehearsed: Option<Applied>) -> Outcome {
    let would_change = !planned.plan.is_empty() || !planned.reasons.is_empty();
    let is_unrehearsed = rehearsed.is_none();
    let Unwritten { refusals, ambiguous, ended_early } = leave_out(&mut planned, found, rehearsed.unwrap_or_default());
    let all = planned.counts(found);
    let mut counts = Counts::default();
    (counts.groups.selected, counts.groups.duplicated) = (all.groups.selected, all.groups.duplicated);
    (counts.groups.invalid, counts.accounts.invalid) = (all.groups.invalid, all.accounts.invalid);
    (counts.accounts.duplicated, counts.members.unresolved) = (all.accounts.duplicated, all.members.unresolved);
    let pending = if would_change {
        let changes = change_summary::summarize(&planned, found);
        Pending::WouldChange(PendingChanges { reasons: reasons(&planned), counts: all, changes })
    } else {
        Pending::WouldChangeNothing
    };
    Outcome {
        store: None,
        counts,
        pending,
        approved: false,
        gauges: planned.before,
        adds_only: planned.adds_only.as_ref().map(ToString::to_string),
        refusals,
        ambiguous,
        ended_early,
        is_unrehearsed,
        pending_members: planned.pending_members,
        duplicates: planned.duplicates,
        problems: planned.problems,
        changes: Vec::new(),
    }
}

/// The changes that the plan leaves out until they are approved.
fn held(planned: &Planned, found: &Found) -> Option<Held> {
    let hold = planned.hold.as_ref()?;
    Some(Held {
        pending: PendingChanges {
            reasons: reasons(planned),
            counts: counts(&hold.changes, found),
            changes: change_summary::summarize_held(&hold.changes, found),
        },
        hash: hold.approval.hash.clone(),
        since: hold.approval.since,
        sentences: change_summary::sentence::sentences(&hold.changes, found),
        nothing_read: planned.reasons.iter().any(|reason| matches!(reason, Reason::NothingRead { .. })),
    })
}

fn reasons(planned: &Planned) -> Vec<String> {
    planned.reasons.iter().map(Reason::to_string).collect()
}

const fn group_of(change: &Change) -> Option<GroupRef> {
    match change.subject() {
        Subject::Group(group) | Subject::Members(group) => Some(group),
        Subject::Account(_) => None,
    }
}

/// The parts of a plan that were not written, by name.
struct Unwritten {
    refusals: Vec<(String, String)>,
    ambiguous: Vec<(String, String)>,
    ended_early: Option<EndedEarly>,
}

/// Removes from a plan what the store did not write, and returns it.
fn leave_out(planned: &mut Planned, found: &Found, applied: Applied) -> Unwritten {
    let Applied { gaps, refused, ambiguous, ended_early } = applied;
    let changes = &planned.plan.changes;
    let count = changes.len();
    let mut subjects: Vec<_> = refused.iter().map(|refusal| refusal.subject).collect();
    // Of what the run did not come to, a group has failed of which nothing was written.
    if ended_early.is_some() || !ambiguous.is_empty() {
        let is_written = |index: &usize| gaps.changes.get(index) != Some(&plan::written::Unwritten::Whole);
        let written = changes.iter().enumerate().filter(|(index, _)| is_written(index));
        let written: BTreeSet<_> = written.filter_map(|(_, change)| group_of(change)).collect();
        let unwritten = gaps.changes.keys().filter_map(|index| group_of(changes.get(*index)?));
        subjects.extend(unwritten.filter(|group| !written.contains(group)).map(Subject::Group));
    }
    let name =
        |refusal: Refusal| (change_summary::names::name_of(refusal.subject, &planned.plan, found), refusal.message);
    let (refusals, ambiguous) = (refused.into_iter().map(name).collect(), ambiguous.into_iter().map(name).collect());
    let written = count - gaps.changes.len();
    planned.remove_unwritten(&gaps, subjects, found);
    let ended_early = ended_early.map(|cause| EndedEarly { written, planned: count, cause });
    Unwritten { refusals, ambiguous, ended_early }
}
