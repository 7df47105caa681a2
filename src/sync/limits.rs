//! Rules `limits`, `rename-limits` and `unasked-release`: how much one plan may remove, release and rename without an
//! approval.

use std::collections::BTreeSet;

use super::escape::quoted;
use super::found::{AccountRef, Found, GroupRef};
use super::plan::{AttributeEdits, Change, Edit, Plan};
use super::policy::{Limit, Limits};
use super::wording::count;

/// A limit that a plan exceeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exceeded {
    /// Which limit.
    pub limit: LimitName,
    /// How many changes of that kind the plan has.
    pub changes: u64,
    /// How many would be all.
    pub whole: u64,
    /// The limit itself.
    pub bound: Limit,
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

    /// What it counts, and what the plan would do to it.
    const fn what(self) -> (&'static str, &'static str) {
        match self {
            Self::GroupDeletions => ("group", "deleted"),
            Self::GroupReleases => ("group", "deleted, or released although spec.groups did not change"),
            Self::MemberRemovals | Self::MemberRemovalsPerGroup => ("membership", "removed"),
            Self::AccountRemovals => ("account", "deactivated or deleted"),
            Self::GroupRenames => ("group", "renamed"),
            Self::AccountRenames => ("account", "renamed"),
        }
    }
}

impl std::fmt::Display for Exceeded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (noun, done) = self.limit.what();
        write!(f, "{} of {}", self.changes, count(self.whole, noun))?;
        if let Some((_, name)) = &self.group {
            write!(f, " in group {}", quoted(name))?;
        }
        let Limit { allow, percent, max } = self.bound;
        write!(
            f,
            " would be {done}, which exceeds spec.limits.{} (allow: {allow}, percent: {percent}",
            self.limit.as_str()
        )?;
        match max {
            Some(max) => write!(f, ", max: {max})"),
            None => f.write_str(")"),
        }
    }
}

/// What a plan is measured by.
pub(crate) struct Measure<'a> {
    /// The store groups that the plan keeps, adopts, deletes or releases unasked. Percentages are of them and their
    /// members.
    pub(crate) kept: &'a BTreeSet<GroupRef>,
    /// Deletions without proof are held in any case, so they are not counted.
    pub(crate) unproven: &'a BTreeSet<GroupRef>,
    /// Releases that no edit of the spec asked for: they count as deletions.
    pub(crate) unasked: &'a BTreeSet<GroupRef>,
}

/// What a plan does that limits bound.
#[derive(Default)]
struct Bounded {
    deletions: u64,
    releases: u64,
    group_renames: u64,
    member_removals: u64,
    /// Groups that the plan keeps, with how many members it removes from each.
    by_group: Vec<(GroupRef, u64)>,
    removed_accounts: BTreeSet<AccountRef>,
    renamed_accounts: BTreeSet<AccountRef>,
}

impl Bounded {
    fn by_plan(plan: &Plan, found: &Found, measure: &Measure<'_>) -> Self {
        let mut bounded = Self::default();
        for change in &plan.changes {
            match change {
                Change::DeleteGroup { group } | Change::EmptyGroup { group, .. }
                    if !measure.unproven.contains(group) =>
                {
                    bounded.deletions += 1;
                    bounded.member_removals += found.members(*group).len() as u64;
                }
                Change::LinkGroup { group, link } if link.owner.is_none() && measure.unasked.contains(group) => {
                    bounded.releases += 1;
                }
                Change::SetGroup { name: Edit::Set(_), .. } => bounded.group_renames += 1,
                Change::SetAccount { account, edits } if renames(*account, edits, found) => {
                    bounded.renamed_accounts.insert(*account);
                }
                Change::RemoveMembers { group, accounts } => {
                    bounded.member_removals += accounts.len() as u64;
                    bounded.by_group.push((*group, accounts.len() as u64));
                }
                Change::DeactivateAccount { account } | Change::DeleteAccount { account } => {
                    bounded.removed_accounts.insert(*account);
                }
                _ => {}
            }
        }
        bounded
    }
}

/// Rules `limits`, `rename-limits` and `unasked-release`: the limits that a plan exceeds, in the order of the spec,
/// then of the plan.
pub(crate) fn exceeded(plan: &Plan, found: &Found, measure: &Measure<'_>, limits: &Limits) -> Vec<Exceeded> {
    let bounded = Bounded::by_plan(plan, found, measure);
    let groups = measure.kept.len() as u64;
    let members = measure.kept.iter().map(|group| found.members(*group).len() as u64).sum();
    let mut exceeded = Vec::new();
    let mut check = |limit, changes, whole, bound| {
        if is_over(changes, whole, bound) {
            exceeded.push(Exceeded { limit, changes, whole, bound, group: None });
        }
    };
    if is_over(bounded.deletions, groups, limits.group_deletions) {
        check(LimitName::GroupDeletions, bounded.deletions, groups, limits.group_deletions);
    } else if bounded.releases > 0 {
        check(LimitName::GroupReleases, bounded.deletions + bounded.releases, groups, limits.group_deletions);
    }
    check(LimitName::MemberRemovals, bounded.member_removals, members, limits.member_removals);
    check(LimitName::GroupRenames, bounded.group_renames, groups, limits.group_renames);
    for (limit, accounts, bound) in [
        (LimitName::AccountRemovals, &bounded.removed_accounts, limits.account_removals),
        (LimitName::AccountRenames, &bounded.renamed_accounts, limits.account_renames),
    ] {
        if !accounts.is_empty() {
            check(limit, accounts.len() as u64, measured_accounts(accounts, found, measure), bound);
        }
    }
    for (group, changes) in bounded.by_group {
        let whole = found.members(group).len() as u64;
        let bound = limits.member_removals_per_group;
        if is_over(changes, whole, bound) {
            let name = found.group(group).map(|group| group.name.to_string()).unwrap_or_default();
            let limit = LimitName::MemberRemovalsPerGroup;
            exceeded.push(Exceeded { limit, changes, whole, bound, group: Some((group, name)) });
        }
    }
    exceeded
}

/// How many accounts the measured groups have as members, those that the plan changes included.
fn measured_accounts(changed: &BTreeSet<AccountRef>, found: &Found, measure: &Measure<'_>) -> u64 {
    let mut is_counted = vec![false; found.accounts.len()];
    for account in measure.kept.iter().flat_map(|group| found.members(*group)).chain(changed) {
        is_counted[account.0 as usize] = true;
    }
    is_counted.iter().filter(|is_counted| **is_counted).count() as u64
}

/// Rule `rename-limits`: whether an edit gives an account another username or another e-mail. A first one is not a
/// rename.
pub(crate) fn renames(account: AccountRef, edits: &AttributeEdits, found: &Found) -> bool {
    let Some(held) = found.account(account).map(|account| &account.attributes) else { return false };
    let renamed = |edit: &Edit, held: Option<&str>| match edit {
        Edit::Set(text) => held.is_some_and(|held| held != &**text),
        Edit::Keep | Edit::Clear => false,
    };
    renamed(&edits.username, held.username.as_deref()) || renamed(&edits.email, held.email.as_deref())
}

/// Rule `limits`: more than `max`, or more than `allow` and more than the percentage.
const fn is_over(removals: u64, whole: u64, limit: Limit) -> bool {
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
    fn a_limit_is_exceeded_over_its_maximum_or_over_allow_and_percent_together() {
        let limit = Limit { percent: 20, allow: 5, max: Some(50) };
        for (removals, whole, wanted) in
            [(5, 5, false), (6, 30, false), (6, 29, true), (50, 1000, false), (51, 100_000, true)]
        {
            assert_eq!(is_over(removals, whole, limit), wanted, "{removals} of {whole}");
        }
        assert!(is_over(1, 1, Limit { percent: 50, allow: 0, max: None }));
    }
}
