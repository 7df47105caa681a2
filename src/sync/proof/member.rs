//! Section 5, rules 5 and 6: a member value that is there is not a leaver, and a group that shows nobody may hide them.

use std::collections::{BTreeSet, HashMap};

use crate::sync::identity::ExternalId;
use crate::sync::index::Index;
use crate::sync::snapshot::{Absence, DirectoryGroup, DnHash, MemberSighting, Snapshot, UnreadMember, UserIndex};

/// What one group's member values say of people whose entries were not read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Doubt {
    /// Users that a look-up read after all: members.
    pub(crate) members: Vec<UserIndex>,
    /// The ids of users whose entries cannot be read: their memberships stay.
    pub(crate) hidden: BTreeSet<ExternalId>,
    /// Values that fit neither an entry nor a link and carry no id: any leaver may be one of them.
    pub(crate) strangers: bool,
    /// How many values could not be resolved.
    pub(crate) unresolved: u32,
    /// One of them, as the directory writes it.
    pub(crate) example: Option<Box<str>>,
    /// Readable users outside the users' base or filter.
    pub(crate) out_of_scope: u32,
}

/// Weighs a group's unread values with what was located.
pub(crate) fn doubt(
    group: &DirectoryGroup,
    snapshot: &Snapshot,
    index: &Index,
    by_place: &HashMap<DnHash, ExternalId>,
) -> Doubt {
    let mut doubt = Doubt { out_of_scope: group.out_of_scope, ..Doubt::default() };
    for value in &group.unread {
        let id = named(value, by_place);
        match id.and_then(|id| snapshot.located_members.get(&id)) {
            Some(MemberSighting::User(user)) => doubt.members.push(*user),
            Some(MemberSighting::NotAUser | MemberSighting::Deleted) => {}
            Some(MemberSighting::OutOfScope) => doubt.out_of_scope += 1,
            // Whom a file names without an entry does not exist.
            None if snapshot.absence == Absence::Proven => {}
            Some(MemberSighting::Unreadable | MemberSighting::Nowhere) | None => doubt.unresolved(value, id, index),
        }
    }
    doubt
}

impl Doubt {
    fn unresolved(&mut self, value: &UnreadMember, id: Option<ExternalId>, index: &Index) {
        match id {
            Some(id) if index.account(id).is_some() => {
                self.hidden.insert(id);
            }
            Some(_) => {}
            None => self.strangers = true,
        }
        self.unresolved += 1;
        if self.example.as_ref().is_none_or(|example| value.label < *example) {
            self.example = Some(value.label.clone());
        }
    }
}

/// Whether an account that the group holds and the directory does not name has left; `id` is the user that it stands for.
pub(crate) fn has_left(id: Option<ExternalId>, doubt: &Doubt, index: &Index) -> bool {
    if id.is_some_and(|id| doubt.hidden.contains(&id)) {
        return false;
    }
    !doubt.strangers || id.is_some_and(|id| index.user(id).is_some())
}

/// Whether a group shows no member value at all although the store's group holds linked accounts: silence that may be an
/// access rule on `member`. In a file silence is truth.
pub(crate) fn hides_members(group: &DirectoryGroup, snapshot: &Snapshot, holds_linked: bool) -> bool {
    !group.shows_members && holds_linked && snapshot.absence == Absence::Unproven
}

/// The ids that must be looked up before anything is said of the groups' unread values: the id in the value, or that of
/// the link whose name the value is.
pub(crate) fn unread<'a>(
    groups: impl Iterator<Item = &'a DirectoryGroup>,
    by_place: &HashMap<DnHash, ExternalId>,
) -> BTreeSet<ExternalId> {
    groups.flat_map(|group| &group.unread).filter_map(|value| named(value, by_place)).collect()
}

fn named(value: &UnreadMember, by_place: &HashMap<DnHash, ExternalId>) -> Option<ExternalId> {
    value.id.or_else(|| by_place.get(&value.dn?).copied())
}
