//! Everything that planning found out, summed up once.

use std::collections::{BTreeMap, BTreeSet};

use super::uses::Uses;
use crate::sync::escape::quoted;
use crate::sync::found::{Group, GroupRef};
use crate::sync::matching::accounts::AccountMatches;
use crate::sync::matching::groups::{Arrival, GroupMatches};
use crate::sync::outcome::{Gauges, Planned};
use crate::sync::plan::Plan;
use crate::sync::plan::accounts::AccountChanges;
use crate::sync::plan::memberships::Memberships;
use crate::sync::problem::{Duplicate, Problem, ProblemKind};
use crate::sync::proof::group::Evidence;
use crate::sync::proof::member::Doubt;
use crate::sync::scene::Scene;

/// What the steps of planning came to.
pub(super) struct Parts<'a> {
    pub(super) plan: Plan,
    pub(super) groups: GroupMatches<'a>,
    pub(super) accounts: AccountMatches,
    pub(super) account_changes: AccountChanges,
    pub(super) doubts: Vec<Doubt>,
    pub(super) memberships: Vec<Memberships>,
    pub(super) uses: Uses,
    pub(super) missing: usize,
    pub(super) evidence: BTreeMap<GroupRef, Evidence>,
}

/// Lists what a person must mend and reads the gauges.
pub(super) fn sum_up(parts: Parts<'_>, scene: &Scene<'_>) -> Planned {
    let Parts { plan, groups, mut accounts, account_changes, doubts, memberships, uses, missing, evidence } = parts;
    let mut duplicates = groups.duplicates;
    duplicates.append(&mut accounts.duplicates);
    duplicates.sort_unstable();
    let mut problems = groups.problems;
    problems.append(&mut accounts.problems);
    problems.extend(account_changes.problems);
    problems.extend(duplicates.iter().filter(|duplicate| duplicate.former_user).map(held_by_former_user));
    problems.sort_unstable();
    problems.dedup();
    accounts.invalid.extend(account_changes.invalid);

    let common = Gauges {
        duplicated: duplicates.len() as u64,
        invalid: problems.iter().filter(|problem| problem.kind == ProblemKind::Invalid).count() as u64,
        unresolved: doubts.iter().map(|doubt| u64::from(doubt.unresolved)).sum(),
        missing: missing as u64,
        out_of_scope: doubts.iter().map(|doubt| u64::from(doubt.out_of_scope)).sum(),
        waiting: memberships.iter().map(|memberships| u64::from(memberships.waiting)).sum(),
        ..Gauges::default()
    };
    let managed = groups.managed.iter().map(|managed| (managed.group, managed.arrival, managed.complaint)).collect();
    let standing = groups.managed.iter().filter(|managed| managed.arrival == Arrival::Linked);
    let standing = standing.filter_map(|managed| scene.found.group(managed.group));
    let ours = |group: &&Group| group.link.as_ref().and_then(|link| link.owner.as_deref()) == Some(&scene.policy.owner);
    Planned {
        plan,
        evidence,
        reasons: Vec::new(),
        hold: None,
        approved: false,
        adds_only: None,
        after: Gauges { groups: groups.managed.len() as u64, members: uses.members, accounts: uses.accounts, ..common },
        before: held_by(standing.filter(ours), scene.found.accounts.len(), common),
        managed,
        refused: groups.refused,
        failed: BTreeSet::new(),
        accounts_duplicated: accounts.duplicated.len() as u64,
        accounts_invalid: accounts.invalid.len() as u64,
        duplicates,
        problems,
    }
}

fn held_by<'a>(groups: impl Iterator<Item = &'a Group>, accounts: usize, common: Gauges) -> Gauges {
    let mut held = vec![false; accounts];
    let mut gauges = common;
    for group in groups {
        gauges.groups += 1;
        gauges.members += group.members.len() as u64;
        for account in &group.members {
            held[account.0 as usize] = true;
        }
    }
    gauges.accounts = held.iter().filter(|held| **held).count() as u64;
    gauges
}

fn held_by_former_user(duplicate: &Duplicate) -> Problem {
    Problem {
        group: String::new(),
        kind: ProblemKind::HeldByFormerUser,
        message: format!(
            "{} needs the name {}, which is in use by {}: rename or delete that account",
            duplicate.needed_by,
            quoted(&duplicate.name),
            duplicate.conflicts_with
        ),
    }
}
