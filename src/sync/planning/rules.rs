//! The rules that make a plan, in their order.

use std::collections::BTreeSet;
use std::mem::take;

use super::member_problems::{broken_entries, list_member_problems, missing_accounts, not_found, unresolved_members};
use super::summary::{Results, summarize};
use super::unseen_groups::unseen_groups;
use crate::sync::changes::accounts::{AccountChanges, change_accounts};
use crate::sync::changes::group_work::GroupWork;
use crate::sync::changes::groups::{GroupChanges, GroupRemovals, change_groups, remove_groups};
use crate::sync::changes::memberships::AccountByUser;
use crate::sync::changes::roles::role_problems;
use crate::sync::changes::uses::Uses;
use crate::sync::context::PlanContext;
use crate::sync::found::GroupRef;
use crate::sync::hold::Reason;
use crate::sync::kept_group::may_be_deleted;
use crate::sync::limits::{self, Exceeded, Measure};
use crate::sync::matching::accounts::match_accounts;
use crate::sync::matching::groups::matches::Managed;
use crate::sync::matching::groups::{match_groups, unselected_broken};
use crate::sync::outcome::Planned;
use crate::sync::plan::{Change, Plan};
use crate::sync::proof::member::UnresolvedMembers;
use crate::sync::snapshot::UserIndex;
use crate::sync::wanted::selection::{Selection, select};

/// A plan, and what of it must not be applied without an approval.
pub(super) struct ProposedPlan {
    pub(super) planned: Planned,
    /// The limits that it exceeds.
    pub(super) exceeded: Vec<Exceeded>,
    /// Deletions without proof.
    pub(super) unproven: BTreeSet<GroupRef>,
    /// Releases that no edit of the spec asked for.
    pub(super) unasked: BTreeSet<GroupRef>,
    /// Why some of it needs an approval.
    pub(super) reasons: Vec<Reason>,
}

/// Applies the rules of synchronization and of removal, in their order. What is withheld in the context is left out.
///
/// Rules `error-is-never-absence` and `complete-read` hold before the first of them: there is no snapshot of a partial
/// read.
pub(super) fn apply_rules(context: &PlanContext<'_>) -> ProposedPlan {
    // Rule `selection`: which directory groups the selectors select, and which linked groups are no longer selected.
    let selection = select(context);
    // Rules `missing-group` and `deleted-group`: what happens to linked groups that the read did not show.
    let unseen = unseen_groups(&selection, context);
    let deleted: BTreeSet<GroupRef> = unseen.deleted.keys().copied().collect();
    // Rule `kept-group`: a group that the server keeps frees no name.
    let deletion = context.policy.abilities.group_deletion;
    let is_freed = |group: &GroupRef| context.found.group(*group).is_some_and(|group| may_be_deleted(group, deletion));
    let freed = deleted.iter().copied().filter(is_freed).collect();
    // Rules `identity`, `ownership`, `protection`, `valid-names` and `duplicate-group`: which store group each selected
    // group is, and which name it gets. Rule `one-broken-object`: one that is refused stops no other.
    let mut matches = match_groups(&selection, &unseen.gone, &freed, context);
    let managed = std::mem::take(&mut matches.managed);
    // Rule `member-value`: which users the values name whose entries were not read.
    let unresolved = unresolved_members(&managed, context);
    // Rules `disabled-account` and `duplicate-account`: which account each member is, and which names it gets.
    let accounts = match_accounts(&shown_users(&managed, &unresolved, context), context);
    // Rules `leaver`, `exclusive-members`, `member-value` and `emptied-group`: which members are added and removed.
    let by_user = AccountByUser::new(&accounts, context);
    let pairs = managed.into_iter().zip(unresolved);
    let mut groups: Vec<GroupWork<'_>> =
        pairs.map(|(managed, unresolved)| GroupWork::new(managed, unresolved, &by_user, context)).collect();
    // Rules `selection` and `deleted-group`: which groups are released and which are deleted.
    let deleted: BTreeSet<GroupRef> = deleted.difference(&matches.relinked).copied().collect();
    let released = selection.deselected.iter().chain(&unseen.released).copied();
    let released = released.filter(|group| !matches.relinked.contains(group));
    let removals = remove_groups(&deleted, released, &groups, context);
    // Rules `group-attributes` and `group-roles`: which groups are created, renamed and described, and their roles.
    let group_changes = change_groups(&groups, context, &mut matches.problems);
    // Rules `account-attributes`, `disabled-account` and `unused-account`: what happens to accounts.
    let uses = Uses::after(&groups, &deleted, accounts.created, context);
    let mut account_changes = change_accounts(&accounts, &uses, &missing_accounts(&groups), context);
    // Rule `plan-order`: the order in which all of this is written.
    let plan = in_order(removals, group_changes, unseen.link_changes, &mut account_changes, &mut groups);
    // Rules `limits`, `rename-limits` and `unasked-release`: how much of it may be written without an approval.
    let kept = measured_groups(&groups, deleted, &selection, context);
    let measure = Measure { kept: &kept, unproven: &unseen.unproven, unasked: &selection.unasked };
    let exceeded = limits::exceeded(&plan, context.found, &measure, &context.policy.limits);

    matches.problems.extend(unseen.problems);
    matches.problems.extend(not_found(&selection));
    matches.problems.extend(role_problems(context));
    matches.problems.extend(broken_entries(context.snapshot));
    matches.problems.extend(unselected_broken(&selection, context));
    list_member_problems(&groups, context, &mut matches.problems);
    let mut reasons = unseen.reasons;
    reasons.extend(exceeded.iter().cloned().map(Reason::Exceeded));
    let results = Results {
        plan,
        matches,
        groups,
        accounts,
        account_changes,
        uses,
        missing: unseen.missing,
        evidence: unseen.deleted,
    };
    let planned = summarize(results, context);
    ProposedPlan { planned, exceeded, unproven: unseen.unproven, unasked: selection.unasked, reasons }
}

/// Every user that the managed groups show, each once.
fn shown_users(managed: &[Managed<'_>], unresolved: &[UnresolvedMembers], context: &PlanContext<'_>) -> Vec<UserIndex> {
    let mut is_shown = vec![false; context.snapshot.users.len()];
    let read = managed.iter().flat_map(|managed| &managed.selected.source.members);
    for user in read.chain(unresolved.iter().flat_map(|unresolved| &unresolved.members)) {
        if let Some(is_shown) = is_shown.get_mut(*user as usize) {
            *is_shown = true;
        }
    }
    (0..).zip(is_shown).filter_map(|(user, is_shown)| is_shown.then_some(user)).collect()
}

/// Rule `plan-order`: groups, then accounts, then memberships, removals before additions, then roles, and last what is
/// deleted.
/// Only a deletion that frees a name comes first.
fn in_order(
    removals: GroupRemovals,
    group_changes: GroupChanges,
    link_changes: Vec<Change>,
    account_changes: &mut AccountChanges,
    groups: &mut [GroupWork<'_>],
) -> Plan {
    let mut changes = removals.deleted_first;
    changes.extend(group_changes.changes);
    changes.extend(removals.released);
    changes.extend(link_changes);
    changes.append(&mut account_changes.writes);
    // The plan takes the lists: nothing asks for them afterwards, and there may be a million members.
    let mut joining = Vec::new();
    for GroupWork { managed, memberships, .. } in groups {
        let (add, remove) = (take(&mut memberships.add), take(&mut memberships.remove));
        if !remove.is_empty() {
            changes.push(Change::RemoveMembers { group: managed.group, accounts: remove });
        }
        if !add.is_empty() {
            joining.push(Change::AddMembers { group: managed.group, accounts: add });
        }
    }
    changes.append(&mut joining);
    changes.extend(group_changes.roles);
    changes.append(&mut account_changes.deactivations);
    changes.append(&mut account_changes.deletions);
    changes.extend(removals.deleted_last);
    Plan::from(changes)
}

/// Rule `limits`: the store groups that percentages speak of.
fn measured_groups(
    groups: &[GroupWork<'_>],
    deleted: BTreeSet<GroupRef>,
    selection: &Selection<'_>,
    context: &PlanContext<'_>,
) -> BTreeSet<GroupRef> {
    let managed = groups.iter().map(|work| work.managed.group);
    let existing = managed.filter(|group| context.found.group(*group).is_some());
    existing.chain(deleted).chain(selection.unasked.iter().copied()).collect()
}
