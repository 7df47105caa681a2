//! Rule 11: what belongs to the server's administrators.

use std::collections::BTreeSet;

use crate::sync::fold::fold;
use crate::sync::found::{Account, AccountRef, Found, Group};
use crate::sync::policy::{Policy, Protected};

/// Whether a group of the store is never touched.
pub(crate) fn group(group: &Group, policy: &Policy) -> bool {
    is_protected(group, &policy.protected)
}

/// The same, where there is no policy.
pub(crate) fn is_protected(group: &Group, protected: &Protected) -> bool {
    protected.administrators.contains(&group.id) || protected.groups.contains(&*fold(&group.name))
}

/// Whether a folded group name is never written.
pub(crate) fn name(folded: &str, policy: &Policy) -> bool {
    policy.protected.groups.contains(folded)
}

/// The accounts that are never adopted, renamed, deactivated or deleted: whoever is in a protected group, and those
/// that are named.
pub(crate) fn accounts(found: &Found, policy: &Policy) -> BTreeSet<AccountRef> {
    let mut protected: BTreeSet<AccountRef> = found
        .groups
        .iter()
        .filter(|candidate| group(candidate, policy))
        .flat_map(|group| group.members.iter().copied())
        .collect();
    if !policy.protected.accounts.is_empty() {
        let named = |account: &Account| {
            let username = account.attributes.username.as_deref();
            username.is_some_and(|username| policy.protected.accounts.contains(&*fold(username)))
        };
        protected.extend(
            found.accounts.iter().zip(0..).filter(|(account, _)| named(account)).map(|(_, index)| AccountRef(index)),
        );
    }
    protected
}
