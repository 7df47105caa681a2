//! The names of groups and accounts that a plan changes.

use std::collections::BTreeMap;

use crate::sync::escape::listed;
use crate::sync::found::{AccountRef, Found, GroupRef};
use crate::sync::plan::{Change, Plan, Subject};

/// How many names a summary lists.
pub(super) const NAMES: usize = 5;

/// The name of the object of a refusal.
#[must_use]
pub fn name_of(subject: Subject, plan: &Plan, found: &Found) -> String {
    match subject {
        Subject::Group(group) | Subject::Members(group) => match found.group(group) {
            Some(group) => group.name.to_string(),
            None => plan
                .changes
                .iter()
                .find_map(|change| match change {
                    Change::CreateGroup { group: created, name, .. } if *created == group => Some(name.to_string()),
                    _ => None,
                })
                .unwrap_or_default(),
        },
        Subject::Account(account) => names(&[account], found, &new_usernames(plan)).concat(),
    }
}

pub(super) fn group_name(group: GroupRef, found: &Found) -> String {
    found.group(group).map_or_else(String::new, |group| group.name.to_string())
}

pub(super) fn new_usernames(plan: &Plan) -> BTreeMap<AccountRef, &str> {
    let username = |change| match change {
        &Change::CreateAccount { account, ref attributes, .. } => Some((account, attributes.username.as_deref()?)),
        _ => None,
    };
    plan.changes.iter().filter_map(username).collect()
}

pub(super) fn names(accounts: &[AccountRef], found: &Found, new: &BTreeMap<AccountRef, &str>) -> Vec<String> {
    let username = |account: &AccountRef| match found.account(*account) {
        Some(account) => account.attributes.username.as_deref().unwrap_or_default().to_owned(),
        None => new.get(account).copied().unwrap_or_default().to_owned(),
    };
    accounts.iter().take(NAMES).map(username).collect()
}

/// Names separated by commas, with an ellipsis if there are more.
pub(super) fn list(names: &[String], all: usize) -> String {
    let more = if all > names.len() { ", …" } else { "" };
    let names: Vec<String> = names.iter().map(|name| listed(name).to_string()).collect();
    format!("{}{more}", names.join(", "))
}
