//! From two complete reads and a policy to a plan: selection, proof, matching, changes, limits.

mod absent;
mod doubts;
mod summary;
mod uses;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use self::absent::Absent;
use self::summary::{Parts, sum_up};
use self::uses::Uses;
use super::found::{Found, GroupRef};
use super::identity::{ExternalId, Realm};
use super::index::{Index, users_by_place};
use super::limits;
use super::matching::accounts::{held_by_owner, match_accounts};
use super::matching::groups::{GroupMatches, match_groups};
use super::matching::protected;
use super::outcome::Planned;
use super::plan::accounts::change_accounts;
use super::plan::groups::{change_groups, part_with};
use super::plan::memberships::{Memberships, Roster, compare};
use super::plan::{Change, Plan};
use super::policy::Policy;
use super::problem::{Problem, ProblemKind};
use super::proof::member::unread;
use super::scene::Scene;
use super::snapshot::{GroupSighting, Snapshot, UserIndex};
use super::wanted::selection::{select, unseen};

/// Why no plan can be made at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// Section 5, rule 2: the links belong to another directory.
    #[error(
        "the directory that was read is {read}, and {linked} linked groups belong to {pinned}: point the Directory back, or release those groups"
    )]
    DirectoryChanged {
        /// The realm of the links.
        pinned: Realm,
        /// The realm that was read.
        read: Realm,
        /// How many groups are linked to the former.
        linked: usize,
    },
    /// Section 5, rule 8: zero groups were read where some are linked.
    #[error(
        "the directory shows none of the selected groups although {linked} are linked: check the groups' base and filter and what the account that reads may see"
    )]
    NothingRead {
        /// How many groups are linked, still asked for and without a tombstone.
        linked: usize,
    },
}

/// What must be looked up by external id before a plan may be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unseen {
    /// Linked groups that the read did not show.
    pub groups: Vec<ExternalId>,
    /// Members whose entries were not read, by the id in the value or that of the link whose name the value is.
    pub members: Vec<ExternalId>,
}

/// The look-ups that a plan needs. Ask again after groups were located: they bring members of their own.
#[must_use]
pub fn look_ups(snapshot: &Snapshot, found: &Found, policy: &Policy) -> Unseen {
    let groups = unseen(snapshot, found, policy).into_iter().filter(|id| !snapshot.located_groups.contains_key(id));
    let located = snapshot.located_groups.values().filter_map(|sighting| match sighting {
        GroupSighting::Found(group) => Some(&**group),
        GroupSighting::Unreadable | GroupSighting::Deleted | GroupSighting::Nowhere => None,
    });
    let all = || snapshot.groups.iter().chain(located.clone());
    let mut members = BTreeSet::new();
    if all().any(|group| !group.unread.is_empty()) {
        let by_place = users_by_place(snapshot, found, &Index::new(snapshot, found));
        members = unread(all(), &by_place);
        members.retain(|id| !snapshot.located_members.contains_key(id));
    }
    Unseen { groups: groups.collect(), members: members.into_iter().collect() }
}

/// Makes the plan.
///
/// # Errors
/// When the two sides do not belong together, so that nothing may be written.
pub fn plan(snapshot: &Snapshot, found: &Found, policy: &Policy, now: Timestamp) -> Result<Planned, Stop> {
    same_directory(snapshot, found, policy)?;
    let index = Index::new(snapshot, found);
    let protected = protected::accounts(found, policy);
    let held_by_owner = held_by_owner(found, policy);
    let scene =
        Scene { snapshot, found, index: &index, policy, protected: &protected, held_by_owner: &held_by_owner, now };
    let selection = select(snapshot, found, &index, policy);
    let absent = absent::judge(&selection, &scene)?;
    let mut groups = match_groups(&selection, snapshot, found, policy, &absent.deleted, &absent.leaving);
    groups.problems.extend(absent.problems.iter().cloned());
    groups.problems.extend(selection.not_found.iter().map(|item| Problem {
        group: item.key.to_string(),
        kind: ProblemKind::NotFound,
        message: format!("{} selects no group of the directory", item.key),
    }));

    let doubts = doubts::weigh(&mut groups, &scene);
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
    doubts::list_silent(&mut groups, &memberships);

    let leaving: BTreeSet<GroupRef> = absent.leaving.difference(&groups.taken_over).copied().collect();
    let uses = Uses::after(&groups, &memberships, &leaving, accounts.created, &scene);
    let owner = Arc::new(policy.owner.clone());
    let released =
        selection.left.iter().chain(&absent.released).copied().filter(|group| !groups.taken_over.contains(group));
    let parted = part_with(&leaving, released, &groups.managed, &scene);
    let group_changes = change_groups(&groups.managed, &memberships, &owner, &scene, &mut groups.problems);
    let mut account_changes = change_accounts(&accounts, (&uses.held_before, &uses.held), &owner, &scene);

    let mut changes = parted.deleted_first;
    changes.extend(group_changes);
    changes.extend(parted.released);
    changes.extend(absent.marks);
    changes.append(&mut account_changes.writes);
    changes.extend(membership_changes(&groups, &memberships));
    changes.append(&mut account_changes.deactivations);
    changes.append(&mut account_changes.deletions);
    changes.extend(parted.deleted_last);
    let plan = Plan { changes, remember: None };

    let kept: BTreeSet<GroupRef> = groups
        .managed
        .iter()
        .map(|managed| managed.group)
        .filter(|group| found.group(*group).is_some())
        .chain(leaving)
        .collect();
    let exceeded = limits::exceeded(&plan, found, &kept, &policy.limits);
    let Absent { missing, .. } = absent;
    let parts =
        Parts { plan, exceeded, groups, accounts, account_changes, doubts, memberships, uses, missing: missing.len() };
    Ok(sum_up(parts, &scene))
}

/// Section 5, rule 2.
fn same_directory(snapshot: &Snapshot, found: &Found, policy: &Policy) -> Result<(), Stop> {
    let links = found.groups.iter().filter_map(|group| group.link.as_ref());
    let mine = links.filter(|link| link.owner.as_deref() == Some(&policy.owner));
    let foreign: Vec<Realm> = mine.map(|link| link.realm).filter(|realm| *realm != snapshot.realm).collect();
    match foreign.first() {
        Some(pinned) => Err(Stop::DirectoryChanged { pinned: *pinned, read: snapshot.realm, linked: foreign.len() }),
        None => Ok(()),
    }
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
