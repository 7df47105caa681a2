//! What a plan changes, in numbers.

use std::collections::BTreeSet;

use super::found::{Found, GroupRef};
use super::limits::renames;
use super::plan::{Change, Plan};
use super::tie::{Tie, tie};

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
#[expect(missing_docs, reason = "each is what its name says")]
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
#[expect(missing_docs, reason = "each is what its name says")]
pub struct AccountCounts {
    pub created: u64,
    pub updated: u64,
    /// Those of the updated ones that got another username or e-mail address.
    pub renamed: u64,
    pub deactivated: u64,
    pub deleted: u64,
    pub duplicated: u64,
    pub invalid: u64,
}

/// Members that were added and removed, and unresolved member values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is what its name says")]
pub struct MemberCounts {
    pub added: u64,
    pub removed: u64,
    pub unresolved: u64,
}

/// What was written and no dashboard shows: which directory object a group or account follows, and what is remembered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LinkCounts {
    /// Groups that were there and that this sync follows from now on: adopted, adopted again, or adopted from another
    /// sync.
    pub adopted_groups: u64,
    /// The same of accounts.
    pub adopted_accounts: u64,
    /// Other groups of which nothing but the link was written.
    pub groups: u64,
    /// Other accounts of which nothing but the link was written.
    pub accounts: u64,
    /// Links without an object that were forgotten.
    pub forgotten: u64,
    /// What is remembered of directories and their servers.
    pub remembered: u64,
}

impl Counts {
    /// Whether anything at all was written.
    #[must_use]
    pub const fn wrote(&self) -> bool {
        let LinkCounts { adopted_groups: _, adopted_accounts: _, groups, accounts, forgotten, remembered } = self.links;
        self.is_counted() || groups + accounts + forgotten + remembered > 0
    }

    /// Whether anything changed that status counts: what a dashboard shows, and what was adopted.
    #[must_use]
    pub const fn is_counted(&self) -> bool {
        self.shows() || self.links.adopted_groups + self.links.adopted_accounts > 0
    }

    /// Whether anything changed that a dashboard shows.
    const fn shows(&self) -> bool {
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

/// What a plan changes, or changed. The memberships of a deleted group count as the group's deletion alone.
#[must_use]
pub fn counts(plan: &Plan, found: &Found) -> Counts {
    let mut counts = Counts::default();
    let modified = modified_groups(plan);
    let mut updated = BTreeSet::new();
    let mut renamed = BTreeSet::new();
    let mut linked_groups = BTreeSet::new();
    let mut linked_accounts = BTreeSet::new();
    for change in &plan.changes {
        match change {
            Change::DeleteGroup { .. } => counts.groups.deleted += 1,
            Change::EmptyGroup { accounts, .. } => {
                counts.groups.released += 1;
                counts.members.removed += accounts.len() as u64;
            }
            Change::LinkGroup { group, link } => match tie(found.group_link(*group), link) {
                Tie::Released => counts.groups.released += 1,
                Tie::Kept => drop(linked_groups.insert(*group)),
                _ => counts.links.adopted_groups += 1,
            },
            Change::AddMembers { accounts, .. } => {
                counts.members.added += accounts.len() as u64;
            }
            Change::RemoveMembers { accounts, .. } => {
                counts.members.removed += accounts.len() as u64;
            }
            Change::CreateAccount { .. } => counts.accounts.created += 1,
            Change::SetAccount { account, edits } => {
                updated.insert(*account);
                if renames(*account, edits, found) {
                    renamed.insert(*account);
                }
            }
            Change::ActivateAccount { account } => drop(updated.insert(*account)),
            Change::LinkAccount { account, link } => {
                let before = found.account_link(*account);
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
            Change::SetGroup { .. }
            | Change::SetRoles { .. }
            | Change::ParkGroup { .. }
            | Change::CreateGroup { .. }
            | Change::ParkAccount { .. } => {}
        }
    }
    counts.accounts.updated = updated.len() as u64;
    counts.accounts.renamed = renamed.len() as u64;
    counts.links.groups = linked_groups.difference(&modified).count() as u64;
    counts.links.accounts = linked_accounts.difference(&updated).count() as u64;
    counts.links.forgotten = plan.forget.len() as u64;
    counts.links.remembered = u64::from(plan.remembers());
    counts
}

/// The groups that a plan changes as a dashboard shows them.
pub(crate) fn modified_groups(plan: &Plan) -> BTreeSet<GroupRef> {
    let modified = plan.changes.iter().filter_map(|change| match change {
        Change::SetGroup { group, .. }
        | Change::ParkGroup { group, .. }
        | Change::SetRoles { group, .. }
        | Change::AddMembers { group, .. }
        | Change::RemoveMembers { group, .. } => Some(*group),
        _ => None,
    });
    modified.collect()
}
