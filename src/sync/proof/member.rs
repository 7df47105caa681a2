//! Section 5, rules 5 and 6: a member value that is there is not a leaver, and a group that shows nobody may hide them.

use std::collections::{BTreeSet, HashMap};

use crate::sync::found::{Account, AccountRef};
use crate::sync::identity::ExternalId;
use crate::sync::index::Index;
use crate::sync::snapshot::{Absence, DirectoryGroup, DnHash, MemberSighting, Snapshot, UserIndex};

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
        let linked = match value.id {
            Some(id) => index.account(id).map(|_| id),
            None => value.dn.and_then(&linked_at),
        };
        match linked.or(value.id).and_then(|id| snapshot.located_members.get(&id)) {
            Some(MemberSighting::User(user)) => {
                doubt.members.push(*user);
                continue;
            }
            Some(MemberSighting::NotAUser | MemberSighting::Deleted) => continue,
            Some(MemberSighting::OutOfScope) => {
                doubt.out_of_scope += 1;
                continue;
            }
            Some(MemberSighting::Unreadable | MemberSighting::Nowhere) | None => {}
        }
        match linked {
            Some(id) => {
                doubt.hidden.insert(id);
            }
            None => doubt.strangers |= value.id.is_none(),
        }
        doubt.unresolved += 1;
        doubt.example.get_or_insert_with(|| value.label.clone());
    }
    doubt
}

/// Whether an account that the group holds and the directory does not name has left. `read` tells whether its user's
/// own entry was read.
pub(crate) fn has_left(account: &Account, doubt: &Doubt, read: impl Fn(ExternalId) -> bool) -> bool {
    let id = account.link.as_ref().map(|link| link.id);
    if id.is_some_and(|id| doubt.hidden.contains(&id)) {
        return false;
    }
    !doubt.strangers || id.is_some_and(read)
}

/// Whether a group shows no member value at all although the store's group holds linked accounts: silence that may be an
/// access rule on `member`. In a file silence is truth.
pub(crate) fn hides_members(group: &DirectoryGroup, snapshot: &Snapshot, holds_linked: bool) -> bool {
    !group.shows_members && holds_linked && snapshot.absence == Absence::Unproven
}

/// The ids that must be looked up before anything is said of the groups' unread values: those that fit a link.
pub(crate) fn unread<'a>(
    groups: impl Iterator<Item = &'a DirectoryGroup>,
    index: &Index,
    by_place: &HashMap<DnHash, AccountRef>,
    id_of: impl Fn(AccountRef) -> Option<ExternalId>,
) -> BTreeSet<ExternalId> {
    groups
        .flat_map(|group| &group.unread)
        .filter_map(|value| match value.id {
            Some(id) => index.account(id).map(|_| id),
            None => value.dn.and_then(|dn| by_place.get(&dn)).and_then(|account| id_of(*account)),
        })
        .collect()
}
