//! Rules 5, 6, 8, 9 and 16 for memberships: who is added to a group, who leaves it, and who stays because nothing proves
//! that they left.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::sync::found::AccountRef;
use crate::sync::identity::ExternalId;
use crate::sync::matching::accounts::AccountMatches;
use crate::sync::matching::groups::Managed;
use crate::sync::policy::Members;
use crate::sync::proof::member::{Doubt, Emptiness, emptiness, has_left};
use crate::sync::scene::Scene;
use crate::sync::snapshot::{AccountState, Snapshot, UserIndex};
use crate::sync::wanted::state::{Standing, state};

/// What happens to the memberships of one managed group.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Memberships {
    /// Who joins, ascending.
    pub(crate) add: Vec<AccountRef>,
    /// Who leaves, ascending.
    pub(crate) remove: Vec<AccountRef>,
    /// How many stay although the directory shows no membership, because nothing proves yet that they left.
    pub(crate) waiting: u32,
    /// What is known of a group that shows no members.
    pub(crate) emptiness: Emptiness,
    /// What the group's link remembers of it once the plan is applied.
    pub(crate) empty_since: Option<Timestamp>,
    /// Who is shown as a member and does not join because the state of the directory account cannot be read.
    pub(crate) undecided: u32,
}

/// The account of every user, for a million look-ups.
pub(crate) struct Roster {
    account_of: Vec<Option<AccountRef>>,
    undecided: Vec<bool>,
    /// The accounts that this plan adopts: they are not local any more.
    adopted: HashMap<AccountRef, ExternalId>,
}

impl Roster {
    /// From what the members came to.
    pub(crate) fn new(matches: &AccountMatches, snapshot: &Snapshot) -> Self {
        let users = &snapshot.users;
        let adopted = matches.members.iter().filter(|member| member.adopted);
        let mut roster = Self {
            account_of: vec![None; users.len()],
            undecided: vec![false; users.len()],
            adopted: adopted.map(|member| (member.account, users[member.user as usize].id)).collect(),
        };
        for member in &matches.members {
            roster.account_of[member.user as usize] = Some(member.account);
            roster.undecided[member.user as usize] = member.standing == Standing::Undecided;
        }
        roster
    }

    /// Whether an account has no link once the plan is applied. One that may still be a user's is not local.
    fn is_local(&self, account: AccountRef, scene: &Scene<'_>) -> bool {
        scene.found.account(account).is_some_and(|held| held.link.is_none())
            && !self.adopted.contains_key(&account)
            && scene.broken.user(account).is_none()
    }

    /// The user of this realm that an account stands for once the plan is applied.
    fn stands_for(&self, account: AccountRef, scene: &Scene<'_>) -> Option<ExternalId> {
        self.adopted.get(&account).copied().or_else(|| {
            let link = scene.found.account(account)?.link.as_ref()?;
            (link.realm == scene.snapshot.realm).then_some(link.id)
        })
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
    let linked = |account: &AccountRef| !roster.is_local(*account, scene);
    // A group that takes over the link of another has a time of its own.
    let link = scene.found.group(managed.group).and_then(|group| group.link.as_ref());
    let link = link.filter(|link| (link.realm, link.id) == (scene.snapshot.realm, source.id));
    let empty_since = link.and_then(|link| link.empty_since);
    let emptiness = emptiness(source, link, held.iter().any(linked), scene);
    if matches!(emptiness, Emptiness::Denied | Emptiness::Doubtful(_)) {
        let waiting = number(held.iter().filter(|account| linked(account)).count());
        let doubtful = matches!(emptiness, Emptiness::Doubtful(_));
        // A server that may be behind the others begins no time.
        let begins = scene.adds_only.is_none().then_some(scene.now);
        let empty_since = empty_since.or(begins).filter(|_| doubtful);
        return Memberships { waiting, emptiness, empty_since, ..Memberships::default() };
    }

    let users = || source.members.iter().chain(&doubt.members);
    let mut memberships = Memberships { emptiness, ..Memberships::default() };
    let mut wanted = Vec::with_capacity(source.members.len());
    for user in users() {
        match roster.account_of.get(*user as usize).copied().flatten() {
            Some(account) if !roster.undecided[*user as usize] || held.binary_search(&account).is_ok() => {
                wanted.push(account);
            }
            _ => memberships.undecided += u32::from(hides_state(*user, scene)),
        }
    }
    if !matches.clashes.is_empty() {
        // Whoever was read and left stays out, whoever claims the name of the account.
        let others =
            |account: &AccountRef| roster.stands_for(*account, scene).is_some_and(|id| scene.index.user(id).is_some());
        let keeps = |account: &AccountRef| held.binary_search(account).is_ok() && !others(account);
        let clashing = users().filter_map(|user: &UserIndex| matches.clashes.get(user)).flatten();
        wanted.extend(clashing.filter(|account| keeps(account)));
    }
    wanted.sort_unstable();
    wanted.dedup();

    memberships.add = difference(&wanted, held);
    memberships.remove = difference(held, &wanted);
    memberships.remove.retain(|account| {
        let stays_local = scene.policy.members == Members::KeepLocal && roster.is_local(*account, scene);
        let user = roster.stands_for(*account, scene).or_else(|| scene.broken.user(*account));
        !stays_local && has_left(user, doubt, scene.index)
    });
    // Whoever was in a group below that cannot be read may be in it still.
    let hides_groups = source.hidden_subgroup.is_some() || (scene.policy.nested && doubt.perhaps_a_group);
    let adds_only = scene.adds_only.is_some() || hides_groups;
    if adds_only || scene.withheld.members(managed.group) {
        let kept = std::mem::take(&mut memberships.remove);
        memberships.waiting = if adds_only { number(kept.len()) } else { 0 };
        memberships.empty_since = empty_since.filter(|_| emptiness == Emptiness::Proven);
    }
    memberships
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn hides_state(user: UserIndex, scene: &Scene<'_>) -> bool {
    scene.snapshot.users.get(user as usize).is_some_and(|user| state(user, scene.now) == AccountState::Unknown)
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
