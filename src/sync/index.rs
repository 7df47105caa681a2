//! The two sides joined by external id, within one directory.

use std::collections::HashMap;

use super::fold::fold;
use super::found::{AccountRef, Found, GroupRef};
use super::identity::ExternalId;
use super::proof::store::Broken;
use super::snapshot::{DnHash, Snapshot, UnresolvedValue, UserIndex};

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

/// The linked users by what they were called when they were last seen: whom a member value that fits no entry may mean.
#[derive(Debug, Default)]
pub(crate) struct LinkNames {
    dns: HashMap<DnHash, ExternalId>,
    /// Folded; empty where no value is a username.
    usernames: HashMap<String, ExternalId>,
}

impl LinkNames {
    /// Of the links of one directory, for these values. A user that the bulk read showed at another place is not meant.
    pub(crate) fn new<'a>(
        values: impl Iterator<Item = &'a UnresolvedValue>,
        snapshot: &Snapshot,
        found: &Found,
        broken: &Broken,
        index: &Index,
    ) -> Self {
        let (mut any, mut any_username) = (false, false);
        for value in values.filter(|value| value.id.is_none()) {
            (any, any_username) = (true, any_username || value.dn.is_none());
        }
        let mut names = Self::default();
        if !any {
            return names;
        }
        let links = found.accounts.iter().filter_map(|account| account.link.as_ref());
        for link in links.chain(broken.accounts.all().map(|(_, link)| link)) {
            let is_unread = index.user(link.id).is_none() || snapshot.located_members.contains_key(&link.id);
            if link.directory_id == snapshot.directory_id && is_unread {
                names.dns.insert(link.place.dn, link.id);
                if any_username {
                    names.usernames.insert(fold(&link.username), link.id);
                }
            }
        }
        names
    }

    /// Whom a value means: by the id that it carries, else by the name.
    pub(crate) fn of(&self, value: &UnresolvedValue) -> Option<ExternalId> {
        value.id.or_else(|| match value.dn {
            Some(dn) => self.dns.get(&dn).copied(),
            None if self.usernames.is_empty() => None,
            None => self.usernames.get(&fold(&value.label)).copied(),
        })
    }
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
