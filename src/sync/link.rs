//! A link: the external id that an object of the store stands for, and what must be remembered about it.

use std::sync::Arc;

use jiff::Timestamp;

use super::identity::{DirectoryId, ExternalId, Owner};
use super::role::Role;
use super::snapshot::Place;

/// How an object was linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// We created it, so a proven deletion may delete it.
    Created,
    /// It was there before; it is never deleted, only released.
    Adopted,
}

/// The link of a store group. It changes only when one of its states changes, never just because a run took place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupLink {
    /// The directory that the id belongs to.
    pub directory_id: DirectoryId,
    /// The directory group.
    pub id: ExternalId,
    /// The sync that the group belongs to; `None`: released.
    pub owner: Option<Arc<Owner>>,
    /// The key of the selector that selected it, see [`super::policy::Selector::key`].
    pub selector: Box<str>,
    /// What `spec.exclude` said when it was last selected, see [`super::policy::Policy::exclusions`]: tells a release
    /// that the spec asked for from one that it did not.
    pub exclusions: Box<str>,
    /// Created or adopted.
    pub origin: Origin,
    /// The name last written.
    pub name: Box<str>,
    /// Where the entry stood when it was last seen.
    pub place: Place,
    /// Rule `group-roles`: the roles that we gave to the store's group, ascending. All others are a person's.
    pub roles: Vec<Role>,
    /// Since when complete reads find it nowhere.
    pub missing_since: Option<Timestamp>,
    /// Since when it shows no members although the store's group has some.
    pub empty_since: Option<Timestamp>,
}

impl GroupLink {
    /// The link once the group is released: it keeps what it has, and nothing is waited for.
    pub(crate) fn released(&self) -> Self {
        Self { owner: None, missing_since: None, empty_since: None, ..self.clone() }
    }
}

/// The link of a store account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLink {
    /// The directory that the id belongs to.
    pub directory_id: DirectoryId,
    /// The directory user.
    pub id: ExternalId,
    /// The sync that the account's attributes belong to; `None`: released.
    pub owner: Option<Arc<Owner>>,
    /// Created or adopted.
    pub origin: Origin,
    /// The username last written.
    pub username: Box<str>,
    /// The e-mail last written.
    pub email: Option<Box<str>>,
    /// Where the entry stood when it was last seen.
    pub place: Place,
    /// We made it inactive, so we may make it active again.
    pub deactivated_by_us: bool,
    /// Since when no group of the store holds it.
    pub unused_since: Option<Timestamp>,
    /// Since when complete reads find its user nowhere although a group that holds it has the user's name.
    pub missing_since: Option<Timestamp>,
}

/// What the links of groups and of accounts have in common: which objects they tie, and which sync they belong to.
pub trait Link {
    /// The directory that the external id belongs to.
    fn directory_id(&self) -> DirectoryId;

    /// The directory object.
    fn id(&self) -> ExternalId;

    /// The sync that the object belongs to; `None`: released.
    fn owner(&self) -> Option<&Owner>;

    /// Whether the link belongs to this sync.
    fn is_owned_by(&self, owner: &Owner) -> bool {
        self.owner() == Some(owner)
    }
}

impl Link for GroupLink {
    fn directory_id(&self) -> DirectoryId {
        self.directory_id
    }

    fn id(&self) -> ExternalId {
        self.id
    }

    fn owner(&self) -> Option<&Owner> {
        self.owner.as_deref()
    }
}

impl Link for AccountLink {
    fn directory_id(&self) -> DirectoryId {
        self.directory_id
    }

    fn id(&self) -> ExternalId {
        self.id
    }

    fn owner(&self) -> Option<&Owner> {
        self.owner.as_deref()
    }
}
