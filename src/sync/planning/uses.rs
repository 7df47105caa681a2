//! Which accounts are in which groups once a plan is applied.

use std::collections::BTreeSet;

use crate::sync::found::GroupRef;
use crate::sync::matching::groups::GroupMatches;
use crate::sync::plan::memberships::Memberships;
use crate::sync::scene::Scene;

/// Who is held by what.
pub(super) struct Uses {
    /// By account: some group of the store, the server's default group apart, holds it then.
    pub(super) held: Vec<bool>,
    /// By account: some such group holds it now.
    pub(super) held_before: Vec<bool>,
    /// Memberships of managed groups.
    pub(super) members: u64,
    /// Accounts in managed groups.
    pub(super) accounts: u64,
}

impl Uses {
    /// Counts the found memberships, less those that end, with those that begin. `leaving` are the groups that the plan
    /// deletes, `created` the number of accounts that it creates.
    pub(super) fn after(
        groups: &GroupMatches<'_>,
        memberships: &[Memberships],
        leaving: &BTreeSet<GroupRef>,
        created: usize,
        scene: &Scene<'_>,
    ) -> Self {
        let found = scene.found;
        let mut held = vec![false; found.accounts.len() + created];
        let mut held_before = vec![false; found.accounts.len()];
        let mut elsewhere = vec![true; found.groups.len()];
        let mut members = 0;
        for (managed, memberships) in groups.managed.iter().zip(memberships) {
            let before = found.group(managed.group).map_or(&[][..], |group| &group.members);
            let stay = before.iter().filter(|account| memberships.remove.binary_search(account).is_err());
            for account in stay.chain(&memberships.add) {
                held[account.0 as usize] = true;
                members += 1;
            }
        }
        let accounts = held.iter().filter(|held| **held).count() as u64;
        for group in groups.managed.iter().map(|managed| managed.group).chain(leaving.iter().copied()) {
            if let Some(elsewhere) = elsewhere.get_mut(group.0 as usize) {
                *elsewhere = false;
            }
        }
        for (group, elsewhere) in found.groups.iter().zip(elsewhere) {
            // What a sync manages is a use, even if it is the server's default group.
            let counts = scene.policy.default_group.as_ref() != Some(&group.id);
            for account in group.members.iter().map(|account| account.0 as usize) {
                held_before[account] |= counts || !elsewhere;
                held[account] |= counts && elsewhere;
            }
        }
        Self { held, held_before, members, accounts }
    }
}
