//! Rule `protection`: what belongs to the dashboard server's administrators.

use std::collections::BTreeSet;

use super::fold::fold;
use super::found::{Account, AccountRef, Found, Group};
use super::policy::Protected;
use super::store_id::StoreId;

/// Rule `protection`: whether a group of the store is never touched.
pub(crate) fn is_protected(group: &Group, protected: &Protected) -> bool {
    is_of_administrators(group, protected) || protected.foreign_groups.contains(&group.id)
}

fn is_of_administrators(group: &Group, protected: &Protected) -> bool {
    protected.administrators.contains(&group.id)
        || protected.groups.contains(&*fold(&group.name))
        || protected.administrator_role.as_ref().is_some_and(|role| was_given(group, role))
}

/// Whether a person gave this role to a group. One that we gave protects nothing.
fn was_given(group: &Group, role: &StoreId) -> bool {
    let ours = group.link.as_ref().map_or(&[][..], |link| &link.roles);
    group.roles.iter().any(|held| held.id == *role && !ours.contains(held))
}

/// Rule `protection`: the accounts that are never adopted, renamed, deactivated or deleted. They are the members of
/// the administrators' groups, and those that the settings name. The server's own directory does not make its members
/// administrators.
pub(crate) fn protected_accounts(found: &Found, protected: &Protected) -> BTreeSet<AccountRef> {
    let groups = found.groups.iter().filter(|group| is_of_administrators(group, protected));
    let mut accounts: BTreeSet<AccountRef> = groups.flat_map(|group| group.members.iter().copied()).collect();
    if !protected.accounts.is_empty() {
        let is_named = |account: &Account| {
            let username = account.attributes.username.as_deref();
            username.is_some_and(|username| protected.accounts.contains(&*fold(username)))
        };
        let named = found.accounts.iter().zip(0..).filter(|(account, _)| is_named(account));
        accounts.extend(named.map(|(_, index)| AccountRef(index)));
    }
    accounts
}
