//! Rule `ownership`: a group belongs to its first owner, and an account's attributes to the sync that uses it.

use std::collections::BTreeSet;

use super::found::{AccountRef, Found};
use super::identity::{DirectoryId, ExternalId};
use super::link::Link;
use super::policy::Policy;

/// Rule `ownership`: whether this sync may write an object with this link. It may if the object is its own or released,
/// or if the owner is gone, or is named in `adoption.fromOwners` and not known to exist.
pub(crate) fn may_write<L: Link>(link: Option<&L>, policy: &Policy) -> bool {
    let is_gone = |owner| policy.released_owners.contains(owner) && !policy.living_owners.contains(owner);
    link.and_then(Link::owner).is_none_or(|owner| *owner == policy.owner || is_gone(owner))
}

/// Whether adoption may give an object with this link to another directory object: a local one, or one that was
/// released with another directory.
pub(crate) fn is_free<L: Link>(link: Option<&L>, directory_id: DirectoryId) -> bool {
    link.is_none_or(|link| link.owner().is_none() && link.directory_id() != directory_id)
}

/// Whether adoption may give an object whose link is broken to this directory object: the one that the link names gets
/// it back, and another may have it once that one has another object (`adopted` are those that have one).
pub(crate) fn may_adopt_broken<L: Link>(
    broken: Option<&L>,
    to: ExternalId,
    adopted: &BTreeSet<ExternalId>,
    policy: &Policy,
) -> bool {
    broken.is_none_or(|link| adopted.contains(&link.id()) || (link.id() == to && may_write(Some(link), policy)))
}

/// For every account whether a group of the account's own owner, another sync, has it as a member.
pub(crate) fn used_by_owner(found: &Found, policy: &Policy) -> Vec<bool> {
    let mut used = vec![false; found.accounts.len()];
    for group in &found.groups {
        let Some(owner) = group.link.as_ref().and_then(Link::owner).filter(|owner| **owner != policy.owner) else {
            continue;
        };
        for member in &group.members {
            let of_account = found.account_link(*member).and_then(Link::owner);
            // Links that were read share their owners, so most comparisons end at the pointer.
            if of_account.is_some_and(|of_account| std::ptr::eq(of_account, owner) || of_account == owner) {
                used[member.0 as usize] = true;
            }
        }
    }
    used
}

/// Rule `account-attributes`: whether this sync may write the attributes of a linked account. It may if it may write
/// the account, or if no group of the account's owner has it as a member any more. `is_undecided`: it is unknown
/// whether the directory account may be used; such a user may end up in no group, so it does not take another sync's
/// account.
pub(crate) fn may_write_attributes(
    account: AccountRef,
    is_undecided: bool,
    found: &Found,
    used_by_owner: &[bool],
    policy: &Policy,
) -> bool {
    let link = found.account_link(account);
    if is_undecided {
        return link.is_some_and(|link| link.is_owned_by(&policy.owner));
    }
    may_write(link, policy) || used_by_owner.get(account.0 as usize) != Some(&true)
}
