//! The rounds of a read: a round asks for what the member values that are new name, until nothing new comes.

use super::{Assembly, NewMemberValues, parse_dn};
use crate::directory::Error;
use crate::directory::entry::Entry;
use crate::directory::schema::PrimaryGroupId;
use crate::sync::snapshot::UnresolvedValue;

/// How deep groups may be nested: each level is a round of searches. The deepest nesting that was reported is a tenth
/// of it.
pub const MOST_LEVELS: usize = 100;

/// The error of a read with more levels.
#[must_use]
pub fn too_deep() -> Error {
    Error::incomplete(
        "reading the member groups",
        format!("groups are nested more than {MOST_LEVELS} levels deep; remove groups from one another"),
    )
}

impl Assembly {
    /// Whether a user entry was added, or set aside, with this identity.
    #[must_use]
    pub fn has_user(&self, entry: &Entry) -> bool {
        let is_broken = || self.broken.iter().any(|broken| *broken.label == *entry.dn);
        self.id(entry).is_some_and(|id| self.index.user(id).is_some()) || is_broken()
    }

    /// Whether the members of member groups count.
    #[must_use]
    pub const fn is_nested(&self) -> bool {
        self.selection.is_nested()
    }

    /// Whether any user was added.
    #[must_use]
    pub fn has_users(&self) -> bool {
        self.index.has_users()
    }

    /// How many groups were added with their members.
    #[must_use]
    pub fn group_count(&self) -> usize {
        self.groups.count()
    }

    /// Whether every user in scope was added, so that none needs to be asked for.
    #[must_use]
    pub const fn has_every_user(&self) -> bool {
        self.has_every_user
    }

    /// Notes that every user in scope was added.
    pub const fn note_every_user(&mut self) {
        self.has_every_user = true;
    }

    /// The member values that came since the last call. What they name needs to be asked for once only.
    pub fn take_new_values(&mut self) -> NewMemberValues {
        self.index.rows.take_new()
    }

    /// The groups that came since the last call and can be the primary group of users.
    pub fn take_new_primary_groups(&mut self) -> Vec<PrimaryGroupId> {
        self.primary_groups.take_new()
    }

    /// Whether any user that was added shows its primary group.
    #[must_use]
    pub fn shows_primary_groups(&self) -> bool {
        self.primary_groups.shows_some()
    }

    /// Notes that users have primary groups and that none of them shows it.
    pub const fn note_hidden_primary_groups(&mut self) {
        self.primary_groups.note_hidden();
    }

    /// The member values among these of which nothing is known so far.
    pub fn unresolved(&self, new: &NewMemberValues) -> impl Iterator<Item = &UnresolvedValue> {
        self.index.rows.unresolved(new)
    }

    /// Whether a member value of which nothing is known so far names this entry.
    #[must_use]
    pub fn awaits(&self, entry: &Entry) -> bool {
        self.id(entry).zip(parse_dn(entry).ok()).is_some_and(|(id, dn)| self.index.awaits(id, &dn))
    }
}
