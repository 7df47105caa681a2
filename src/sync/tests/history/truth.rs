//! What is so in the directory, and what a read of it shows while something is wrong.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::sync::found::Found;
use crate::sync::identity::ExternalId;
use crate::sync::planning::look_ups;
use crate::sync::policy::{DisabledAccounts, Policy};
use crate::sync::scenario::{Scenario, SourceGroup, given, group, group_id, user, user_id};
use crate::sync::snapshot::{GroupSighting, MemberSighting, OtherSide, Snapshot};

pub(super) const GROUPS: [&str; 4] = ["g0", "g1", "g2", "g3"];
pub(super) const USERS: [&str; 5] = ["u0", "u1", "u2", "u3", "u4"];

/// How long a fault goes on that only time tells from the truth: less than `prune.confirmAfter`.
const WHILE: SignedDuration = SignedDuration::from_mins(50);

/// What happens to the directory.
#[derive(Debug, Clone, Copy)]
pub(super) enum TruthChange {
    Join(&'static str, &'static str),
    Leave(&'static str, &'static str),
    DeleteGroup(&'static str),
    MakeGroup(&'static str),
    DisableUser(&'static str),
    /// Whose name stays in its groups: nobody keeps the references true.
    DeleteUser(&'static str),
    /// Whether the account that reads may see deleted objects.
    ShowTombstones(bool),
    Fault(Fault),
    Mend,
}

/// What makes a read show less than there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// One entry is found nowhere, for a while.
    GroupHidden(&'static str),
    /// An entry shows nothing, for good.
    GroupUnreadable(&'static str),
    /// All groups of one parent are found nowhere, for good.
    FirstHalfHidden,
    /// No group is found, for good.
    EverythingHidden,
    /// A group shows no members: for good where `memberOf` can be asked, else for a while.
    MembersHidden { group: &'static str, askable: bool },
    /// The entry of a user cannot be read, for good.
    UserHidden(&'static str),
    /// One user, whose bare name its groups bear, is found nowhere, for a while.
    UserNowhere(&'static str),
    /// All users, whose bare names their groups bear, are found nowhere, for good.
    PeopleHidden,
    /// Another server answers, which for a while has not heard of the last changes.
    LateReplica,
    /// The server answers as it did some changes ago, for a while.
    Restored,
    /// Every read fails.
    Broken,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    /// The generation of each group that exists, and its members: a group that is made anew has another id.
    groups: BTreeMap<&'static str, (usize, BTreeSet<&'static str>)>,
    disabled: BTreeSet<&'static str>,
    /// Users of whom only the names are left.
    gone: BTreeSet<&'static str>,
}

/// The directory.
#[derive(Debug)]
pub(super) struct Truth {
    state: State,
    before: Vec<State>,
    made: usize,
    deleted: BTreeSet<ExternalId>,
    tombstones: bool,
    fault: Option<(Fault, Timestamp)>,
    /// When the fault was first met by a read.
    met: Option<Timestamp>,
    server: usize,
    position: i64,
}

impl Truth {
    pub(super) fn new(_: Timestamp) -> Self {
        let members = |index: usize| USERS.into_iter().skip(index).collect();
        let groups = GROUPS.into_iter().enumerate().map(|(index, key)| (key, (0, members(index)))).collect();
        let state = State { groups, disabled: BTreeSet::new(), gone: BTreeSet::new() };
        Self {
            before: vec![state.clone()],
            state,
            made: 0,
            deleted: BTreeSet::new(),
            tombstones: true,
            fault: None,
            met: None,
            server: 1,
            position: 100,
        }
    }

    pub(super) fn is_deleted(&self, id: ExternalId) -> bool {
        self.deleted.contains(&id)
    }

    pub(super) fn is_member(&self, group: ExternalId, member: ExternalId, policy: &Policy) -> bool {
        self.state.groups.iter().any(|(key, (generation, members))| {
            id_of(key, *generation) == group
                && members.iter().any(|user| user_id(user) == member && self.state.counts(user, policy))
        })
    }

    /// Whether a user may not sign in.
    pub(super) fn is_disabled(&self, id: ExternalId) -> bool {
        self.state.disabled.iter().any(|user| user_id(user) == id)
    }

    /// The members of each group that exists.
    pub(super) fn memberships(&self, policy: &Policy) -> BTreeMap<ExternalId, BTreeSet<ExternalId>> {
        let groups = self.state.groups.iter().map(|(key, (generation, members))| {
            let members = members.iter().filter(|user| self.state.counts(user, policy)).map(|user| user_id(user));
            (id_of(key, *generation), members.collect())
        });
        groups.collect()
    }

    pub(super) fn mend(&mut self) {
        self.fault = None;
        self.tombstones = true;
    }

    /// Whether a group bears the name of somebody who is gone and never had an account: it may mean anybody whose entry
    /// is not shown.
    pub(super) fn names_a_stranger(&self, group: ExternalId, linked: &BTreeSet<ExternalId>) -> bool {
        self.state.groups.iter().any(|(key, (generation, members))| {
            let mut strangers = members.intersection(&self.state.gone).filter(|user| !linked.contains(&user_id(user)));
            id_of(key, *generation) == group && strangers.next().is_some()
        })
    }

    pub(super) fn change(&mut self, change: TruthChange, found: &Found, now: Timestamp) {
        let state = &mut self.state;
        match change {
            TruthChange::Join(group, user) => {
                state.groups.get_mut(group).map(|(_, members)| members.insert(user));
            }
            TruthChange::Leave(group, user) => {
                state.groups.get_mut(group).map(|(_, members)| members.remove(user));
            }
            TruthChange::DeleteGroup(group) => {
                if let Some((generation, _)) = state.groups.remove(group) {
                    self.deleted.insert(id_of(group, generation));
                }
            }
            TruthChange::MakeGroup(group) => {
                self.made += 1;
                state.groups.entry(group).or_insert_with(|| (self.made, BTreeSet::from(["u0"])));
            }
            TruthChange::DisableUser(user) => drop(state.disabled.insert(user)),
            TruthChange::DeleteUser(user) => drop(state.gone.insert(user)),
            TruthChange::ShowTombstones(shown) => self.tombstones = shown,
            TruthChange::Fault(fault) => self.begin(fault, found, now),
            TruthChange::Mend => self.fault = None,
        }
        if *self.state_before() != self.state {
            self.before.push(self.state.clone());
            // A server that was restored and took as many changes since as it lost looks as if it never was.
            let stands_still = matches!(self.fault, Some((Fault::Restored, _)));
            self.position += i64::from(!stands_still);
        }
    }

    fn state_before(&self) -> &State {
        self.before.last().unwrap()
    }

    /// A fault that only time tells from the truth does not begin again before a read has shown that it ended: no proof
    /// covers two that look like one.
    fn begin(&mut self, fault: Fault, found: &Found, now: Timestamp) {
        let links = || found.groups.iter().filter_map(|group| group.link.as_ref());
        let mut people = found.accounts.iter().filter_map(|account| account.link.as_ref());
        let looks_like_one = match fault {
            Fault::GroupHidden(_) => links().any(|link| link.missing_since.is_some()),
            Fault::UserNowhere(_) => people.any(|link| link.missing_since.is_some()),
            Fault::MembersHidden { askable: false, .. } => links().any(|link| link.empty_since.is_some()),
            // What happened since the last position was recorded may be lost without a trace.
            Fault::Restored => !self.is_recorded(found),
            // The first server ever is the only word that there is.
            Fault::LateReplica => found.directories.is_empty(),
            _ => false,
        };
        if self.fault.is_some() || looks_like_one {
            return;
        }
        match fault {
            Fault::LateReplica => self.server += 1,
            Fault::Restored => self.position -= 2,
            _ => {}
        }
        (self.fault, self.met) = (Some((fault, now)), None);
    }

    fn is_recorded(&self, found: &Found) -> bool {
        let identity = format!("dc{}", self.server);
        let servers = found.directories.iter().flat_map(|directory_id| &directory_id.servers);
        servers.filter(|server| server.identity == identity).any(|server| server.position == Some(self.position))
    }

    /// What a run reads, look-ups included; `None`: it fails.
    pub(super) fn read(&mut self, found: &Found, policy: &Policy, now: Timestamp) -> Option<Snapshot> {
        let since = *self.met.get_or_insert(now);
        let over = now.duration_since(since) >= WHILE;
        let passes = |fault: Fault| {
            matches!(
                fault,
                Fault::GroupHidden(_)
                    | Fault::UserNowhere(_)
                    | Fault::MembersHidden { askable: false, .. }
                    | Fault::LateReplica
                    | Fault::Restored
            )
        };
        if self.fault.is_some_and(|(fault, _)| passes(fault)) && over {
            self.fault = None;
        }
        let fault = self.fault.map(|(fault, _)| fault);
        if fault == Some(Fault::Broken) {
            return None;
        }
        let stale = matches!(fault, Some(Fault::LateReplica | Fault::Restored));
        let shown = if stale { self.before[self.before.len().saturating_sub(3)].clone() } else { self.state.clone() };
        let scenario = self.scenario(&shown, policy, fault);
        let mut snapshot = scenario.snapshot();
        let unseen = look_ups(&snapshot, found, &scenario.policy);
        for id in unseen.groups {
            snapshot.located_groups.insert(id, self.sight(id, &shown, fault));
        }
        for id in unseen.members {
            let unreadable = matches!(fault, Some(Fault::UserHidden(hidden)) if user_id(hidden) == id);
            let sighting = if unreadable { MemberSighting::Unreadable } else { MemberSighting::Nowhere };
            snapshot.located_members.insert(id, sighting);
        }
        for id in unseen.emptied {
            snapshot.other_sides.insert(id, other_side(id, &shown, fault));
        }
        Some(snapshot)
    }

    fn scenario(&self, shown: &State, policy: &Policy, fault: Option<Fault>) -> Scenario {
        let mut scenario = given([], []).at_position(self.position);
        scenario.policy = policy.clone();
        scenario.users = USERS
            .into_iter()
            .filter(|key| shown.shows(key, fault))
            .map(|key| if shown.disabled.contains(key) { user(key).disabled() } else { user(key) })
            .collect();
        // The account that reads sees itself, whatever else it may see.
        scenario.users.push(user("reader"));
        for (key, (generation, members)) in &shown.groups {
            if is_hidden(key, fault) || matches!(fault, Some(Fault::GroupUnreadable(hidden)) if hidden == *key) {
                continue;
            }
            scenario.groups.push(entry(key, *generation, members, shown, fault));
        }
        scenario.server = format!("dc{}", self.server);
        scenario
    }

    /// What a look-up across the whole directory finds of a group that the read did not show.
    fn sight(&self, id: ExternalId, shown: &State, fault: Option<Fault>) -> GroupSighting {
        let there = shown.groups.iter().find(|(key, (generation, _))| id_of(key, *generation) == id);
        match (there, fault) {
            (Some((key, _)), Some(Fault::GroupUnreadable(hidden))) if *key == hidden => GroupSighting::Unreadable,
            // A server that has not heard of the deletion shows no tombstone, and the group is there.
            (None, _) if self.deleted.contains(&id) && self.tombstones => GroupSighting::Deleted,
            (Some(_) | None, _) => GroupSighting::Nowhere,
        }
    }
}

impl State {
    /// Whether a user who is named by a group is a member of it.
    fn counts(&self, user: &str, policy: &Policy) -> bool {
        let excluded = policy.disabled_accounts == DisabledAccounts::Exclude && self.disabled.contains(user);
        !excluded && !self.gone.contains(user)
    }

    /// Whether a read shows the entry of a user.
    fn shows(&self, user: &str, fault: Option<Fault>) -> bool {
        let hidden = match fault {
            Some(Fault::UserHidden(hidden) | Fault::UserNowhere(hidden)) => hidden == user,
            Some(Fault::PeopleHidden) => true,
            _ => false,
        };
        !hidden && !self.gone.contains(user)
    }
}

fn is_hidden(key: &str, fault: Option<Fault>) -> bool {
    match fault {
        Some(Fault::GroupHidden(hidden)) => hidden == key,
        Some(Fault::FirstHalfHidden) => parent(key) == "first",
        Some(Fault::EverythingHidden) => true,
        _ => false,
    }
}

fn parent(key: &str) -> &'static str {
    if key < "g2" { "first" } else { "second" }
}

fn entry(
    key: &'static str,
    generation: usize,
    members: &BTreeSet<&'static str>,
    shown: &State,
    fault: Option<Fault>,
) -> SourceGroup {
    let mut entry = group(name_of(key, generation)).named(key).below(parent(key));
    if members.is_empty() || matches!(fault, Some(Fault::MembersHidden { group, .. }) if group == key) {
        return entry.silent();
    }
    for member in members {
        match fault {
            _ if shown.shows(member, fault) => entry.members.push(member),
            Some(Fault::UserHidden(hidden)) if hidden == *member => entry = entry.with_id_of(member),
            _ => entry = entry.with_name_of(member),
        }
    }
    entry
}

fn other_side(id: ExternalId, shown: &State, fault: Option<Fault>) -> OtherSide {
    if matches!(fault, Some(Fault::MembersHidden { askable: false, .. })) {
        return OtherSide::Silent;
    }
    let claimed =
        shown.groups.iter().any(|(key, (generation, members))| id_of(key, *generation) == id && !members.is_empty());
    if claimed { OtherSide::Claimed } else { OtherSide::Unclaimed }
}

/// A group that is made anew under an old name is another one.
fn name_of(key: &'static str, generation: usize) -> &'static str {
    if generation == 0 { key } else { Box::leak(format!("{key}.{generation}").into_boxed_str()) }
}

fn id_of(key: &'static str, generation: usize) -> ExternalId {
    group_id(name_of(key, generation))
}
