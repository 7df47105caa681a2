//! The store's side of a scenario.

use std::sync::Arc;

use jiff::Timestamp;

use super::ids::{SELECTOR, below, directory_id, group_id, named, place, role, text, us, user_id};
use crate::sync::found::{Account, AccountRef, Found, Group, LostLink, LostLinks};
use crate::sync::identity::{DirectoryId, Owner};
use crate::sync::link::{AccountLink, GroupLink, Origin};
use crate::sync::role::Role;
use crate::sync::snapshot::Attributes;
use crate::sync::store_id::StoreId;

/// An account of the store.
#[derive(Debug, Clone)]
pub(crate) struct StoredAccount {
    pub(crate) key: &'static str,
    pub(crate) attributes: Attributes,
    pub(crate) active: bool,
    pub(crate) link: Option<AccountLink>,
}

/// A local account whose username is its key and whose e-mail is that at example.org.
pub(crate) fn account(key: &'static str) -> StoredAccount {
    StoredAccount { key, attributes: named(key), active: true, link: None }
}

impl StoredAccount {
    /// Created by us for the directory user with this key.
    pub(crate) fn of(mut self, key: &str) -> Self {
        self.link = Some(AccountLink {
            directory_id: directory_id(),
            id: user_id(key),
            owner: Some(Arc::new(us())),
            origin: Origin::Created,
            username: self.attributes.username.clone().unwrap_or_default(),
            email: self.attributes.email.clone(),
            place: place("user", key),
            deactivated_by_us: false,
            unused_since: None,
            missing_since: None,
        });
        self
    }

    /// Made by somebody else, and matched with the directory user with this key.
    pub(crate) fn matched_with(self, key: &str) -> Self {
        self.of(key).into_evidence()
    }

    /// It was renamed by hand, or its number was given to another account.
    pub(crate) fn now_called(mut self, key: &str) -> Self {
        self.attributes = named(key);
        self
    }

    /// Its e-mail was changed by hand.
    pub(crate) fn now_at(mut self, email: &str) -> Self {
        self.attributes.email = text(email);
        self
    }

    /// Changes what the store says of the person, and the link with it.
    pub(crate) fn saying(mut self, change: impl FnOnce(&mut Attributes)) -> Self {
        change(&mut self.attributes);
        let (username, email) = (self.attributes.username.clone().unwrap_or_default(), self.attributes.email.clone());
        match self.link.take() {
            Some(link) => Self { link: Some(AccountLink { username, email, ..link }), ..self },
            None => self,
        }
    }

    pub(crate) fn username(self, username: &str) -> Self {
        self.saying(|attributes| attributes.username = text(username))
    }

    pub(crate) fn email(self, email: &str) -> Self {
        self.saying(|attributes| attributes.email = text(email))
    }

    /// As where somebody else makes the accounts: a link is evidence and no more.
    pub(crate) fn into_evidence(mut self) -> Self {
        if let Some(link) = &mut self.link {
            (link.owner, link.origin) = (None, Origin::Adopted);
            (link.deactivated_by_us, link.unused_since) = (false, None);
        }
        self
    }

    fn linked(mut self, change: impl FnOnce(&mut AccountLink)) -> Self {
        change(self.link.as_mut().expect("only a linked account has a link to change"));
        self
    }

    pub(crate) fn adopted(self) -> Self {
        self.linked(|link| link.origin = Origin::Adopted)
    }

    pub(crate) fn owned_by(self, owner: Owner) -> Self {
        self.linked(|link| link.owner = Some(Arc::new(owner)))
    }

    pub(crate) fn released(self) -> Self {
        self.linked(|link| link.owner = None)
    }

    pub(crate) fn of_directory(self, directory_id: DirectoryId) -> Self {
        self.linked(|link| link.directory_id = directory_id)
    }

    pub(crate) fn unused_since(self, since: Timestamp) -> Self {
        self.linked(|link| link.unused_since = Some(since))
    }

    pub(crate) fn missing_since(self, since: Timestamp) -> Self {
        self.linked(|link| link.missing_since = Some(since))
    }

    pub(crate) fn inactive(mut self) -> Self {
        self.active = false;
        self
    }

    /// Marked as made inactive by us, whatever it is now.
    pub(crate) fn marked(self) -> Self {
        self.linked(|link| link.deactivated_by_us = true)
    }
}

/// A group of the store.
#[derive(Debug, Clone)]
pub(crate) struct StoredGroup {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) members: Vec<&'static str>,
    pub(crate) roles: Vec<Role>,
    pub(crate) link: Option<GroupLink>,
}

/// A local group with this name.
pub(crate) fn stored(name: &str) -> StoredGroup {
    StoredGroup { name: name.to_owned(), description: None, members: Vec::new(), roles: Vec::new(), link: None }
}

impl StoredGroup {
    /// Created by us for the directory group with this key.
    pub(crate) fn of(mut self, key: &str) -> Self {
        self.link = Some(GroupLink {
            directory_id: directory_id(),
            id: group_id(key),
            owner: Some(Arc::new(us())),
            selector: SELECTOR.into(),
            exclusions: Box::default(),
            origin: Origin::Created,
            name: self.name.as_str().into(),
            place: place("group", key),
            roles: Vec::new(),
            missing_since: None,
            empty_since: None,
        });
        self
    }

    /// Roles that it has.
    pub(crate) fn having(mut self, roles: impl IntoIterator<Item = &'static str>) -> Self {
        self.roles.extend(roles.into_iter().map(role));
        self.roles.sort();
        self
    }

    /// Roles that we gave, and that it has as long as nobody has taken them.
    pub(crate) fn given(self, roles: impl IntoIterator<Item = &'static str>) -> Self {
        self.linked(|link| link.roles.extend(roles.into_iter().map(role)))
    }

    /// It was renamed by hand, or its number was given to another.
    pub(crate) fn now_called(mut self, name: &str) -> Self {
        self.name = name.to_owned();
        self
    }

    pub(crate) fn holding<const N: usize>(mut self, members: [&'static str; N]) -> Self {
        self.members = members.into();
        self
    }

    pub(crate) fn described(mut self, description: &str) -> Self {
        self.description = Some(description.to_owned());
        self
    }

    fn linked(mut self, change: impl FnOnce(&mut GroupLink)) -> Self {
        change(self.link.as_mut().expect("only a linked group has a link to change"));
        self
    }

    pub(crate) fn adopted(self) -> Self {
        self.linked(|link| link.origin = Origin::Adopted)
    }

    pub(crate) fn owned_by(self, owner: Owner) -> Self {
        self.linked(|link| link.owner = Some(Arc::new(owner)))
    }

    pub(crate) fn released(self) -> Self {
        self.linked(|link| link.owner = None)
    }

    pub(crate) fn of_directory(self, directory_id: DirectoryId) -> Self {
        self.linked(|link| link.directory_id = directory_id)
    }

    /// Where the entry stood.
    pub(crate) fn below(self, parent: &str) -> Self {
        self.linked(|link| link.place = below(link.place, parent))
    }

    /// The selector that its link names.
    pub(crate) fn by(self, selector: &str) -> Self {
        self.linked(|link| link.selector = selector.into())
    }

    pub(crate) fn missing_since(self, since: Timestamp) -> Self {
        self.linked(|link| link.missing_since = Some(since))
    }

    pub(crate) fn empty_since(self, since: Timestamp) -> Self {
        self.linked(|link| link.empty_since = Some(since))
    }
}

/// The links of these, which are not in this store.
pub(crate) fn lost(store: &str, groups: Vec<StoredGroup>, accounts: Vec<StoredAccount>) -> LostLinks {
    let groups = groups.into_iter().filter_map(|group| group.link);
    let accounts = accounts.into_iter().filter_map(|account| account.link);
    LostLinks {
        store: store.into(),
        groups: groups.map(|link| LostLink { link, store: store.into() }).collect(),
        accounts: accounts.map(|link| LostLink { link, store: store.into() }).collect(),
    }
}

/// A complete read of these, with the accounts that the scenario does not list. Ids start at 1 in the order in which
/// they are listed.
pub(crate) fn found(groups: &[StoredGroup], accounts: &[StoredAccount]) -> Found {
    let mut accounts = accounts.to_vec();
    let mut reference = |key: &'static str| {
        let known = accounts.iter().position(|account| account.key == key);
        let index = known.unwrap_or_else(|| {
            accounts.push(account(key).of(key));
            accounts.len() - 1
        });
        AccountRef(u32::try_from(index).unwrap())
    };
    let groups = groups.iter().zip(1..).map(|(group, id)| {
        let mut members: Vec<AccountRef> = group.members.iter().map(|key| reference(key)).collect();
        members.sort_unstable();
        members.dedup();
        Group {
            id: StoreId::Number(id),
            name: group.name.as_str().into(),
            description: group.description.as_deref().map(Into::into),
            members,
            roles: group.roles.clone(),
            link: group.link.clone(),
        }
    });
    let groups = groups.collect();
    let accounts = accounts.into_iter().zip(1..).map(|(account, id)| Account {
        id: StoreId::Number(id),
        attributes: account.attributes,
        active: account.active,
        link: account.link,
    });
    Found { accounts: accounts.collect(), groups, ..Found::default() }
}
