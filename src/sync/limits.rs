//! Section 5, rule 8, and *renames have limits*: how much one plan may remove, release unasked and rename.

use std::collections::BTreeSet;

use super::escape::quoted;
use super::found::{AccountRef, Found, GroupRef};
use super::plan::{AttributeEdits, Change, Edit, Plan};
use super::policy::{Limit, Limits};

/// A limit that a plan exceeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exceeded {
    /// Which limit.
    pub limit: LimitName,
    /// How much the plan would do of it.
    pub changes: u64,
    /// Of how much.
    pub whole: u64,
    /// The group and its name, for the limit that counts per group.
    pub group: Option<(GroupRef, String)>,
}

/// A limit of the spec.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LimitName {
    /// `groupDeletions`, by deletions alone.
    GroupDeletions,
    /// `groupDeletions`, by deletions together with releases that the spec did not ask for.
    GroupReleases,
    /// `memberRemovals`.
    MemberRemovals,
    /// `memberRemovalsPerGroup`.
    MemberRemovalsPerGroup,
    /// `accountRemovals`.
    AccountRemovals,
    /// `groupRenames`.
    GroupRenames,
    /// `accountRenames`.
    AccountRenames,
}

impl LimitName {
    /// The limit's name in the spec.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GroupDeletions | Self::GroupReleases => "groupDeletions",
            Self::MemberRemovals => "memberRemovals",
            Self::MemberRemovalsPerGroup => "memberRemovalsPerGroup",
            Self::AccountRemovals => "accountRemovals",
            Self::GroupRenames => "groupRenames",
            Self::AccountRenames => "accountRenames",
        }
    }

    /// What it counts.
    const fn what(self) -> &'static str {
        match self {
            Self::GroupDeletions => "groups deleted",
            Self::GroupReleases => "groups deleted, or released although spec.groups did not change,",
            Self::MemberRemovals | Self::MemberRemovalsPerGroup => "memberships removed",
            Self::AccountRemovals => "accounts deactivated or deleted",
            Self::GroupRenames => "groups renamed",
            Self::AccountRenames => "accounts renamed",
        }
    }
}

impl std::fmt::Display for Exceeded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {} {}", self.changes, self.whole, self.limit.what())?;
        if let Some((_, name)) = &self.group {
            write!(f, " in group {}", quoted(name))?;
        }
        write!(f, " exceeds spec.limits.{}", self.limit.as_str())
    }
}

/// What a plan is measured by.
pub(crate) struct Measure<'a> {
    /// The store groups that the plan keeps, takes over, deletes or releases unasked: the whole that percentages speak of
    /// is what they hold.
    pub(crate) kept: &'a BTreeSet<GroupRef>,
    /// Deletions without proof wait for a person in any case and count for nothing.
    pub(crate) unproven: &'a BTreeSet<GroupRef>,
    /// Releases that no edit of the spec asked for: they count as deletions.
    pub(crate) unasked: &'a BTreeSet<GroupRef>,
}

/// The limits that a plan exceeds, in the order of the spec, then of the plan.
pub(crate) fn exceeded(plan: &Plan, found: &Found, measure: &Measure<'_>, limits: &Limits) -> Vec<Exceeded> {
    let Measure { kept, unproven, unasked } = *measure;
    let held = |group: &GroupRef| found.group(*group).map_or(&[][..], |group| &group.members);
    let whole_members = kept.iter().map(|group| held(group).len() as u64).sum();
    let (mut deletions, mut releases) = (0, 0);
    let mut group_renames = 0;
    let mut renamed = BTreeSet::new();
    let mut removals = 0;
    let mut accounts = BTreeSet::new();
    let mut per_group = Vec::new();
    for change in &plan.changes {
        match change {
            Change::DeleteGroup { group } if !unproven.contains(group) => {
                deletions += 1;
                removals += held(group).len() as u64;
            }
            Change::LinkGroup { group, link } if link.owner.is_none() && unasked.contains(group) => releases += 1,
            Change::SetGroup { name: Edit::Set(_), .. } => group_renames += 1,
            Change::SetAccount { account, edits } if renames(*account, edits, found) => {
                renamed.insert(*account);
            }
            Change::RemoveMembers { group, accounts } => {
                let (ended, whole) = (accounts.len() as u64, held(group).len() as u64);
                removals += ended;
                if over(ended, whole, limits.member_removals_per_group) {
                    let name = found.group(*group).map(|group| group.name.to_string()).unwrap_or_default();
                    let group = Some((*group, name));
                    let limit = LimitName::MemberRemovalsPerGroup;
                    per_group.push(Exceeded { limit, changes: ended, whole, group });
                }
            }
            Change::DeactivateAccount { account } | Change::DeleteAccount { account } => {
                accounts.insert(*account);
            }
            _ => {}
        }
    }
    let mut exceeded = Vec::new();
    let mut check = |limit, changes, whole, bound| {
        if over(changes, whole, bound) {
            exceeded.push(Exceeded { limit, changes, whole, group: None });
        }
    };
    let whole_groups = kept.len() as u64;
    if over(deletions, whole_groups, limits.group_deletions) {
        check(LimitName::GroupDeletions, deletions, whole_groups, limits.group_deletions);
    } else if releases > 0 {
        check(LimitName::GroupReleases, deletions + releases, whole_groups, limits.group_deletions);
    }
    check(LimitName::MemberRemovals, removals, whole_members, limits.member_removals);
    check(LimitName::GroupRenames, group_renames, kept.len() as u64, limits.group_renames);
    for (limit, accounts, bound) in [
        (LimitName::AccountRemovals, &accounts, limits.account_removals),
        (LimitName::AccountRenames, &renamed, limits.account_renames),
    ] {
        if !accounts.is_empty() {
            let mut counted = vec![false; found.accounts.len()];
            for account in kept.iter().flat_map(held).chain(accounts) {
                counted[account.0 as usize] = true;
            }
            let whole = counted.iter().filter(|counted| **counted).count() as u64;
            check(limit, accounts.len() as u64, whole, bound);
        }
    }
    exceeded.append(&mut per_group);
    exceeded
}

/// Whether an edit gives an account another username or another e-mail. A first one is not a rename.
pub(crate) fn renames(account: AccountRef, edits: &AttributeEdits, found: &Found) -> bool {
    let Some(held) = found.account(account).map(|account| &account.attributes) else { return false };
    let renamed = |edit: &Edit, held: Option<&str>| match edit {
        Edit::Set(text) => held.is_some_and(|held| held != &**text),
        Edit::Keep | Edit::Clear => false,
    };
    renamed(&edits.username, held.username.as_deref()) || renamed(&edits.email, held.email.as_deref())
}

const fn over(removals: u64, whole: u64, limit: Limit) -> bool {
    let over_max = match limit.max {
        Some(max) => removals > max,
        None => false,
    };
    over_max || (removals > limit.allow && removals.saturating_mul(100) > whole.saturating_mul(limit.percent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_exceeded_over_its_maximum_or_over_floor_and_percent_together() {
        let limit = Limit { percent: 20, allow: 5, max: Some(50) };
        for (removals, whole, wanted) in
            [(5, 5, false), (6, 30, false), (6, 29, true), (50, 1000, false), (51, 100_000, true)]
        {
            assert_eq!(over(removals, whole, limit), wanted, "{removals} of {whole}");
        }
        assert!(over(1, 1, Limit { percent: 50, allow: 0, max: None }));
    }
}
