//! Rule `member-value`: a member value that is there is not a leaver, and leavers are looked up.

use std::collections::BTreeSet;

use super::absence::{Wait, confirmed};
use crate::sync::context::PlanContext;
use crate::sync::fold::fold;
use crate::sync::found::Found;
use crate::sync::identity::ExternalId;
use crate::sync::index::Index;
use crate::sync::link::AccountLink;
use crate::sync::link_names::LinkNames;
use crate::sync::policy::Policy;
use crate::sync::snapshot::{
    Absence, BrokenEntry, DirectoryGroup, DirectoryUser, DnHash, MemberSighting, Names, Snapshot, UnresolvedValue,
    UserIndex,
};

/// What one group's unresolved values say of users whose entries were not read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct UnresolvedMembers {
    /// Users that a look-up read after all, or whose username a value is: members.
    pub(crate) members: Vec<UserIndex>,
    /// The ids of users that are named, and whose entries cannot be read or that have the name beside their username:
    /// their memberships stay.
    pub(crate) named: BTreeSet<ExternalId>,
    /// Those of them that are named by a `uid` which is not their username: how many, and one.
    pub(crate) other_uids: u32,
    /// One of these values, and whose it is.
    pub(crate) other_uid: Option<(Box<str>, String)>,
    /// Values that match no user: a leaver whose entry cannot be read may be one of them.
    pub(crate) unknown: UnknownNames,
    /// A value is the name of several entries: any leaver may be one of them, read or not.
    pub(crate) ambiguous: bool,
    /// A value that matches no link may be a group with any members.
    pub(crate) perhaps_a_group: bool,
    /// How many values are unresolved.
    pub(crate) count: u32,
    /// One of them, as the directory writes it.
    pub(crate) example: Option<Box<str>>,
    /// Readable users outside the users' base or filter.
    pub(crate) out_of_scope: u32,
}

/// Member values that match no user, by the names that their entries would have.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct UnknownNames {
    dns: BTreeSet<DnHash>,
    /// Folded.
    texts: BTreeSet<String>,
}

impl UnknownNames {
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.dns.is_empty() && self.texts.is_empty()
    }

    fn insert(&mut self, value: &UnresolvedValue) {
        match value.dn {
            Some(dn) => drop(self.dns.insert(dn)),
            None => drop(self.texts.insert(fold(&value.label))),
        }
    }

    fn has(&self, names: &Names) -> bool {
        self.dns.contains(&names.dn) || names.uids.iter().any(|uid| self.texts.contains(&**uid))
    }

    /// Whether one is what a linked user was called when it was last seen.
    fn has_former(&self, link: &AccountLink) -> bool {
        self.dns.contains(&link.place.dn) || self.texts.contains(&fold(&link.username))
    }
}

impl UnresolvedMembers {
    /// Rule `member-value`: compares a group's unresolved values with what was located.
    pub(crate) fn new(group: &DirectoryGroup, by_name: &LinkNames, context: &PlanContext<'_>) -> Self {
        let mut unresolved = Self { out_of_scope: group.out_of_scope, ..Self::default() };
        let with_uid = group.by_other_uid.iter().filter_map(|other| {
            let user = context.snapshot.users.get(other.user as usize)?;
            Some((other, user, is_username(&other.uid, user, context)))
        });
        let with_uid: Vec<_> = with_uid.collect();
        let usernames: BTreeSet<String> =
            with_uid.iter().filter(|(.., is_username)| *is_username).map(|(other, ..)| fold(&other.uid)).collect();
        for (other, user, is_username) in with_uid {
            if is_username {
                unresolved.members.push(other.user);
                continue;
            }
            unresolved.named.insert(user.id);
            if !other.is_taken && !usernames.contains(&fold(&other.uid)) {
                unresolved.other_uids += 1;
                unresolved.other_uid.get_or_insert_with(|| (other.uid.clone(), user.label()));
            }
        }
        for value in &group.unresolved {
            if value.is_ambiguous {
                unresolved.ambiguous = true;
                unresolved.list(value);
            } else {
                unresolved.add(value, by_name.id_of(value), context);
            }
        }
        unresolved
    }

    /// A value that may name the user with this id.
    fn add(&mut self, value: &UnresolvedValue, id: Option<ExternalId>, context: &PlanContext<'_>) {
        let snapshot = context.snapshot;
        let sighting = id.and_then(|id| snapshot.located_members.get(&id));
        match (sighting, id) {
            (Some(sighting), Some(id)) if value.id.is_some() || is_called(id, value, context) => match sighting {
                MemberSighting::User(user) => self.members.push(*user),
                MemberSighting::OutOfScope => self.out_of_scope += 1,
                // A directory whose values carry ids removes them with their entries, in its own time.
                MemberSighting::NotAUser | MemberSighting::Deleted | MemberSighting::NotInFile => {}
                MemberSighting::Foreign => self.list(value),
                MemberSighting::Unreadable | MemberSighting::Nowhere => self.keep(value, id, context),
            },
            // The name in the link is the last that was seen of an entry that is there and shows nothing.
            (Some(MemberSighting::Unreadable), Some(id)) => self.keep(value, id, context),
            // The user that had the name is gone.
            (Some(MemberSighting::Deleted | MemberSighting::NotInFile), Some(_)) => self.list(value),
            // The value may name an entry that cannot be read.
            (None | Some(MemberSighting::Nowhere), Some(id)) if is_broken(value, context) => {
                self.keep(value, id, context);
            }
            // A file that has everything has no entry of that name.
            _ if snapshot.absence == Absence::Proven && !may_be_broken(value, context) => self.list(value),
            (_, Some(id)) if value.id.is_some() => self.keep(value, id, context),
            _ => {
                // Another user may have the name of a user who moved by now.
                let is_of_user = id.is_some() && matches!(sighting, Some(MemberSighting::Nowhere) | None);
                self.perhaps_a_group |= value.dn.is_some() && !is_of_user;
                self.unknown.insert(value);
                self.list(value);
            }
        }
    }

    /// A value whose entry cannot be read, of which the id is known: one that is not linked says nothing about others.
    fn keep(&mut self, value: &UnresolvedValue, id: ExternalId, context: &PlanContext<'_>) {
        if is_linked(id, context) {
            self.named.insert(id);
        } else {
            self.perhaps_a_group = true;
        }
        self.list(value);
    }

    fn list(&mut self, value: &UnresolvedValue) {
        self.count += 1;
        if self.example.as_ref().is_none_or(|example| value.label < *example) {
            self.example = Some(value.label.clone());
        }
    }
}

/// Whether a value is the name of an entry that is there and says nothing.
fn is_broken(value: &UnresolvedValue, context: &PlanContext<'_>) -> bool {
    let dn = |broken: &BrokenEntry| broken.place.map(|place| place.dn);
    value.dn.is_some() && context.snapshot.broken.iter().any(|broken| dn(broken) == value.dn)
}

/// Whether it may be: a username may be that of any such entry, and an entry whose name cannot be read may have any.
fn may_be_broken(value: &UnresolvedValue, context: &PlanContext<'_>) -> bool {
    let may_be = |broken: &BrokenEntry| value.dn.is_none() || broken.place.is_none();
    is_broken(value, context) || context.snapshot.broken.iter().any(may_be)
}

/// A `memberUid` adds only the user whose username it is. Which of several `uid` values that is, the store decides
/// where it holds one of them.
fn is_username(uid: &str, user: &DirectoryUser, context: &PlanContext<'_>) -> bool {
    let account = context.index.account(user.id).and_then(|account| context.found.account(account));
    let held = account.and_then(|account| account.attributes.username.as_deref());
    let username = user.attributes.username.kept(held, &context.policy.form.username);
    username.ok().flatten().is_some_and(|username| fold(username) == fold(uid))
}

/// Whether a located entry is called now what a value says.
fn is_called(id: ExternalId, value: &UnresolvedValue, context: &PlanContext<'_>) -> bool {
    context.snapshot.located_names.get(&id).is_some_and(|names| match value.dn {
        Some(dn) => names.dn == dn,
        None => names.uids.iter().any(|uid| **uid == *fold(&value.label)),
    })
}

/// Whether an account is, or was, linked to a user.
fn is_linked(id: ExternalId, context: &PlanContext<'_>) -> bool {
    context.index.account(id).is_some() || context.broken.accounts.by_id(id).is_some()
}

/// What happens to a member of a store group that is the account of no member of the directory group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaver {
    /// Its user left, or is gone.
    Left,
    /// The group names its user.
    Named,
    /// Nothing shows yet that its user left.
    Waits(Wait),
}

/// Rules `leaver` and `member-value`: whether an account left a group. Beside a value that matches no user, a user
/// has left who can be read by the id of their link and is not called what a value says. A user who is found nowhere,
/// or cannot be read, may be the one that the value names. A user who is found nowhere counts as gone after
/// `prune.confirmAfter`, because a bare name may outlive the entry that had it. A value that carries an id may not: the
/// directory that writes it removes it with its entry (MS-ADTS section 3.1.1.1.6).
///
/// `id` is the user that the account is linked to, `link` the link of this directory that says so, if there is one
/// already.
pub(crate) fn leaver(
    id: Option<ExternalId>,
    link: Option<&AccountLink>,
    unresolved: &UnresolvedMembers,
    context: &PlanContext<'_>,
) -> Leaver {
    let snapshot = context.snapshot;
    if id.is_some_and(|id| unresolved.named.contains(&id) || snapshot.ambiguous.contains_key(&id)) {
        return Leaver::Named;
    }
    if unresolved.ambiguous {
        return Leaver::Waits(Wait::LookUp);
    }
    if unresolved.unknown.is_empty() {
        return Leaver::Left;
    }
    let Some(id) = id else { return Leaver::Waits(Wait::LookUp) };
    let read = context.index.user(id).and_then(|user| snapshot.users.get(user as usize));
    let names = snapshot.located_names.get(&id);
    let names = names.cloned().or_else(|| Some(Names { dn: read?.place.dn, uids: Vec::new() }));
    match (snapshot.located_members.get(&id), names) {
        (Some(MemberSighting::Deleted | MemberSighting::NotInFile), _) => Leaver::Left,
        (Some(MemberSighting::Unreadable), _) => Leaver::Waits(Wait::Reading),
        (Some(MemberSighting::Nowhere), _) if snapshot.broken.iter().any(BrokenEntry::may_be_anybody) => {
            Leaver::Waits(Wait::Reading)
        }
        (Some(MemberSighting::Nowhere), _) => {
            let since = link.and_then(|link| link.missing_since);
            let parent = link.map(|link| link.place.parent);
            match confirmed(since, context, |seen| parent.is_some_and(|parent| seen.linked_beside(parent))) {
                Ok(_) => Leaver::Left,
                Err(wait) => Leaver::Waits(wait),
            }
        }
        (_, Some(names)) if unresolved.unknown.has(&names) => Leaver::Named,
        // On a server groups are read before users: a rename in between leaves the old name in the value.
        (_, Some(_)) if !snapshot.is_of_a_file() && link.is_some_and(|link| unresolved.unknown.has_former(link)) => {
            match confirmed(link.and_then(|link| link.missing_since), context, |_| true) {
                Ok(_) => Leaver::Left,
                Err(wait) => Leaver::Waits(wait),
            }
        }
        (_, Some(_)) => Leaver::Left,
        (_, None) => Leaver::Waits(Wait::LookUp),
    }
}

/// Rule `member-value`: the ids that must be looked up before anything is said of the groups' unresolved values. It is
/// the id in the value, or that of the link whose name the value is.
pub(crate) fn named<'a>(groups: impl Iterator<Item = &'a DirectoryGroup>, by_name: &LinkNames) -> BTreeSet<ExternalId> {
    groups.flat_map(|group| &group.unresolved).filter_map(|value| by_name.id_of(value)).collect()
}

/// Rule `member-value`: the users that are members of linked groups and were not read, where a value may name any of
/// them. They are looked up before a value counts as naming one of them.
pub(crate) fn leavers<'a>(
    groups: impl Iterator<Item = &'a DirectoryGroup>,
    found: &Found,
    index: &Index,
    snapshot: &Snapshot,
    policy: &Policy,
) -> BTreeSet<ExternalId> {
    let groups: Vec<&DirectoryGroup> = groups.collect();
    let is_vague = |group: &DirectoryGroup| group.unresolved.iter().any(|value| value.id.is_none());
    // The values of a member group are those of the groups above it.
    let any_below = policy.nested && groups.iter().any(|group| is_vague(group));
    let vague = groups.iter().filter(|group| is_vague(group) || (any_below && !group.subgroups.is_empty()));
    let held = vague.filter_map(|group| found.group(index.group(group.id)?)).flat_map(|group| &group.members);
    let links = held.filter_map(|account| found.account_link(*account));
    let ours = links.filter(|link| link.directory_id == snapshot.directory_id && index.user(link.id).is_none());
    ours.map(|link| link.id).collect()
}
