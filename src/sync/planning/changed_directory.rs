//! Section 5, rule 2: the directory of the links that a sync owns is its pin.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::Stop;
use crate::sync::found::{AccountRef, Found, GroupRef};
use crate::sync::hold::{is_approved, other_directory};
use crate::sync::identity::{DirectoryId, Owner};
use crate::sync::plan::{Change, Plan};
use crate::sync::policy::Policy;
use crate::sync::snapshot::Snapshot;

/// The store with the links of the sync's former directories released, where a person approved that; `None` where there
/// are none.
///
/// # Errors
/// When there are some and nobody approved.
pub(super) fn released(
    snapshot: &Snapshot,
    found: &Found,
    policy: &Policy,
    now: Timestamp,
) -> Result<Option<Found>, Stop> {
    let foreign = |directory_id: DirectoryId, owner: Option<&Owner>| {
        directory_id != snapshot.directory_id && owner == Some(&policy.owner)
    };
    let links = found.groups.iter().filter_map(|group| group.link.as_ref());
    let linked: Vec<DirectoryId> =
        links.filter(|link| foreign(link.directory_id, link.owner.as_deref())).map(|link| link.directory_id).collect();
    let Some(pinned) = linked.first().copied() else { return Ok(None) };
    let hold = other_directory(&linked.iter().copied().collect::<BTreeSet<_>>(), snapshot.directory_id, policy, now);
    if policy.preview || !is_approved(&hold, policy) {
        let (linked, read) = (linked.len(), snapshot.directory_id);
        return Err(Stop::DirectoryChanged { pinned, read, linked, hash: hold.hash, since: hold.since });
    }
    let mut released = found.clone();
    for link in released.groups.iter_mut().filter_map(|group| group.link.as_mut()) {
        if foreign(link.directory_id, link.owner.as_deref()) {
            (link.owner, link.missing_since, link.empty_since) = (None, None, None);
        }
    }
    for link in released.accounts.iter_mut().filter_map(|account| account.link.as_mut()) {
        if foreign(link.directory_id, link.owner.as_deref()) {
            link.owner = None;
        }
    }
    Ok(Some(released))
}

/// Adds to a plan that was made from the released links their releases, but for those that it writes anew.
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
