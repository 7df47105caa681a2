//! Rule `written-only`: a plan with everything that is said about it. What the store did not write is taken out of it
//! before anything is counted.

use std::collections::{BTreeMap, BTreeSet};

pub use super::counts::{AccountCounts, Counts, GroupCounts, LinkCounts, MemberCounts};
use super::counts::{counts, modified_groups};
use super::found::{AccountRef, Found, GroupRef};
use super::hold::{Hold, Reason};
use super::matching::groups::matches::{Complaint, Provenance};
use super::pairing::server::AddsOnly;
use super::plan::written::{Gaps, Unwritten};
use super::plan::{Change, Edit, Plan, Subject};
use super::problem::{Duplicate, Problem};
use super::proof::group::Evidence;
use super::tie::tie;

/// A plan with everything that is said about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Planned {
    /// The changes.
    pub plan: Plan,
    /// Why the changes of [`Self::hold`] are held; in a preview why some would be.
    pub reasons: Vec<Reason>,
    /// What the plan leaves out because it waits for an approval.
    pub hold: Option<Hold>,
    /// Whether something waited for the approval that was given: the plan has it.
    pub approved: bool,
    /// Why nothing is removed but on positive evidence.
    pub adds_only: Option<AddsOnly>,
    /// Why each group that the plan deletes counts as deleted.
    pub evidence: BTreeMap<GroupRef, Evidence>,
    /// Rule `adoption-by-email`: the accounts that are adopted by their e-mail addresses.
    pub adopted_by_email: BTreeSet<AccountRef>,
    /// Every duplicate, sorted.
    pub duplicates: Vec<Duplicate>,
    /// Everything else that an administrator must fix, sorted.
    pub problems: Vec<Problem>,
    /// Rule `existing-accounts`: the usernames of the members without an account, sorted.
    pub pending_members: Vec<Box<str>>,
    /// Gauges as they are once the plan is applied.
    pub after: Gauges,
    /// Gauges as they are while it is not.
    pub before: Gauges,
    pub(crate) managed: Vec<(GroupRef, Provenance, Option<Complaint>)>,
    pub(crate) refused: Vec<Complaint>,
    /// Groups of which the store refused something.
    pub(crate) failed: BTreeSet<GroupRef>,
    pub(crate) accounts_duplicated: u64,
    pub(crate) accounts_invalid: u64,
}

/// The state of the store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gauges {
    /// Groups that are linked, owned and selected.
    pub groups: u64,
    /// Their memberships.
    pub members: u64,
    /// The accounts that are in them.
    pub accounts: u64,
    /// Duplicate groups and accounts.
    pub duplicated: u64,
    /// Problems of the kind `Invalid`.
    pub invalid: u64,
    /// Unresolved member values.
    pub unresolved: u64,
    /// Linked groups that are found nowhere.
    pub missing: u64,
    /// Removals that are not proven yet.
    pub waiting: u64,
    /// Members without an account, where somebody else makes the accounts.
    pub pending: u64,
    /// Members that the settings leave out: by `users.filter`, or because they are outside the users' base.
    pub out_of_scope: u64,
}

impl Planned {
    /// Rule `written-only`: takes out of the plan what the store did not write, and out of the gauges what the store
    /// therefore does not have.
    pub fn remove_unwritten(&mut self, gaps: &Gaps, refused: impl IntoIterator<Item = Subject>, found: &Found) {
        self.failed.extend(refused.into_iter().filter_map(|subject| match subject {
            Subject::Group(group) | Subject::Members(group) => Some(group),
            Subject::Account(_) => None,
        }));
        if gaps.is_empty() {
            return;
        }
        let mut not_ours = BTreeSet::new();
        for change in self.unwritten(gaps) {
            match change {
                Change::CreateGroup { group, .. } => drop(not_ours.insert(*group)),
                Change::LinkGroup { group, link } => {
                    let before = found.group_link(*group);
                    if tie(before, link).begins() {
                        not_ours.insert(*group);
                    }
                }
                _ => {}
            }
        }
        self.keep_names(gaps, found);
        self.plan.remove_unwritten(gaps);
        (self.after.groups, self.after.members, self.after.accounts) = self.standing(&not_ours, found);
    }

    /// The changes of which nothing was written.
    fn unwritten<'a>(&'a self, gaps: &'a Gaps) -> impl Iterator<Item = &'a Change> {
        let whole = gaps.changes.iter().filter(|(_, gap)| **gap == Unwritten::Whole);
        whole.filter_map(|(index, _)| self.plan.changes.get(*index))
    }

    /// Messages call a group that was not renamed by the name that it still has.
    fn keep_names(&mut self, gaps: &Gaps, found: &Found) {
        let kept = self.unwritten(gaps).filter_map(|change| match change {
            Change::SetGroup { group, name: Edit::Set(name), .. } => {
                Some((name.to_string(), found.group(*group)?.name.to_string()))
            }
            _ => None,
        });
        let kept: BTreeMap<String, String> = kept.collect();
        for problem in &mut self.problems {
            if let Some(name) = kept.get(&problem.group) {
                problem.group.clone_from(name);
            }
        }
    }

    /// How many groups are managed once the plan is applied, less those that are not ours after all, how many
    /// memberships they have, and how many accounts are in them.
    pub(crate) fn standing(&self, not_ours: &BTreeSet<GroupRef>, found: &Found) -> (u64, u64, u64) {
        let mut joining: BTreeMap<GroupRef, &[AccountRef]> = BTreeMap::new();
        let mut leaving: BTreeMap<GroupRef, BTreeSet<AccountRef>> = BTreeMap::new();
        for change in &self.plan.changes {
            match change {
                Change::AddMembers { group, accounts } => drop(joining.insert(*group, accounts)),
                Change::RemoveMembers { group, accounts } => {
                    leaving.insert(*group, accounts.iter().copied().collect());
                }
                _ => {}
            }
        }
        let mut held = BTreeSet::new();
        let (mut count, mut members) = (0, 0);
        for group in self.managed.iter().map(|(group, ..)| *group).filter(|group| !not_ours.contains(group)) {
            count += 1;
            let before = found.members(group);
            let left = leaving.get(&group);
            let stay = before.iter().filter(|account| left.is_none_or(|left| !left.contains(account)));
            for account in stay.chain(joining.get(&group).copied().unwrap_or_default()) {
                members += 1;
                held.insert(*account);
            }
        }
        (count, members, held.len() as u64)
    }

    /// What the plan changes, or changed, and what could not be changed.
    #[must_use]
    pub fn counts(&self, found: &Found) -> Counts {
        let mut counts = counts(&self.plan, found);
        counts.accounts.duplicated = self.accounts_duplicated;
        counts.accounts.invalid = self.accounts_invalid;
        counts.members.unresolved = self.after.unresolved;
        self.classify(&mut counts.groups, &modified_groups(&self.plan));
        counts
    }

    /// Puts every selected group into exactly one class.
    fn classify(&self, counts: &mut GroupCounts, modified: &BTreeSet<GroupRef>) {
        counts.selected = (self.managed.len() + self.refused.len()) as u64;
        for complaint in &self.refused {
            match complaint {
                Complaint::Duplicate => counts.duplicated += 1,
                Complaint::Invalid => counts.invalid += 1,
            }
        }
        for (group, provenance, complaint) in &self.managed {
            let class = match (self.failed.contains(group), provenance, complaint) {
                (true, ..) => &mut counts.failed,
                (_, Provenance::New, _) => &mut counts.created,
                _ if modified.contains(group) => &mut counts.modified,
                (_, _, Some(Complaint::Duplicate)) => &mut counts.duplicated,
                (_, _, Some(Complaint::Invalid)) => &mut counts.invalid,
                _ => &mut counts.unchanged,
            };
            *class += 1;
        }
    }
}
