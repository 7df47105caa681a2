//! One plan of everything that is proven, but for what is withheld: selection, proof, matching, changes, limits.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::absent;
use super::doubts;
use super::summary::{Parts, sum_up};
use super::uses::Uses;
use crate::sync::escape::shown;
use crate::sync::found::{Found, GroupRef};
use crate::sync::hold::{Reason, Withheld};
use crate::sync::index::Index;
use crate::sync::limits::{self, Exceeded, Measure};
use crate::sync::matching::accounts::{held_by_owner, match_accounts};
use crate::sync::matching::groups::{GroupMatches, match_groups, unselected_broken};
use crate::sync::matching::protected;
use crate::sync::outcome::Planned;
use crate::sync::plan::accounts::change_accounts;
use crate::sync::plan::groups::{change_groups, part_with};
use crate::sync::plan::memberships::{Memberships, Roster, compare};
use crate::sync::plan::{Change, Plan};
use crate::sync::policy::Policy;
use crate::sync::problem::{Problem, ProblemKind};
use crate::sync::proof::server::AddsOnly;
use crate::sync::proof::store::Broken;
use crate::sync::scene::Scene;
use crate::sync::snapshot::{Snapshot, UserIndex};
use crate::sync::wanted::selection::select;

/// What a plan is made from.
pub(super) struct Sides<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) found: &'a Found,
    pub(super) broken: &'a Broken,
    pub(super) policy: &'a Policy,
    pub(super) adds_only: Option<&'a AddsOnly>,
    pub(super) now: Timestamp,
}

/// A plan, and what of it must not be applied without a person.
pub(super) struct Draft {
    pub(super) planned: Planned,
    pub(super) exceeded: Vec<Exceeded>,
    /// Deletions without proof.
    pub(super) unproven: BTreeSet<GroupRef>,
    /// Releases that no edit of the spec asked for.
    pub(super) unasked: BTreeSet<GroupRef>,
    pub(super) reasons: Vec<Reason>,
}

/// Makes it.
pub(super) fn draft(sides: &Sides<'_>, withheld: &Withheld) -> Draft {
    let Sides { snapshot, found, broken, policy, adds_only, now } = *sides;
    let index = Index::new(snapshot, found);
    let protected = protected::accounts(found, policy);
    let held_by_owner = held_by_owner(found, policy);
    let scene = Scene {
        snapshot,
        found,
        broken,
        index: &index,
        policy,
        protected: &protected,
        held_by_owner: &held_by_owner,
        adds_only,
        withheld,
        now,
        witnesses: OnceCell::new(),
    };
    let selection = select(&scene);
    let absent = absent::judge(&selection, &scene);
    let leaving = absent.leaving.keys().copied().collect();
    let mut groups = match_groups(&selection, &scene, &absent.deleted, &leaving);
    groups.problems.extend(absent.problems.iter().cloned());
    groups.problems.extend(selection.not_found.iter().map(|selector| Problem {
        group: selector.key.to_string(),
        kind: ProblemKind::NotFound,
        message: format!("the selector {} matches no directory group: check its spelling, and that the bind account may read the group", shown(&selector.key)),
    }));

    groups.problems.extend(unselected_broken(&selection, &scene));
    let doubts = doubts::weigh(&groups, &scene);
    let shown = groups.managed.iter().map(|managed| &managed.selected.source.members);
    let wanted = wanted_users(shown.chain(doubts.iter().map(|doubt| &doubt.members)), snapshot.users.len());
    let accounts = match_accounts(&wanted, &scene);
    let roster = Roster::new(&accounts, snapshot);
    let memberships: Vec<Memberships> = groups
        .managed
        .iter()
        .zip(&doubts)
        .map(|(managed, doubt)| compare(managed, doubt, &roster, &accounts, &scene))
        .collect();
    doubts::list(&mut groups, &doubts, &memberships, &scene);

    let leaving: BTreeSet<GroupRef> = leaving.difference(&groups.taken_over).copied().collect();
    let uses = Uses::after(&groups, &memberships, &leaving, accounts.created, &scene);
    let owner = Arc::new(policy.owner.clone());
    let released =
        selection.left.iter().chain(&absent.released).copied().filter(|group| !groups.taken_over.contains(group));
    let parted = part_with(&leaving, released, &groups.managed, &scene);
    let group_changes = change_groups(&groups.managed, &memberships, &owner, &scene, &mut groups.problems);
    let missing = doubts::missing(&memberships);
    let mut account_changes = change_accounts(&accounts, (&uses.held_before, &uses.held), &missing, &owner, &scene);

    let mut changes = parted.deleted_first;
    changes.extend(group_changes);
    changes.extend(parted.released);
    changes.extend(absent.marks);
    changes.append(&mut account_changes.writes);
    changes.extend(membership_changes(&groups, &memberships));
    changes.append(&mut account_changes.deactivations);
    changes.append(&mut account_changes.deletions);
    changes.extend(parted.deleted_last);
    let plan = Plan::from(changes);

    let kept: BTreeSet<GroupRef> = groups
        .managed
        .iter()
        .map(|managed| managed.group)
        .filter(|group| found.group(*group).is_some())
        .chain(leaving)
        .chain(selection.unasked.iter().copied())
        .collect();
    let measure = Measure { kept: &kept, unproven: &absent.unproven, unasked: &selection.unasked };
    let exceeded = limits::exceeded(&plan, found, &measure, &policy.limits);
    let mut reasons = absent.reasons;
    reasons.extend(exceeded.iter().cloned().map(Reason::Exceeded));
    let parts = Parts {
        plan,
        groups,
        accounts,
        account_changes,
        doubts,
        memberships,
        uses,
        missing: absent.missing,
        evidence: absent.leaving,
    };
    let unasked = selection.unasked;
    Draft { planned: sum_up(parts, &scene), exceeded, unproven: absent.unproven, unasked, reasons }
}

/// Everyone in these lists once.
fn wanted_users<'a>(lists: impl Iterator<Item = &'a Vec<UserIndex>>, users: usize) -> Vec<UserIndex> {
    let mut wanted = vec![false; users];
    for user in lists.flatten() {
        if let Some(wanted) = wanted.get_mut(*user as usize) {
            *wanted = true;
        }
    }
    (0..).zip(wanted).filter_map(|(user, wanted)| wanted.then_some(user)).collect()
}

fn membership_changes(groups: &GroupMatches<'_>, memberships: &[Memberships]) -> Vec<Change> {
    let pairs = || groups.managed.iter().map(|managed| managed.group).zip(memberships);
    let removals = pairs()
        .filter(|(_, memberships)| !memberships.remove.is_empty())
        .map(|(group, memberships)| Change::RemoveMembers { group, accounts: memberships.remove.clone() });
    let additions = pairs()
        .filter(|(_, memberships)| !memberships.add.is_empty())
        .map(|(group, memberships)| Change::AddMembers { group, accounts: memberships.add.clone() });
    removals.chain(additions).collect()
}
