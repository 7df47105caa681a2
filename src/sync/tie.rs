//! What a link that is written means for the object that has it: nothing that a dashboard shows, and yet a change.

use super::identity::{DirectoryId, ExternalId, Owner};
use super::link::{AccountLink, GroupLink};

/// What becomes of an object when its link is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tie {
    /// It was there, and follows a directory object from now on.
    Adopted,
    /// It was released, and follows the same directory object again.
    AdoptedAgain,
    /// It was another sync's.
    AdoptedFrom {
        /// The sync that it belonged to.
        owner: Owner,
    },
    /// It follows another directory object than before.
    Relinked,
    /// It stays and follows nothing any more.
    Released,
    /// It stays what it is: only what is remembered of it changes.
    Kept,
}

/// What ties an object to the directory and to a sync.
#[derive(Debug, Clone, Copy)]
pub struct Bond<'a> {
    object: (DirectoryId, ExternalId),
    owner: Option<&'a Owner>,
}

impl<'a> From<&'a GroupLink> for Bond<'a> {
    fn from(link: &'a GroupLink) -> Self {
        Self { object: (link.directory_id, link.id), owner: link.owner.as_deref() }
    }
}

impl<'a> From<&'a AccountLink> for Bond<'a> {
    fn from(link: &'a AccountLink) -> Self {
        Self { object: (link.directory_id, link.id), owner: link.owner.as_deref() }
    }
}

/// What it means that `after` takes the place of `before`.
#[must_use]
pub fn tie<'a>(before: Option<impl Into<Bond<'a>>>, after: impl Into<Bond<'a>>) -> Tie {
    let after = after.into();
    let Some(before) = before.map(Into::into) else {
        return if after.owner.is_some() { Tie::Adopted } else { Tie::Kept };
    };
    let same = before.object == after.object;
    match (before.owner, after.owner) {
        (Some(_), None) => Tie::Released,
        (None, None) => Tie::Kept,
        (None, Some(_)) if same => Tie::AdoptedAgain,
        (None, Some(_)) => Tie::Adopted,
        (Some(before), Some(after)) if before != after => Tie::AdoptedFrom { owner: before.clone() },
        (Some(_), Some(_)) if same => Tie::Kept,
        (Some(_), Some(_)) => Tie::Relinked,
    }
}

impl Tie {
    /// Whether a sync begins to follow the object with it.
    #[must_use]
    pub const fn begins(&self) -> bool {
        matches!(self, Self::Adopted | Self::AdoptedAgain | Self::AdoptedFrom { .. } | Self::Relinked)
    }
}
