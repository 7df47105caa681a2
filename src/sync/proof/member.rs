//! Section 5, rules 5 and 6: a member value that is there is not a leaver, and a group that shows nobody may hide them.

use std::collections::BTreeSet;

use crate::sync::found::Account;
use crate::sync::identity::{ExternalId, Realm};
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
    linked_at: impl Fn(DnHash) -> Option<ExternalId>,
) -> Doubt {
    let mut doubt = Doubt { out_of_scope: group.out_of_scope, ..Doubt::default() };
    for value in &group.unread {
        let id = value.id.or_else(|| value.dn.and_then(&linked_at));
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

/// Whether an account that the group holds and the directory does not name has left.
pub(crate) fn has_left(account: &Account, doubt: &Doubt, realm: Realm, index: &Index) -> bool {
    let id = account.link.as_ref().filter(|link| link.realm == realm).map(|link| link.id);
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
    linked_at: impl Fn(DnHash) -> Option<ExternalId>,
) -> BTreeSet<ExternalId> {
    let unread = groups.flat_map(|group| &group.unread);
    unread.filter_map(|value| value.id.or_else(|| value.dn.and_then(&linked_at))).collect()
}
