//! What a plan says of links to a former directory or a former store.

use std::collections::{BTreeMap, BTreeSet};

use crate::sync::found::{AccountRef, Found, GroupRef};
use crate::sync::identity::{DirectoryId, ExternalId};
use crate::sync::plan::{Change, Plan};

/// Rule `same-directory`: adds the releases of links to a plan that was made from the released links. It leaves out
/// those links that the plan writes itself.
pub(super) fn write_releases(plan: &mut Plan, released: &Found, found: &Found) {
    let mut groups: BTreeMap<GroupRef, Change> = (0..)
        .map(GroupRef)
        .zip(released.groups.iter().zip(&found.groups))
        .filter(|(_, (after, before))| after.link != before.link)
        .filter_map(|(group, (after, _))| Some((group, Change::LinkGroup { group, link: after.link.clone()? })))
        .collect();
    let mut accounts: BTreeMap<AccountRef, Change> = (0..)
        .map(AccountRef)
        .zip(released.accounts.iter().zip(&found.accounts))
        .filter(|(_, (after, before))| after.link != before.link)
        .filter_map(|(account, (after, _))| Some((account, Change::LinkAccount { account, link: after.link.clone()? })))
        .collect();
    for change in &plan.changes {
        match change {
            Change::LinkGroup { group, .. } | Change::DeleteGroup { group } => drop(groups.remove(group)),
            Change::LinkAccount { account, .. } => drop(accounts.remove(account)),
            _ => {}
        }
    }
    plan.insert(groups.into_values().chain(accounts.into_values()));
}

/// Rule `same-store`: lets a plan forget the lost links, but for those that it writes again.
pub(super) fn forget(plan: &mut Plan, mut lost: BTreeSet<ExternalId>, directory_id: DirectoryId) {
    if lost.is_empty() {
        return;
    }
    for change in &plan.changes {
        match change {
            Change::CreateGroup { link, .. } | Change::LinkGroup { link, .. } => drop(lost.remove(&link.id)),
            Change::CreateAccount { link, .. } | Change::LinkAccount { link, .. } => drop(lost.remove(&link.id)),
            _ => {}
        }
    }
    plan.forget = lost.into_iter().map(|id| (directory_id, id)).collect();
}
