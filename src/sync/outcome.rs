//! What a plan comes to, in numbers: counted from the plan itself once what the store did not write is taken out of it, so
//! that the numbers of a status are what was written.

use std::collections::{BTreeMap, BTreeSet};

use super::found::{AccountRef, Found, GroupRef};
use super::hold::{Hold, Reason};
use super::matching::groups::{Arrival, Complaint};
use super::plan::{Change, Edit, Gaps, Plan, Subject, Unwritten};
use super::problem::{Duplicate, Problem};
use super::proof::group::Evidence;
use super::proof::server::AddsOnly;
use super::tie::{Tie, tie};

/// A plan with everything that is said about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Planned {
    /// The changes.
    pub plan: Plan,
    /// Why the removals of [`Self::hold`] wait for a person; in a preview why some would.
    pub reasons: Vec<Reason>,
    /// What the plan leaves out because it waits for a person.
    pub hold: Option<Hold>,
    /// Whether something waited for the approval that was given: the plan has it.
    pub approved: bool,
    /// Why nothing is removed but on positive evidence.
    pub adds_only: Option<AddsOnly>,
    /// Why each group that the plan deletes counts as deleted.
    pub evidence: BTreeMap<GroupRef, Evidence>,
    /// Every clash, sorted.
    pub duplicates: Vec<Duplicate>,
    /// Everything else that a person must mend, sorted.
    pub problems: Vec<Problem>,
    /// Gauges as they are once the plan is applied.
    pub after: Gauges,
    /// Gauges as they are while it is not.
    pub before: Gauges,
    pub(crate) managed: Vec<(GroupRef, Arrival, Option<Complaint>)>,
    pub(crate) refused: Vec<Complaint>,
    /// Groups of which the store refused something.
    pub(crate) failed: BTreeSet<GroupRef>,
    pub(crate) accounts_duplicated: u64,
    pub(crate) accounts_invalid: u64,
}

/// How things stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gauges {
    /// Groups that are linked, owned and selected.
    pub groups: u64,
    /// Their memberships.
    pub members: u64,
    /// The accounts that are in them.
    pub accounts: u64,
    /// Clashes of groups and accounts.
    pub duplicated: u64,
    /// Problems of the kind `Invalid`.
    pub invalid: u64,
    /// Member values that cannot be read.
    pub unresolved: u64,
    /// Linked groups that are found nowhere.
    pub missing: u64,
    /// Removals that are not proven yet.
    pub waiting: u64,
    /// Members that the settings leave out: by `users.filter`, or because they are outside the users' base.
    pub out_of_scope: u64,
}

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Groups.
    pub groups: GroupCounts,
    /// Accounts.
    pub accounts: AccountCounts,
    /// Memberships.
    pub members: MemberCounts,
    /// What ties the store to the directory.
    pub links: LinkCounts,
}

/// `selected` = created + modified + unchanged + duplicated + invalid + failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is what its name says; the design's section 4 defines them")]
pub struct GroupCounts {
    pub selected: u64,
    pub created: u64,
    pub modified: u64,
    pub deleted: u64,
    pub released: u64,
    pub duplicated: u64,
    pub invalid: u64,
    pub unchanged: u64,
    pub failed: u64,
}

/// Accounts that were written, and users that could not be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is what its name says; the design's section 4 defines them")]
pub struct AccountCounts {
    pub created: u64,
    pub updated: u64,
    pub deactivated: u64,
    pub deleted: u64,
    pub duplicated: u64,
    pub invalid: u64,
}

/// Memberships that began and ended, and member values that cannot be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is what its name says; the design's section 4 defines them")]
pub struct MemberCounts {
    pub added: u64,
    pub removed: u64,
    pub unresolved: u64,
}

/// What was written and no dashboard shows: which directory object a group or account follows, and what is remembered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LinkCounts {
    /// Groups that were there and that this sync follows from now on: adopted, taken up again or taken over.
    pub adopted_groups: u64,
    /// The same of accounts.
    pub adopted_accounts: u64,
    /// Other groups of which nothing but the link was written.
    pub groups: u64,
    /// Other accounts of which nothing but the link was written.
    pub accounts: u64,
    /// Links that stand for nothing any more and were forgotten.
    pub forgotten: u64,
    /// What is remembered of directories and their servers.
    pub remembered: u64,
}

impl Counts {
    /// Whether anything at all was written.
    #[must_use]
    pub const fn wrote(&self) -> bool {
        let LinkCounts { adopted_groups, adopted_accounts, groups, accounts, forgotten, remembered } = self.links;
        self.shows() || adopted_groups + adopted_accounts + groups + accounts + forgotten + remembered > 0
    }

    /// Whether anything changed that a dashboard shows, which is what status counts.
    #[must_use]
    pub const fn shows(&self) -> bool {
        let Self { groups, accounts, members, links: _ } = self;
        groups.created
            + groups.modified
            + groups.deleted
            + groups.released
            + accounts.created
            + accounts.updated
            + accounts.deactivated
            + accounts.deleted
            + members.added
            + members.removed
            > 0
    }

    /// How many removals were among it.
    #[must_use]
    pub const fn removed(&self) -> u64 {
        self.groups.deleted + self.accounts.deactivated + self.accounts.deleted + self.members.removed
    }
}

impl Planned {
    /// Of changes alone, to count them and to tell them.
    #[must_use]
    pub fn of_changes(plan: Plan) -> Self {
        Self { plan, ..Self::default() }
    }

    /// Takes out of the plan what the store did not write, and out of the gauges what it therefore does not hold.
    pub fn leave_out(&mut self, gaps: &Gaps, refused: impl IntoIterator<Item = Subject>, found: &Found) {
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
                    let before = found.group(*group).and_then(|group| group.link.as_ref());
                    if tie(before, link).begins() {
                        not_ours.insert(*group);
                    }
                }
                _ => {}
            }
        }
        self.keep_names(gaps, found);
        self.plan.leave_out(gaps);
        (self.after.groups, self.after.members, self.after.accounts) = self.standing(&not_ours, found);
    }

    /// The changes of which nothing was written.
    fn unwritten<'a>(&'a self, gaps: &'a Gaps) -> impl Iterator<Item = &'a Change> {
        let whole = gaps.iter().filter(|(_, gap)| **gap == Unwritten::Whole);
        whole.filter_map(|(place, _)| self.plan.changes.get(*place))
    }

    /// A group that was not renamed is spoken of by the name that it has.
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

    /// How many groups are managed once the plan is applied, less those that are not ours after all, how many memberships
    /// they have, and how many accounts are in them.
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
            let before = found.group(group).map_or(&[][..], |group| &group.members);
            let left = leaving.get(&group);
            let stay = before.iter().filter(|account| left.is_none_or(|left| !left.contains(account)));
            for account in stay.chain(joining.get(&group).copied().unwrap_or_default()) {
                members += 1;
                held.insert(*account);
            }
        }
        (count, members, held.len() as u64)
    }

    /// What the plan changes, or changed. Memberships that ended with a deleted group count as the group's deletion alone.
    #[must_use]
    pub fn counts(&self, found: &Found) -> Counts {
        let mut counts = Counts::default();
        let mut modified = BTreeSet::new();
        let mut updated = BTreeSet::new();
        let mut linked_groups = BTreeSet::new();
        let mut linked_accounts = BTreeSet::new();
        for change in &self.plan.changes {
            match change {
                Change::DeleteGroup { .. } => counts.groups.deleted += 1,
                Change::SetGroup { group, .. } | Change::ParkGroup { group, .. } => drop(modified.insert(*group)),
                Change::LinkGroup { group, link } => {
                    match tie(found.group(*group).and_then(|group| group.link.as_ref()), link) {
                        Tie::Released => counts.groups.released += 1,
                        Tie::Kept => drop(linked_groups.insert(*group)),
                        _ => counts.links.adopted_groups += 1,
                    }
                }
                Change::AddMembers { group, accounts } => {
                    modified.insert(*group);
                    counts.members.added += accounts.len() as u64;
                }
                Change::RemoveMembers { group, accounts } => {
                    modified.insert(*group);
                    counts.members.removed += accounts.len() as u64;
                }
                Change::CreateAccount { .. } => counts.accounts.created += 1,
                Change::SetAccount { account, .. } | Change::ActivateAccount { account } => {
                    updated.insert(*account);
                }
                Change::LinkAccount { account, link } => {
                    let before = found.account(*account).and_then(|account| account.link.as_ref());
                    if tie(before, link).begins() {
                        counts.links.adopted_accounts += 1;
                    } else {
                        linked_accounts.insert(*account);
                    }
                }
                Change::DeactivateAccount { account } => {
                    counts.accounts.deactivated += 1;
                    linked_accounts.remove(account);
                }
                Change::DeleteAccount { .. } => counts.accounts.deleted += 1,
                Change::CreateGroup { .. } | Change::ParkAccount { .. } => {}
            }
        }
        counts.accounts.updated = updated.len() as u64;
        counts.accounts.duplicated = self.accounts_duplicated;
        counts.accounts.invalid = self.accounts_invalid;
        counts.members.unresolved = self.after.unresolved;
        counts.links.groups = linked_groups.difference(&modified).count() as u64;
        counts.links.accounts = linked_accounts.difference(&updated).count() as u64;
        counts.links.forgotten = self.plan.forget.len() as u64;
        counts.links.remembered = u64::from(self.plan.remember.is_some());
        self.classify(&mut counts.groups, &modified);
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
        for (group, arrival, complaint) in &self.managed {
            let class = match (self.failed.contains(group), arrival, complaint) {
                (true, ..) => &mut counts.failed,
                (_, Arrival::New, _) => &mut counts.created,
                _ if modified.contains(group) => &mut counts.modified,
                (_, _, Some(Complaint::Duplicate)) => &mut counts.duplicated,
                (_, _, Some(Complaint::Invalid)) => &mut counts.invalid,
                _ => &mut counts.unchanged,
            };
            *class += 1;
        }
    }
}
