//! Section 5, rule 8: how much one plan may remove.

use std::collections::BTreeSet;

use super::found::{Found, GroupRef};
use super::plan::{Change, Plan};
use super::policy::{Limit, Limits};

/// A limit that a plan exceeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exceeded {
    /// The limit's name in the spec.
    pub limit: &'static str,
    /// How much the plan would remove.
    pub removals: u64,
    /// Of how much.
    pub whole: u64,
    /// The group and its name, for the limit that counts per group.
    pub group: Option<(GroupRef, String)>,
}

impl std::fmt::Display for Exceeded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = match self.limit {
            "groupDeletions" => "groups deleted",
            "accountRemovals" => "accounts deactivated or deleted",
            _ => "memberships ended",
        };
        write!(f, "{} of {} {what}", self.removals, self.whole)?;
        if let Some((_, name)) = &self.group {
            write!(f, " in group \"{name}\"")?;
        }
        write!(f, " exceeds spec.limits.{}", self.limit)
    }
}

/// The limits that a plan exceeds, in the order of the spec, then of the plan. `kept` are the store groups that the plan
/// keeps, takes over or deletes: the whole that percentages speak of is what they hold. Deletions that are `unproven` wait
/// for a person in any case and count for nothing.
pub(crate) fn exceeded(
    plan: &Plan,
    found: &Found,
    kept: &BTreeSet<GroupRef>,
    unproven: &BTreeSet<GroupRef>,
    limits: &Limits,
) -> Vec<Exceeded> {
    let held = |group: &GroupRef| found.group(*group).map_or(&[][..], |group| &group.members);
    let whole_members = kept.iter().map(|group| held(group).len() as u64).sum();
    let mut deletions = 0;
    let mut removals = 0;
    let mut accounts = BTreeSet::new();
    let mut per_group = Vec::new();
    for change in &plan.changes {
        match change {
            Change::DeleteGroup { group } if !unproven.contains(group) => {
                deletions += 1;
                removals += held(group).len() as u64;
            }
            Change::RemoveMembers { group, accounts } => {
                let (ended, whole) = (accounts.len() as u64, held(group).len() as u64);
                removals += ended;
                if over(ended, whole, limits.member_removals_per_group) {
                    let name = found.group(*group).map(|group| group.name.to_string()).unwrap_or_default();
                    let group = Some((*group, name));
                    per_group.push(Exceeded { limit: "memberRemovalsPerGroup", removals: ended, whole, group });
                }
            }
            Change::DeactivateAccount { account } | Change::DeleteAccount { account } => {
                accounts.insert(*account);
            }
            _ => {}
        }
    }
    let mut exceeded = Vec::new();
    let mut check = |limit, removals, whole, bound| {
        if over(removals, whole, bound) {
            exceeded.push(Exceeded { limit, removals, whole, group: None });
        }
    };
    check("groupDeletions", deletions, kept.len() as u64, limits.group_deletions);
    check("memberRemovals", removals, whole_members, limits.member_removals);
    if !accounts.is_empty() {
        let mut counted = vec![false; found.accounts.len()];
        for account in kept.iter().flat_map(held).chain(&accounts) {
            counted[account.0 as usize] = true;
        }
        let whole = counted.iter().filter(|counted| **counted).count() as u64;
        check("accountRemovals", accounts.len() as u64, whole, limits.account_removals);
    }
    exceeded.append(&mut per_group);
    exceeded
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
