//! Rules 5, 6, 8, 9 and 16 for memberships: who is added to a group, who leaves it, and who stays because nothing proves
//! that they left.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use crate::sync::found::AccountRef;
use crate::sync::identity::ExternalId;
use crate::sync::link::AccountLink;
use crate::sync::matching::accounts::AccountMatches;
use crate::sync::matching::groups::Managed;
use crate::sync::policy::Members;
use crate::sync::proof::absence::{Wait, begun};
use crate::sync::proof::emptiness::{Emptiness, emptiness};
use crate::sync::proof::member::{Doubt, Leaver, leaver};
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
    /// Who of them may hide behind a value that names nobody known, ascending, and what each waits for.
    pub(crate) unproven: Vec<(AccountRef, Wait)>,
    /// What is known of a group that shows no members.
    pub(crate) emptiness: Emptiness,
    /// What the group's link remembers of it once the plan is applied.
    pub(crate) empty_since: Option<Timestamp>,
    /// Who is shown as a member and does not join because nobody can tell whether the directory account may be used.
    pub(crate) undecided: Vec<UserIndex>,
}

/// The account of every user, for a million look-ups.
pub(crate) struct Roster {
    account_of: Vec<Option<AccountRef>>,
    undecided: Vec<bool>,
    /// The accounts that this plan adopts: they are not local any more.
    adopted: HashMap<AccountRef, ExternalId>,
    /// The users that they stand for: an account whose link to one of them holds no more is nobody's.
    adopting: HashSet<ExternalId>,
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
            adopting: HashSet::new(),
        };
        roster.adopting.extend(roster.adopted.values());
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
            && self.broken(account, scene).is_none()
    }

    /// The link of an account that may still be a user's although it bears none of the names last written.
    fn broken<'a>(&self, account: AccountRef, scene: &Scene<'a>) -> Option<&'a AccountLink> {
        scene.broken.accounts.link_of(account).filter(|link| !self.adopting.contains(&link.id))
    }

    /// The user of this directory that an account stands for once the plan is applied.
    fn stands_for(&self, account: AccountRef, scene: &Scene<'_>) -> Option<ExternalId> {
        self.adopted.get(&account).copied().or_else(|| {
            let link = scene.found.account(account)?.link.as_ref()?;
            (link.directory_id == scene.snapshot.directory_id).then_some(link.id)
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
    let link = link.filter(|link| (link.directory_id, link.id) == (scene.snapshot.directory_id, source.id));
    let empty_since = link.and_then(|link| link.empty_since);
    let users = || source.members.iter().chain(&doubt.members);
    let mut memberships = Memberships::default();
    let mut wanted = Vec::with_capacity(source.members.len());
    for user in users() {
        match roster.account_of.get(*user as usize).copied().flatten() {
            Some(account) if !roster.undecided[*user as usize] || held.binary_search(&account).is_ok() => {
                wanted.push(account);
            }
            _ if hides_state(*user, scene) => memberships.undecided.push(*user),
            _ => {}
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
        if scene.policy.members == Members::KeepLocal && roster.is_local(*account, scene) {
            return false;
        }
        let broken = roster.broken(*account, scene);
        let user = roster.stands_for(*account, scene).or_else(|| Some(broken?.id));
        let link = scene.found.account(*account).and_then(|account| account.link.as_ref()).or(broken);
        let link = link.filter(|link| link.directory_id == scene.snapshot.directory_id && Some(link.id) == user);
        match leaver(user, link, doubt, scene) {
            Leaver::Left => true,
            Leaver::Named => false,
            Leaver::Waits(wait) => {
                memberships.unproven.push((*account, wait));
                false
            }
        }
    });
    memberships.waiting = number(memberships.unproven.len());
    let shown = |account: &AccountRef| {
        let user = roster.stands_for(*account, scene).and_then(|id| scene.index.user(id));
        user.is_some_and(|user| source.members.binary_search(&user).is_ok() || doubt.members.contains(&user))
    };
    let doubtful = |account: &AccountRef| linked(account) && !shown(account);
    let may_hide_members =
        !source.shows_members && source.concealed.is_none() && memberships.remove.iter().any(doubtful);
    memberships.emptiness = emptiness(source, link, may_hide_members, scene);
    if let Emptiness::Denied | Emptiness::Doubtful(_) = memberships.emptiness {
        memberships.waiting += number(memberships.remove.iter().filter(|account| doubtful(account)).count());
        memberships.remove.retain(shown);
        let is_doubtful = memberships.emptiness != Emptiness::Denied;
        memberships.empty_since = begun(empty_since, scene).filter(|_| is_doubtful);
    }
    // Whoever was in a group below that cannot be read may be in it still, and so may whomever a group conceals.
    let hides_groups = source.hidden_subgroup.is_some() || (scene.policy.nested && doubt.perhaps_a_group);
    let adds_only = scene.adds_only.is_some() || hides_groups || source.concealed.is_some();
    if adds_only || scene.withheld.members(managed.group) {
        let kept = std::mem::take(&mut memberships.remove);
        memberships.waiting += if adds_only { number(kept.len()) } else { 0 };
        if memberships.emptiness == Emptiness::Proven {
            memberships.empty_since = empty_since;
        }
    }
    memberships
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn hides_state(user: UserIndex, scene: &Scene<'_>) -> bool {
    scene
        .snapshot
        .users
        .get(user as usize)
        .is_some_and(|user| state(user, scene.policy.disabled_accounts, scene.now) == AccountState::Unknown)
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
