//! What is so in the directory, and what happens to it.

mod read;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::sync::found::Found;
use crate::sync::identity::{ExternalId, IdKind};
use crate::sync::policy::{DisabledAccounts, Policy};
use crate::sync::scenario::{group_id, user_id};

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
    /// Its name stays in its groups, because the server does not update references.
    DeleteUser(&'static str),
    /// Whether a group has a member value that never named anybody: it may not be empty.
    Placeholder(&'static str, bool),
    /// Whether a user is outside the users' base.
    MoveUser(&'static str, bool),
    /// Whether a group is where its filter does not look.
    MoveGroup(&'static str, bool),
    /// Gives a group or a user another name, or the first one again.
    Rename(&'static str),
    /// Every entry shows an id of another kind first, from now on.
    GiveIds,
    /// Whether a read shows all users, or only those that a group names.
    Scan(bool),
    /// Whether the account that reads may see deleted objects.
    ShowTombstones(bool),
    Fault(Fault),
    Recover,
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
    /// One user, whose bare name is a value of its groups, is found nowhere, for a while.
    UserNowhere(&'static str),
    /// All users, whose bare names are values of their groups, are found nowhere, for good.
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
    /// The generation of each group that exists, and its members: a group that is created again has another id.
    groups: BTreeMap<&'static str, (usize, BTreeSet<&'static str>)>,
    disabled: BTreeSet<&'static str>,
    /// Users of whom only the names are left.
    gone: BTreeSet<&'static str>,
    placeholders: BTreeSet<&'static str>,
    outside: BTreeSet<&'static str>,
    moved: BTreeSet<&'static str>,
    renamed: BTreeSet<&'static str>,
    has_new_ids: bool,
}

/// The directory.
#[derive(Debug)]
pub(super) struct Truth {
    state: State,
    before: Vec<State>,
    made: usize,
    deleted: BTreeSet<ExternalId>,
    tombstones: bool,
    scans: bool,
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
        let state = State {
            groups,
            disabled: BTreeSet::new(),
            gone: BTreeSet::new(),
            placeholders: BTreeSet::new(),
            outside: BTreeSet::new(),
            moved: BTreeSet::new(),
            renamed: BTreeSet::new(),
            has_new_ids: false,
        };
        Self {
            before: vec![state.clone()],
            state,
            made: 0,
            deleted: BTreeSet::new(),
            tombstones: true,
            scans: false,
            fault: None,
            met: None,
            server: 1,
            position: 100,
        }
    }

    pub(super) fn is_deleted(&self, id: ExternalId) -> bool {
        self.deleted.contains(&first_id(id))
    }

    /// Whether a group is where its filter does not look.
    pub(super) fn is_moved(&self, group: ExternalId) -> bool {
        self.state.moved.iter().any(|key| {
            self.state.groups.get(key).is_some_and(|(generation, _)| id_of(key, *generation) == first_id(group))
        })
    }

    pub(super) fn is_member(&self, group: ExternalId, member: ExternalId, policy: &Policy) -> bool {
        self.state.groups.iter().any(|(key, (generation, members))| {
            id_of(key, *generation) == first_id(group)
                && members.iter().any(|user| user_id(user) == first_id(member) && self.state.counts(user, policy))
        })
    }

    /// Whether a user may not sign in.
    pub(super) fn is_disabled(&self, id: ExternalId) -> bool {
        self.state.disabled.iter().any(|user| user_id(user) == first_id(id))
    }

    /// The members of each group that exists.
    pub(super) fn memberships(&self, policy: &Policy) -> BTreeMap<ExternalId, BTreeSet<ExternalId>> {
        let groups = self.state.groups.iter().map(|(key, (generation, members))| {
            let members = members.iter().filter(|user| self.state.counts(user, policy)).map(|user| user_id(user));
            (id_of(key, *generation), members.collect())
        });
        groups.collect()
    }

    pub(super) fn recover(&mut self) {
        self.fault = None;
        self.tombstones = true;
        self.state.moved.clear();
    }

    /// Whether nothing can show that a user is gone, because no other user with an account is shown.
    pub(super) fn is_without_witness(&self, user: ExternalId, linked: &BTreeSet<ExternalId>) -> bool {
        let is_named = |user: &str| self.state.groups.values().any(|(_, members)| members.contains(user));
        let shows = |other: &&&str| {
            self.state.shows(other, None) && (self.scans || is_named(other)) && linked.contains(&user_id(other))
        };
        self.state.gone.iter().any(|gone| user_id(gone) == user) && USERS.iter().filter(shows).count() == 0
    }

    /// The name of each group and the username of each user that exists.
    pub(super) fn names(&self) -> BTreeMap<ExternalId, String> {
        let groups =
            self.state.groups.iter().map(|(key, (generation, _))| (id_of(key, *generation), self.state.name(key)));
        let users = USERS.into_iter().filter(|user| self.state.shows(user, None));
        groups.chain(users.map(|user| (user_id(user), self.state.name(user)))).collect()
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
            TruthChange::Placeholder(group, true) => drop(state.placeholders.insert(group)),
            TruthChange::Placeholder(group, false) => drop(state.placeholders.remove(group)),
            TruthChange::MoveUser(user, true) => drop(state.outside.insert(user)),
            TruthChange::MoveUser(user, false) => drop(state.outside.remove(user)),
            TruthChange::MoveGroup(group, true) => drop(state.moved.insert(group)),
            TruthChange::MoveGroup(group, false) => drop(state.moved.remove(group)),
            TruthChange::Rename(key) => {
                if !state.renamed.remove(key) {
                    state.renamed.insert(key);
                }
            }
            TruthChange::GiveIds => state.has_new_ids = true,
            TruthChange::Scan(scans) => self.scans = scans,
            TruthChange::ShowTombstones(shown) => self.tombstones = shown,
            TruthChange::Fault(fault) => self.begin(fault, found, now),
            TruthChange::Recover => self.fault = None,
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
}

impl State {
    /// Whether a user who is named by a group is a member of it.
    fn counts(&self, user: &str, policy: &Policy) -> bool {
        let excluded = policy.disabled_accounts == DisabledAccounts::Exclude && self.disabled.contains(user);
        !excluded && !self.gone.contains(user) && !self.outside.contains(user)
    }

    fn name(&self, key: &str) -> String {
        if self.renamed.contains(key) { format!("{key} again") } else { key.to_owned() }
    }
}

/// Whatever kind of id an entry is known by, both have the same octets here.
pub(super) fn first_id(id: ExternalId) -> ExternalId {
    ExternalId::new(IdKind::EntryUuid, id.octets())
}

fn parent(key: &str) -> &'static str {
    if key < "g2" { "first" } else { "second" }
}

/// A group that is created again under an old name is another one.
fn name_of(key: &'static str, generation: usize) -> &'static str {
    if generation == 0 { key } else { Box::leak(format!("{key}.{generation}").into_boxed_str()) }
}

fn id_of(key: &'static str, generation: usize) -> ExternalId {
    group_id(name_of(key, generation))
}
