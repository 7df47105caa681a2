//! What a plan comes to, in numbers: counted from the plan itself, less what the store refused, so that the numbers of a
//! status are what was written.

use std::collections::{BTreeMap, BTreeSet};

use super::found::{AccountRef, Found, GroupRef};
use super::hold::{Hold, Reason};
use super::matching::groups::{Arrival, Complaint};
use super::plan::{Change, Plan, Subject};
use super::problem::{Duplicate, Problem};
use super::proof::group::Evidence;
use super::proof::server::AddsOnly;

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

impl Counts {
    /// Whether anything that the status counts was written.
    #[must_use]
    pub const fn wrote(&self) -> bool {
        let Self { groups, accounts, members } = self;
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

    /// What applying the plan changed, given what the store refused. Memberships that ended with a deleted group count
    /// as the group's deletion alone.
    #[must_use]
    pub fn counts(&self, found: &Found, refused: &BTreeSet<Subject>) -> Counts {
        let mut counts = Counts::default();
        let mut modified = BTreeSet::new();
        let mut updated = BTreeSet::new();
        let group_failed = |group: GroupRef| refused.contains(&Subject::Group(group));
        let account_failed = |account: AccountRef| refused.contains(&Subject::Account(account));
        for change in &self.plan.changes {
            match change {
                Change::DeleteGroup { group } if !group_failed(*group) => counts.groups.deleted += 1,
                Change::SetGroup { group, .. } | Change::ParkGroup { group, .. } => {
                    modified.insert(*group);
                }
                Change::LinkGroup { group, link } if link.owner.is_none() && !group_failed(*group) => {
                    let owned = found.group(*group).and_then(|group| group.link.as_ref()?.owner.as_ref()).is_some();
                    counts.groups.released += u64::from(owned);
                }
                Change::AddMembers { group, accounts } | Change::RemoveMembers { group, accounts } => {
                    let whole = !group_failed(*group) && !refused.contains(&Subject::Members(*group));
                    let written = accounts.iter().filter(|account| whole && !account_failed(**account)).count() as u64;
                    modified.extend((written > 0).then_some(*group));
                    let adds = matches!(change, Change::AddMembers { .. });
                    *(if adds { &mut counts.members.added } else { &mut counts.members.removed }) += written;
                }
                Change::CreateAccount { account, .. } if !account_failed(*account) => counts.accounts.created += 1,
                Change::SetAccount { account, .. } | Change::ActivateAccount { account }
                    if !account_failed(*account) =>
                {
                    updated.insert(*account);
                }
                Change::DeactivateAccount { account } if !account_failed(*account) => counts.accounts.deactivated += 1,
                Change::DeleteAccount { account } if !account_failed(*account) => counts.accounts.deleted += 1,
                _ => {}
            }
        }
        counts.accounts.updated = updated.len() as u64;
        counts.accounts.duplicated = self.accounts_duplicated;
        counts.accounts.invalid = self.accounts_invalid;
        counts.members.unresolved = self.after.unresolved;
        self.classify(&mut counts.groups, &modified, refused);
        counts
    }

    /// Puts every selected group into exactly one class.
    fn classify(&self, counts: &mut GroupCounts, modified: &BTreeSet<GroupRef>, refused: &BTreeSet<Subject>) {
        counts.selected = (self.managed.len() + self.refused.len()) as u64;
        for complaint in &self.refused {
            match complaint {
                Complaint::Duplicate => counts.duplicated += 1,
                Complaint::Invalid => counts.invalid += 1,
            }
        }
        for (group, arrival, complaint) in &self.managed {
            let failed = refused.contains(&Subject::Group(*group)) || refused.contains(&Subject::Members(*group));
            let class = match (failed, arrival, complaint) {
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
