//! What a read of the directory shows while something is wrong.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Fault, State, Truth, USERS, WHILE, first_id, id_of, name_of, parent};
use crate::sync::found::Found;
use crate::sync::identity::{ExternalId, IdKind};
use crate::sync::planning::look_up;
use crate::sync::policy::Policy;
use crate::sync::recognition::recognize;
use crate::sync::scenario::{Scenario, SourceGroup, User, given, group, user, user_id};
use crate::sync::snapshot::{GroupSighting, MemberOf, MemberSighting, Names, Snapshot, UserIndex};

impl Truth {
    /// What a run reads, look-ups included; `None`: it fails.
    pub(in super::super) fn read(&mut self, found: &Found, policy: &Policy, now: Timestamp) -> Option<Snapshot> {
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
        if shown.has_new_ids {
            snapshot.users.iter_mut().for_each(|user| give_id(&mut user.id, &mut user.other_ids));
            snapshot.groups.iter_mut().for_each(|group| give_id(&mut group.id, &mut group.other_ids));
        }
        recognize(&mut snapshot, found);
        for _ in 0..2 {
            let unseen = look_up(&snapshot, found, &scenario.policy);
            for id in unseen.groups {
                let sighting = self.sight(id, &shown, fault, &mut snapshot);
                snapshot.located_groups.insert(id, sighting);
            }
            for id in unseen.members {
                locate(id, &shown, fault, &mut snapshot);
            }
            for id in unseen.without_members {
                snapshot.member_of.insert(id, member_of(first_id(id), &shown, fault));
            }
            recognize(&mut snapshot, found);
        }
        Some(snapshot)
    }

    fn scenario(&self, shown: &State, policy: &Policy, fault: Option<Fault>) -> Scenario {
        let mut scenario = given([], []).at_position(self.position);
        scenario.policy = policy.clone();
        let is_named = |user: &str| shown.groups.values().any(|(_, members)| members.contains(user));
        let read = USERS.into_iter().filter(|key| shown.shows(key, fault) && !shown.outside.contains(key));
        scenario.users = read.filter(|key| self.scans || is_named(key)).map(|key| shown.user(key)).collect();
        // The account that reads sees itself, whatever else it may see.
        scenario.users.push(user("reader"));
        for (key, (generation, members)) in &shown.groups {
            let is_unreadable = matches!(fault, Some(Fault::GroupUnreadable(hidden)) if hidden == *key);
            if is_hidden(key, fault) || is_unreadable || shown.moved.contains(key) {
                continue;
            }
            scenario.groups.push(entry(key, *generation, members, shown, fault));
        }
        scenario.server = format!("dc{}", self.server);
        scenario
    }

    /// What a look-up across the whole directory finds of a group that the read did not show.
    fn sight(&self, id: ExternalId, shown: &State, fault: Option<Fault>, snapshot: &mut Snapshot) -> GroupSighting {
        let id = first_id(id);
        let there = shown.groups.iter().find(|(key, (generation, _))| id_of(key, *generation) == id);
        match (there, fault) {
            (Some((key, (generation, members))), fault) if shown.moved.contains(key) && !is_hidden(key, fault) => {
                if matches!(fault, Some(Fault::GroupUnreadable(hidden)) if hidden == *key) {
                    return GroupSighting::Unreadable;
                }
                let mut group = entry(key, *generation, members, shown, fault).by([]);
                let users = std::mem::take(&mut group.members);
                let mut found = group.read(&mut Vec::new());
                found.members = users.iter().map(|user| index_of(user, shown, snapshot)).collect();
                found.members.sort_unstable();
                if shown.has_new_ids {
                    give_id(&mut found.id, &mut found.other_ids);
                }
                GroupSighting::Found(Box::new(found))
            }
            (Some((key, _)), Some(Fault::GroupUnreadable(hidden))) if *key == hidden => GroupSighting::Unreadable,
            // A server that has not heard of the deletion shows no tombstone, and the group is there.
            (None, _) if self.deleted.contains(&id) && self.tombstones => GroupSighting::Deleted,
            (Some(_) | None, _) => GroupSighting::Nowhere,
        }
    }
}

impl State {
    fn user(&self, key: &'static str) -> User {
        let user = user(key).username(&self.name(key));
        if self.disabled.contains(key) { user.disabled() } else { user }
    }

    /// Whether a read shows the entry of a user.
    pub(super) fn shows(&self, user: &str, fault: Option<Fault>) -> bool {
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

fn give_id(id: &mut ExternalId, others: &mut Box<[ExternalId]>) {
    *others = [*id].into();
    *id = ExternalId::new(IdKind::NsUniqueId, id.octets());
}

/// What a look-up by id finds of a user.
fn locate(id: ExternalId, shown: &State, fault: Option<Fault>, snapshot: &mut Snapshot) {
    let Some(key) = USERS.into_iter().find(|key| user_id(key) == first_id(id)) else { return };
    let sighting = match fault {
        Some(Fault::UserHidden(hidden)) if hidden == key => MemberSighting::Unreadable,
        _ if !shown.shows(key, fault) => MemberSighting::Nowhere,
        _ if shown.outside.contains(key) => MemberSighting::OutOfScope,
        _ => MemberSighting::User(index_of(key, shown, snapshot)),
    };
    if let MemberSighting::User(_) | MemberSighting::OutOfScope = sighting {
        let names = Names { dn: user(key).read().place.dn, uids: vec![key.into()] };
        snapshot.located_names.insert(id, names);
    }
    snapshot.located_members.insert(id, sighting);
}

/// The place of a user in a read, who is appended if it was not read before.
fn index_of(key: &'static str, shown: &State, snapshot: &mut Snapshot) -> UserIndex {
    let known = snapshot.users.iter().position(|user| first_id(user.id) == user_id(key));
    let index = known.unwrap_or_else(|| {
        let mut user = shown.user(key).read();
        if shown.has_new_ids {
            give_id(&mut user.id, &mut user.other_ids);
        }
        snapshot.users.push(user);
        snapshot.users.len() - 1
    });
    u32::try_from(index).unwrap()
}

fn entry(
    key: &'static str,
    generation: usize,
    members: &BTreeSet<&'static str>,
    shown: &State,
    fault: Option<Fault>,
) -> SourceGroup {
    let selector = u16::from(key >= "g2");
    let mut entry = group(name_of(key, generation)).named(&shown.name(key)).below(parent(key)).by([selector]);
    let mut outsiders = 0;
    let has_placeholder = shown.placeholders.contains(key);
    if (members.is_empty() && !has_placeholder)
        || matches!(fault, Some(Fault::MembersHidden { group, .. }) if group == key)
    {
        return entry.showing_no_members();
    }
    // The last group has members by `memberUid`, as in RFC 2307.
    let is_posix = key == "g3";
    for member in members {
        match fault {
            _ if shown.shows(member, fault) && shown.outside.contains(member) => outsiders += 1,
            _ if shown.shows(member, fault) => entry.members.push(member),
            Some(Fault::UserHidden(hidden)) if hidden == *member && !is_posix && !shown.has_new_ids => {
                entry = entry.with_id_of(member);
            }
            _ if is_posix => entry = entry.with_unknown_uid(member),
            _ => entry = entry.with_name_of(member),
        }
    }
    entry = entry.with_outsiders(outsiders);
    if has_placeholder {
        entry = if is_posix { entry.with_unknown_uid("nobody") } else { entry.with_name_of("NULL") };
    }
    entry
}

fn member_of(id: ExternalId, shown: &State, fault: Option<Fault>) -> MemberOf {
    if matches!(fault, Some(Fault::MembersHidden { askable: false, .. })) {
        return MemberOf::Unanswerable;
    }
    let claimed =
        shown.groups.iter().any(|(key, (generation, members))| id_of(key, *generation) == id && !members.is_empty());
    if claimed { MemberOf::NamedByUser } else { MemberOf::NamedByNobody }
}
