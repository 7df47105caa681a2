//! Rule `unused-account`: which accounts are in which groups, now and once a plan is applied.

use std::collections::BTreeSet;

use crate::sync::changes::group_work::GroupWork;
use crate::sync::context::PlanContext;
use crate::sync::found::{AccountRef, GroupRef};

/// Whether some group of the store uses an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usage {
    /// It is in a group once the plan is applied.
    Used,
    /// It is in a group until the plan is applied.
    LastUseRemoved,
    /// It is in no group.
    Unused,
}

/// Which accounts are used.
pub(crate) struct Uses {
    /// By account: some group of the store, the server's default group apart, has it as a member now.
    before: Vec<bool>,
    /// By account: some such group has it as a member once the plan is applied.
    after: Vec<bool>,
    /// Memberships of managed groups.
    pub(crate) members: u64,
    /// Accounts in managed groups.
    pub(crate) accounts: u64,
}

impl Uses {
    /// Rule `unused-account`: counts the found memberships, less those that are removed, with those that are added.
    /// `deleted` are the groups that the plan deletes, `created` the number of accounts that it creates.
    pub(crate) fn after(
        groups: &[GroupWork<'_>],
        deleted: &BTreeSet<GroupRef>,
        created: usize,
        context: &PlanContext<'_>,
    ) -> Self {
        let found = context.found;
        let mut before = vec![false; found.accounts.len()];
        let mut after = vec![false; found.accounts.len() + created];
        let mut members = 0;
        for work in groups {
            let held = found.members(work.managed.group).iter();
            let staying = held.filter(|account| work.memberships.remove.binary_search(account).is_err());
            for account in staying.chain(&work.memberships.add) {
                after[account.0 as usize] = true;
                members += 1;
            }
        }
        let accounts = after.iter().filter(|used| **used).count() as u64;
        let mut is_other = vec![true; found.groups.len()];
        for group in groups.iter().map(|work| work.managed.group).chain(deleted.iter().copied()) {
            if let Some(is_other) = is_other.get_mut(group.0 as usize) {
                *is_other = false;
            }
        }
        for (group, is_other) in found.groups.iter().zip(is_other) {
            // A group that a sync manages is a use, even if it is the server's default group.
            let counts = context.policy.default_group.as_ref() != Some(&group.id);
            for account in group.members.iter().map(|account| account.0 as usize) {
                before[account] |= counts || !is_other;
                after[account] |= counts && is_other;
            }
        }
        Self { before, after, members, accounts }
    }

    /// How an account is used.
    pub(crate) fn usage(&self, account: AccountRef) -> Usage {
        let index = account.0 as usize;
        match (self.before.get(index), self.after.get(index)) {
            (_, Some(true)) => Usage::Used,
            (Some(true), _) => Usage::LastUseRemoved,
            _ => Usage::Unused,
        }
    }
}
