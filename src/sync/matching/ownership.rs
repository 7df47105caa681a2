//! Rule 10: a group belongs to its first owner.

use std::sync::Arc;

use crate::sync::identity::{Owner, Realm};
use crate::sync::link::{AccountLink, GroupLink};
use crate::sync::policy::Policy;

/// Whether this sync may write an object that this owner holds: its own, a released one, or one whose owner is gone or
/// was named in `adoption.fromOwners`.
pub(crate) fn may_take(owner: Option<&Arc<Owner>>, policy: &Policy) -> bool {
    owner.is_none_or(|owner| **owner == policy.owner || policy.released_owners.contains(&**owner))
}

/// A group that adoption may take: local, or released with another realm.
pub(crate) fn group_is_free(link: Option<&GroupLink>, realm: Realm) -> bool {
    link.is_none_or(|link| link.owner.is_none() && link.realm != realm)
}

/// An account that adoption may take: local, or released with another realm.
pub(crate) fn account_is_free(link: Option<&AccountLink>, realm: Realm) -> bool {
    link.is_none_or(|link| link.owner.is_none() && link.realm != realm)
}
