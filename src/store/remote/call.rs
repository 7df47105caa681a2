//! One call that writes, and what may come of it.

use super::http::RequestFailure;
use crate::store::Error;
use crate::sync::plan::{AttributeEdits, Edit};
use crate::sync::snapshot::Attributes;
use crate::sync::store_id::StoreId;

/// A call that writes, with the ids that the server gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// Creates a group that shows this mark until [`Call::SetMembers`] or [`Call::EditGroup`] gives it its description.
    CreateGroup {
        /// Its name.
        name: Box<str>,
        /// What the group is known by if the answer is lost.
        mark: Box<str>,
        /// The roles that it is given.
        roles: Vec<StoreId>,
    },
    /// Changes a group itself.
    EditGroup {
        /// The group.
        id: StoreId,
        /// Its name.
        name: Edit,
        /// Its description.
        description: Edit,
    },
    /// Deletes a group with its memberships.
    DeleteGroup {
        /// The group.
        id: StoreId,
        /// Its name. A group of this id with another name is another group.
        name: Box<str>,
        /// Those of its roles that we gave.
        roles: Vec<StoreId>,
    },
    /// Gives roles to a group and takes others from it. Roles that are not named stay.
    SetRoles {
        /// The group.
        group: StoreId,
        /// Its name, as above.
        name: Box<str>,
        /// The roles that it is given.
        give: Vec<StoreId>,
        /// The roles that are taken from it.
        take: Vec<StoreId>,
    },
    /// Creates an account.
    CreateAccount {
        /// What it says of the person.
        attributes: Attributes,
        /// Whether it may sign in.
        active: bool,
        /// The groups that get it: a server may take no account without one, and then says [`Done::joined`].
        /// [`Call::SetMembers`] names it again.
        groups: Vec<StoreId>,
        /// What the account is known by if the answer is lost.
        mark: Box<str>,
    },
    /// Changes an account itself.
    EditAccount {
        /// The account.
        id: StoreId,
        /// Its attributes.
        edits: AttributeEdits,
        /// Whether it may sign in; `None`: as before.
        active: Option<bool>,
    },
    /// Deletes an account with its memberships.
    DeleteAccount {
        /// The account.
        id: StoreId,
    },
    /// Adds members to a group and removes members from it. Members that are not named stay.
    SetMembers(Members),
}

/// Who joins a group and who leaves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members {
    /// The group.
    pub group: StoreId,
    /// Its name. A group of this id with another name is another group.
    pub name: Box<str>,
    /// Who joins.
    pub add: Vec<StoreId>,
    /// Who leaves.
    pub remove: Vec<StoreId>,
    /// The description of a group that still shows its mark.
    pub description: Edit,
}

/// What came of a call that the server did.
#[derive(Debug, Default)]
pub struct Done {
    /// The id of what was created.
    pub id: Option<StoreId>,
    /// Whether what was created is in the groups of [`Call::CreateAccount`] already.
    pub joined: bool,
    /// The accounts of [`Call::SetMembers`] whose memberships are not written, and why; all others are as they should be.
    pub left: Option<(Vec<StoreId>, CallFailure)>,
}

impl From<StoreId> for Done {
    fn from(id: StoreId) -> Self {
        Self { id: Some(id), ..Self::default() }
    }
}

/// Why a call came to nothing, or may have.
#[derive(Debug)]
pub enum CallFailure {
    /// The server did nothing and said why. What does not need this object goes on.
    Refused(String),
    /// The group or account itself does not exist any more.
    Gone,
    /// The server may have done it: no answer came that says so.
    Lost(String),
    /// Nothing was done, and the next call would fare no better.
    Ended(Error),
}

impl From<Error> for CallFailure {
    fn from(error: Error) -> Self {
        Self::Ended(error)
    }
}

/// What it means for a call that its request was not answered.
impl From<RequestFailure> for CallFailure {
    fn from(failure: RequestFailure) -> Self {
        match failure {
            RequestFailure::NotDone(error) => Self::Ended(error),
            RequestFailure::Lost(Error::Interrupted(interruption)) => Self::Ended(interruption.into()),
            RequestFailure::Lost(error) => Self::Lost(error.to_string()),
        }
    }
}
