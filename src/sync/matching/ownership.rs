//! Rule 10: a group belongs to its first owner.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::sync::identity::{DirectoryId, ExternalId, Owner};
use crate::sync::link::{AccountLink, GroupLink};
use crate::sync::policy::Policy;

/// Whether this sync may write an object that this owner holds: its own, a released one, or one whose owner is gone or
/// was named in `adoption.fromOwners`.
pub(crate) fn may_take(owner: Option<&Arc<Owner>>, policy: &Policy) -> bool {
    owner.is_none_or(|owner| **owner == policy.owner || policy.released_owners.contains(&**owner))
}

/// Whether an object may pass to a directory object although its link, of which these are the id and the owner, holds no
/// more: its own gets it back, and another may have it once its own has another (`elsewhere`).
pub(crate) fn may_pass(
    broken: Option<(ExternalId, Option<&Arc<Owner>>)>,
    to: ExternalId,
    elsewhere: &BTreeSet<ExternalId>,
    policy: &Policy,
) -> bool {
    broken.is_none_or(|(id, owner)| elsewhere.contains(&id) || (id == to && may_take(owner, policy)))
}

/// A group that adoption may take: local, or released with another directory.
pub(crate) fn group_is_free(link: Option<&GroupLink>, directory_id: DirectoryId) -> bool {
    link.is_none_or(|link| link.owner.is_none() && link.directory_id != directory_id)
}

/// An account that adoption may take: local, or released with another directory.
pub(crate) fn account_is_free(link: Option<&AccountLink>, directory_id: DirectoryId) -> bool {
    link.is_none_or(|link| link.owner.is_none() && link.directory_id != directory_id)
}
