//! The two sides joined by external id, within one directory.

use std::collections::HashMap;

use super::found::{AccountRef, Found, GroupRef};
use super::identity::ExternalId;
use super::proof::store::Broken;
use super::snapshot::{DnHash, Snapshot, UserIndex};

/// Look-ups that every step of planning shares. Nothing iterates over the maps, so their order decides nothing.
#[derive(Debug)]
pub(crate) struct Index {
    users: HashMap<ExternalId, UserIndex>,
    groups: HashMap<ExternalId, GroupRef>,
    accounts: HashMap<ExternalId, AccountRef>,
}

impl Index {
    /// Joins a snapshot with the links of its directory.
    pub(crate) fn new(snapshot: &Snapshot, found: &Found) -> Self {
        let mut index = Self {
            users: HashMap::with_capacity(snapshot.users.len()),
            groups: HashMap::with_capacity(found.groups.len()),
            accounts: HashMap::with_capacity(found.accounts.len()),
        };
        index.users.extend(snapshot.users.iter().zip(0..).map(|(user, index)| (user.id, index)));
        index.groups.extend(found.groups.iter().zip(0..).filter_map(|(group, index)| {
            let link = group.link.as_ref().filter(|link| link.directory_id == snapshot.directory_id)?;
            Some((link.id, GroupRef(index)))
        }));
        index.accounts.extend(found.accounts.iter().zip(0..).filter_map(|(account, index)| {
            let link = account.link.as_ref().filter(|link| link.directory_id == snapshot.directory_id)?;
            Some((link.id, AccountRef(index)))
        }));
        index
    }

    /// The user with this id, if this read showed it.
    pub(crate) fn user(&self, id: ExternalId) -> Option<UserIndex> {
        self.users.get(&id).copied()
    }

    /// The store group that stands for this id.
    pub(crate) fn group(&self, id: ExternalId) -> Option<GroupRef> {
        self.groups.get(&id).copied()
    }

    /// The store account that stands for this id.
    pub(crate) fn account(&self, id: ExternalId) -> Option<AccountRef> {
        self.accounts.get(&id).copied()
    }
}

/// The linked users by the place where their entries were last seen: what a bare member value that fits no entry may mean.
/// A user that the bulk read showed at another place is not meant.
pub(crate) fn users_by_place(
    snapshot: &Snapshot,
    found: &Found,
    broken: &Broken,
    index: &Index,
) -> HashMap<DnHash, ExternalId> {
    let links = found.accounts.iter().filter_map(|account| account.link.as_ref());
    let linked = links.chain(broken.accounts.all().map(|(_, link)| link)).filter_map(|link| {
        let link = Some(link).filter(|link| link.directory_id == snapshot.directory_id)?;
        let unread = index.user(link.id).is_none() || snapshot.located_members.contains_key(&link.id);
        unread.then_some((link.place.dn, link.id))
    });
    linked.collect()
}

impl Found {
    /// The account behind a reference; `None` for one that a plan creates.
    #[must_use]
    pub fn account(&self, account: AccountRef) -> Option<&super::found::Account> {
        self.accounts.get(account.0 as usize)
    }

    /// The group behind a reference; `None` for one that a plan creates.
    #[must_use]
    pub fn group(&self, group: GroupRef) -> Option<&super::found::Group> {
        self.groups.get(group.0 as usize)
    }
}
