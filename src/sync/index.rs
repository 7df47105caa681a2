//! The two sides joined by external id, within one directory.

use std::collections::HashMap;

use super::found::{AccountRef, Found, GroupRef};
use super::identity::ExternalId;
use super::snapshot::{Snapshot, UserIndex};

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
