//! A group of the directory and its member values.

use super::place::{DnHash, Place};
use super::user::UserIndex;
use crate::sync::identity::ExternalId;
use crate::sync::values::Values;

/// An index into the selectors of the query, in the order of `spec.groups`.
pub type SelectorIndex = u16;

/// A member value whose entry was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnresolvedValue {
    /// The external id, where the value carries one (Active Directory's extended DN).
    pub id: Option<ExternalId>,
    /// The hash of the name, where the value is one (`memberUid` is not).
    pub dn: Option<DnHash>,
    /// The value as messages show it.
    pub label: Box<str>,
    /// Several entries have that name, so it means one of them and nothing shows which.
    pub is_ambiguous: bool,
}

impl UnresolvedValue {
    /// A value that names one entry at most.
    #[must_use]
    pub const fn new(id: Option<ExternalId>, dn: Option<DnHash>, label: Box<str>) -> Self {
        Self { id, dn, label, is_ambiguous: false }
    }
}

/// A user that has a member value among several `uid` values. Such a value adds only the user whose username it is; it
/// keeps every user who has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OtherUid {
    /// The user.
    pub user: UserIndex,
    /// The value, as the group writes it.
    pub uid: Box<str>,
    /// Whether it is the username of another user, whom the value adds.
    pub is_taken: bool,
}

/// Why the members that a group shows are not all that it has. No member is removed from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concealed {
    /// It is a dynamic group, whose members this server does not show.
    Dynamic,
    /// It is the primary group of users, and nothing shows of which ones.
    Primary,
}

/// A group entry that the query selects, or that was located by its external id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryGroup {
    /// Its identity.
    pub id: ExternalId,
    /// Where it stood.
    pub place: Place,
    /// Further ids that it shows, in the order of [`crate::sync::identity::IdKind::ALL`].
    pub other_ids: Box<[ExternalId]>,
    /// Its distinguished name, for people.
    pub label: Box<str>,
    /// The values of the name attribute.
    pub name: Values,
    /// The values of the description attribute.
    pub description: Values,
    /// The selectors that select it, ascending. Empty for a located group that no selector selects now.
    pub selectors: Vec<SelectorIndex>,
    /// Whether a selector of `exclude` names it.
    pub excluded: bool,
    /// Whether it is outside the groups' base, where nothing is selected. Only a group that was looked up can be.
    pub is_outside: bool,
    /// The members that were read and are users, ascending, each once.
    pub members: Vec<UserIndex>,
    /// Users that a `memberUid` names by a `uid` that is not their username.
    pub by_other_uid: Vec<OtherUid>,
    /// The member values whose entries were not read.
    pub unresolved: Vec<UnresolvedValue>,
    /// Members that are readable users outside the users' base or filter.
    pub out_of_scope: u32,
    /// Whether its entry shows any member value, of whatever kind. Users that have it as primary group are members
    /// without one.
    pub shows_members: bool,
    /// Why there may be more members than it shows.
    pub concealed: Option<Concealed>,
    /// The members that are groups, ascending, each once. Empty unless nested groups were asked for.
    pub subgroups: Vec<ExternalId>,
    /// A group below this one, at any depth, that cannot be read or hides its members, for people: its members may
    /// be members here. Only [`crate::sync::wanted::nesting::flatten`] sets it.
    pub hidden_subgroup: Option<Box<str>>,
}

impl DirectoryGroup {
    /// Whether it shows no member at all, of whatever kind.
    #[must_use]
    pub fn shows_no_members(&self) -> bool {
        !self.shows_members && self.members.is_empty() && self.unresolved.is_empty() && self.by_other_uid.is_empty()
    }
}
