//! What a written link means for its object. A dashboard does not show it, and yet it is a change.

use super::identity::Owner;
use super::link::Link;

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
    /// It stays, and no longer follows a directory object.
    Released,
    /// It stays what it is: only what is remembered of it changes.
    Kept,
}

/// What it means that the link `after` takes the place of the link `before`.
#[must_use]
pub fn tie<L: Link>(before: Option<&L>, after: &L) -> Tie {
    let Some(before) = before else {
        return if after.owner().is_some() { Tie::Adopted } else { Tie::Kept };
    };
    let is_same_object = (before.directory_id(), before.id()) == (after.directory_id(), after.id());
    match (before.owner(), after.owner()) {
        (Some(_), None) => Tie::Released,
        (None, None) => Tie::Kept,
        (None, Some(_)) if is_same_object => Tie::AdoptedAgain,
        (None, Some(_)) => Tie::Adopted,
        (Some(before), Some(after)) if before != after => Tie::AdoptedFrom { owner: before.clone() },
        (Some(_), Some(_)) if is_same_object => Tie::Kept,
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
