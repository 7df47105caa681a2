//! What messages call users and accounts.

use super::context::PlanContext;
use super::escape::{quoted, shown};
use super::found::Account;
use super::snapshot::DirectoryUser;

/// A directory user: by username, else by distinguished name, with the id in brackets behind it.
pub(crate) fn user(user: &DirectoryUser) -> String {
    match (user.attributes.username.first(), user.dn.as_deref()) {
        (Some(username), _) => format!("the directory user {} ({})", quoted(username), user.id),
        (None, Some(dn)) => format!("the directory user {} ({})", shown(dn), user.id),
        (None, None) => format!("the directory user {}", user.id),
    }
}

/// An account of the store, and the directory user that it stands for.
pub(crate) fn account(account: &Account, context: &PlanContext<'_>) -> String {
    let username = quoted(account.attributes.username.as_deref().unwrap_or_default());
    let Some(link) = &account.link else { return format!("the local account {username}") };
    let read = context.index.user(link.id).and_then(|index| context.snapshot.users.get(index as usize));
    match read {
        Some(read) => format!("the account {username} of {}", user(read)),
        None => format!("the account {username} of a user that was not read ({})", link.id),
    }
}
