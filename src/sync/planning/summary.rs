//! What all rules found out, summed up once.

use std::collections::{BTreeMap, BTreeSet};

use crate::sync::changes::accounts::AccountChanges;
use crate::sync::changes::group_work::GroupWork;
use crate::sync::changes::uses::Uses;
use crate::sync::context::PlanContext;
use crate::sync::escape::quoted;
use crate::sync::found::{AccountRef, Group, GroupRef};
use crate::sync::link::Link as _;
use crate::sync::matching::accounts::matches::AccountMatches;
use crate::sync::matching::groups::matches::{GroupMatches, Provenance};
use crate::sync::outcome::{Gauges, Planned};
use crate::sync::plan::Plan;
use crate::sync::policy::AdoptAccounts;
use crate::sync::problem::{Duplicate, Problem, ProblemKind};
use crate::sync::proof::group::Evidence;

/// What the rules found out.
pub(super) struct Results<'a> {
    pub(super) plan: Plan,
    /// Without the managed groups, which are in `groups`.
    pub(super) matches: GroupMatches<'a>,
    pub(super) groups: Vec<GroupWork<'a>>,
    pub(super) accounts: AccountMatches,
    pub(super) account_changes: AccountChanges,
    pub(super) uses: Uses,
    pub(super) missing: usize,
    pub(super) evidence: BTreeMap<GroupRef, Evidence>,
}

/// Lists what an administrator must fix and reads the gauges.
pub(super) fn summarize(results: Results<'_>, context: &PlanContext<'_>) -> Planned {
    let Results { plan, matches, groups, mut accounts, account_changes, uses, missing, evidence } = results;
    let mut duplicates = matches.duplicates;
    duplicates.append(&mut accounts.duplicates);
    duplicates.sort_unstable();
    let mut problems = matches.problems;
    problems.append(&mut accounts.problems);
    problems.extend(account_changes.problems);
    problems.extend(duplicates.iter().filter(|duplicate| duplicate.former_user).map(held_by_former_user));
    problems.sort_unstable();
    problems.dedup();
    accounts.invalid.extend(account_changes.invalid);

    let common = Gauges {
        duplicated: duplicates.len() as u64,
        invalid: problems.iter().filter(|problem| problem.kind == ProblemKind::Invalid).count() as u64,
        unresolved: groups.iter().map(|work| u64::from(work.unresolved.count)).sum(),
        missing: missing as u64,
        out_of_scope: groups.iter().map(|work| u64::from(work.unresolved.out_of_scope)).sum(),
        pending: accounts.pending.len() as u64,
        waiting: groups.iter().map(|work| u64::from(work.memberships.waiting)).sum(),
        ..Gauges::default()
    };
    let all = || groups.iter().map(|work| &work.managed);
    let managed = all().map(|managed| (managed.group, managed.provenance, managed.complaint)).collect();
    let linked = all().filter(|managed| managed.provenance == Provenance::Linked);
    let linked = linked.filter_map(|managed| context.found.group(managed.group));
    let is_ours = |group: &&Group| group.link.as_ref().is_some_and(|link| link.is_owned_by(&context.policy.owner));
    Planned {
        plan,
        evidence,
        adopted_by_email: adopted_by_email(&accounts, context),
        reasons: Vec::new(),
        hold: None,
        approved: false,
        adds_only: None,
        after: Gauges { groups: groups.len() as u64, members: uses.members, accounts: uses.accounts, ..common },
        before: held_by(linked.filter(is_ours), context.found.accounts.len(), common),
        managed,
        refused: matches.refused,
        failed: BTreeSet::new(),
        accounts_duplicated: accounts.duplicated.len() as u64,
        accounts_invalid: accounts.invalid.len() as u64,
        pending_members: pending_members(&accounts, context),
        duplicates,
        problems,
    }
}

/// Rule `existing-accounts`.
fn pending_members(accounts: &AccountMatches, context: &PlanContext<'_>) -> Vec<Box<str>> {
    let users = accounts.pending.iter().filter_map(|user| context.snapshot.users.get(*user as usize));
    let mut names: Vec<Box<str>> = users
        .map(|user| match (user.attributes.username.first(), &user.dn) {
            (Some(username), _) => username.into(),
            (None, Some(dn)) => dn.clone(),
            (None, None) => user.id.to_string().into(),
        })
        .collect();
    names.sort_unstable();
    names
}

/// Rule `adoption-by-email`.
fn adopted_by_email(accounts: &AccountMatches, context: &PlanContext<'_>) -> BTreeSet<AccountRef> {
    if context.policy.adopt_accounts != AdoptAccounts::ByEmail {
        return BTreeSet::new();
    }
    accounts.members.iter().filter(|member| member.adopted).map(|member| member.account).collect()
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
