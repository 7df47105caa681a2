//! Rules 5, 6, 8, 9 and 16 for memberships: who is added to a group, who leaves it, and who stays because nothing proves
//! that they left.

use crate::sync::found::{Account, AccountRef};
use crate::sync::matching::accounts::AccountMatches;
use crate::sync::matching::groups::Managed;
use crate::sync::policy::Members;
use crate::sync::proof::member::{Doubt, has_left, hides_members};
use crate::sync::scene::Scene;
use crate::sync::snapshot::{AccountState, Snapshot, UserIndex};
use crate::sync::wanted::state::Standing;

/// What happens to the memberships of one managed group.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Memberships {
    /// Who joins, ascending.
    pub(crate) add: Vec<AccountRef>,
    /// Who leaves, ascending.
    pub(crate) remove: Vec<AccountRef>,
    /// Who stays although the directory shows no membership, because the group shows none at all.
    pub(crate) waiting: u32,
    /// The group had members and shows none.
    pub(crate) hides_members: bool,
    /// Who is shown as a member and does not join because the state of the directory account cannot be read.
    pub(crate) undecided: u32,
}

/// The account of every user, for a million look-ups.
pub(crate) struct Roster {
    account_of: Vec<Option<AccountRef>>,
    undecided: Vec<bool>,
}

impl Roster {
    /// From what the members came to.
    pub(crate) fn new(matches: &AccountMatches, users: usize) -> Self {
        let mut roster = Self { account_of: vec![None; users], undecided: vec![false; users] };
        for member in &matches.members {
            roster.account_of[member.user as usize] = Some(member.account);
            roster.undecided[member.user as usize] = member.standing == Standing::Undecided;
        }
        roster
    }
}

/// Compares one group's members on both sides.
pub(crate) fn compare(
    managed: &Managed<'_>,
    doubt: &Doubt,
    roster: &Roster,
    matches: &AccountMatches,
    scene: &Scene<'_>,
) -> Memberships {
    let source = managed.selected.source;
    let held = scene.found.group(managed.group).map_or(&[][..], |group| &group.members);
    let linked = |account: &AccountRef| scene.found.account(*account).is_some_and(|account| account.link.is_some());
    if hides_members(source, scene.snapshot, held.iter().any(linked)) {
        let waiting = u32::try_from(held.iter().filter(|account| linked(account)).count()).unwrap_or(u32::MAX);
        return Memberships { waiting, hides_members: true, ..Memberships::default() };
    }

    let users = || source.members.iter().chain(&doubt.members);
    let mut memberships = Memberships::default();
    let mut wanted = Vec::with_capacity(source.members.len());
    for user in users() {
        match roster.account_of.get(*user as usize).copied().flatten() {
            Some(account) if !roster.undecided[*user as usize] || held.binary_search(&account).is_ok() => {
                wanted.push(account);
            }
            _ => memberships.undecided += u32::from(hides_state(*user, scene.snapshot)),
        }
    }
    if !matches.clashes.is_empty() {
        let keeps = |account: &AccountRef| held.binary_search(account).is_ok();
        let clashing = users().filter_map(|user: &UserIndex| matches.clashes.get(user)).flatten();
        wanted.extend(clashing.filter(|account| keeps(account)));
    }
    wanted.sort_unstable();
    wanted.dedup();

    memberships.add = difference(&wanted, held);
    memberships.remove = difference(held, &wanted);
    memberships
        .remove
        .retain(|account| scene.found.account(*account).is_some_and(|account| leaves(account, doubt, scene)));
    memberships
}

fn leaves(account: &Account, doubt: &Doubt, scene: &Scene<'_>) -> bool {
    let kept_as_local = scene.policy.members == Members::KeepLocal && account.link.is_none();
    !kept_as_local && has_left(account, doubt, scene.snapshot.realm, scene.index)
}

fn hides_state(user: UserIndex, snapshot: &Snapshot) -> bool {
    snapshot.users.get(user as usize).is_some_and(|user| user.state == AccountState::Unknown)
}

/// What is in one ascending list and not in the other.
fn difference(list: &[AccountRef], other: &[AccountRef]) -> Vec<AccountRef> {
    let mut others = other.iter().peekable();
    let mut only = Vec::new();
    for account in list {
        while others.next_if(|other| *other < account).is_some() {}
        if others.peek() != Some(&account) {
            only.push(*account);
        }
    }
    only
}
