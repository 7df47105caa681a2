//! Rule `same-directory`: the directory of the links that a sync owns is its pin.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::stop::Stop;
use crate::sync::approval::ApprovalHash;
use crate::sync::found::Found;
use crate::sync::identity::DirectoryId;
use crate::sync::link::Link;
use crate::sync::policy::Policy;
use crate::sync::snapshot::Snapshot;

/// Rule `same-directory`: the store with the links of the sync's former directories released, where an administrator
/// approved that; `None` where there are no such links.
///
/// # Errors
/// When there are some and no administrator approved.
pub(crate) fn release_former_directory(
    snapshot: &Snapshot,
    found: &Found,
    policy: &Policy,
    now: Timestamp,
) -> Result<Option<Found>, Stop> {
    let read = snapshot.directory_id;
    let links = found.groups.iter().filter_map(|group| group.link.as_ref());
    let linked: Vec<DirectoryId> =
        links.filter(|link| is_former(*link, read, policy)).map(|link| link.directory_id).collect();
    let Some(pinned) = linked.first().copied() else { return Ok(None) };
    let former: BTreeSet<DirectoryId> = linked.iter().copied().collect();
    let approval = ApprovalHash::of_other_directory(&former, read, policy, now);
    if policy.preview || !approval.is_given(policy) {
        return Err(Stop::DirectoryChanged { pinned, read, linked: linked.len(), approval });
    }
    let mut released = found.clone();
    let groups = released.groups.iter_mut().filter_map(|group| group.link.as_mut());
    for link in groups.filter(|link| is_former(*link, read, policy)) {
        (link.owner, link.missing_since, link.empty_since) = (None, None, None);
    }
    let accounts = released.accounts.iter_mut().filter_map(|account| account.link.as_mut());
    for link in accounts.filter(|link| is_former(*link, read, policy)) {
        link.owner = None;
    }
    Ok(Some(released))
}

/// Whether a link is this sync's and of another directory.
fn is_former<L: Link>(link: &L, read: DirectoryId, policy: &Policy) -> bool {
    link.directory_id() != read && link.is_owned_by(&policy.owner)
}
