//! Rule `plan-order`: the ordered, deterministic list of changes that brings the store in sync.

pub mod written;

use super::claim::ClaimedDirectory;
use super::found::{AccountRef, GroupRef};
use super::identity::{DirectoryId, ExternalId};
use super::known::KnownDirectory;
use super::link::{AccountLink, GroupLink};
use super::role::Role;
use super::snapshot::Attributes;

/// What happens to one attribute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Edit {
    /// It stays as it is.
    #[default]
    Keep,
    /// It becomes absent.
    Clear,
    /// It becomes this.
    Set(Box<str>),
}

/// What happens to an account's attributes. A username is never cleared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttributeEdits {
    /// What the person signs in with.
    pub username: Edit,
    /// The e-mail address.
    pub email: Edit,
    /// The given name.
    pub first_name: Edit,
    /// The family name.
    pub last_name: Edit,
    /// The name as the person wants it shown.
    pub display_name: Edit,
    /// The telephone number.
    pub phone: Edit,
}

/// One change of the store. The order of variants is the order of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "fields are what their types and names say")]
pub enum Change {
    /// Deletes a group whose name must come free, with its memberships and its link.
    /// Other deletions come last; a store treats both alike.
    DeleteGroup { group: GroupRef },
    /// Parks a group under a name that nothing else has, so that names can be swapped.
    ParkGroup { group: GroupRef, name: Box<str> },
    /// Sets name, description or both.
    SetGroup { group: GroupRef, name: Edit, description: Edit },
    /// Creates a group and its link. New groups are numbered in the order of these changes.
    /// Its roles are those that the link names.
    CreateGroup { group: GroupRef, name: Box<str>, description: Option<Box<str>>, link: GroupLink },
    /// Writes the link of a group that exists, new or changed.
    LinkGroup { group: GroupRef, link: GroupLink },
    /// Parks an account without an e-mail address and under a username that no other account has, so that names can be
    /// swapped. `None`: its username stays, because the server cannot change it.
    ParkAccount { account: AccountRef, username: Option<Box<str>> },
    /// Sets attributes.
    SetAccount { account: AccountRef, edits: AttributeEdits },
    /// Creates an account and its link. New accounts are numbered in the order of these changes.
    CreateAccount { account: AccountRef, attributes: Attributes, active: bool, link: AccountLink },
    /// Writes the link of an account that exists, new or changed.
    LinkAccount { account: AccountRef, link: AccountLink },
    /// Lets an account sign in again.
    ActivateAccount { account: AccountRef },
    /// Removes members of one group.
    RemoveMembers { group: GroupRef, accounts: Vec<AccountRef> },
    /// Adds members to one group.
    AddMembers { group: GroupRef, accounts: Vec<AccountRef> },
    /// Gives roles to a group that exists, takes others from it, and writes the link that remembers what was given.
    SetRoles { group: GroupRef, give: Vec<Role>, take: Vec<Role>, link: GroupLink },
    /// Stops an account from signing in.
    DeactivateAccount { account: AccountRef },
    /// Deletes an account with its memberships and its link.
    DeleteAccount { account: AccountRef },
    /// Removes all members of a group that the server keeps, and writes the link that releases it.
    EmptyGroup { group: GroupRef, accounts: Vec<AccountRef>, link: GroupLink },
}

/// An ordered list of changes. Rule `no-change-no-write`: if it is empty, the store is in sync and a run writes
/// nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// In the order in which they are to be applied.
    pub changes: Vec<Change>,
    /// What the store is to remember of the directory from now on, in no count: a directory that is new to it keeps
    /// this time, and the servers that are named (at most one) replace what is known of them.
    pub remember: Option<KnownDirectory>,
    /// The claims on the directory's id that the store is to remember from now on, in place of those that it has.
    pub claim: Option<ClaimedDirectory>,
    /// The links whose object is gone or may be another one, ascending, in no count. A store
    /// that holds its links itself has none: they are deleted with their objects.
    pub forget: Vec<(DirectoryId, ExternalId)>,
}

impl Plan {
    /// Whether there is nothing to write.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.changes.is_empty() && !self.remembers() && self.forget.is_empty()
    }

    /// Whether the store is to remember something of the directory.
    #[must_use]
    pub const fn remembers(&self) -> bool {
        self.remember.is_some() || self.claim.is_some()
    }

    /// Adds changes, each behind the others of its phase.
    pub(crate) fn insert(&mut self, changes: impl IntoIterator<Item = Change>) {
        // Deletions that free names stay first.
        let first = self.changes.iter().take_while(|change| matches!(change, Change::DeleteGroup { .. })).count();
        self.changes.extend(changes);
        self.changes[first..].sort_by_key(Change::phase);
    }
}

impl Change {
    /// Rule `plan-order`: where it stands in a plan: groups → accounts → memberships, removals before additions →
    /// roles → deactivations → deletions. Within a phase the order is the caller's.
    const fn phase(&self) -> u8 {
        match self {
            Self::ParkGroup { .. } | Self::SetGroup { .. } => 0,
            Self::CreateGroup { .. } => 1,
            Self::LinkGroup { .. } => 2,
            Self::ParkAccount { .. } | Self::SetAccount { .. } => 3,
            Self::CreateAccount { .. } => 4,
            Self::LinkAccount { .. } => 5,
            Self::ActivateAccount { .. } => 6,
            Self::RemoveMembers { .. } => 7,
            Self::AddMembers { .. } => 8,
            Self::SetRoles { .. } => 9,
            Self::DeactivateAccount { .. } => 10,
            Self::DeleteAccount { .. } => 11,
            Self::DeleteGroup { .. } | Self::EmptyGroup { .. } => 12,
        }
    }
}

impl From<Vec<Change>> for Plan {
    /// Changes of the store, and nothing to remember or forget.
    fn from(changes: Vec<Change>) -> Self {
        Self { changes, ..Self::default() }
    }
}

/// What a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A group itself: none of its changes is kept, memberships included.
    Group(GroupRef),
    /// An account itself: none of its changes is kept, memberships included.
    Account(AccountRef),
    /// Some or all of a group's memberships.
    Members(GroupRef),
}
