//! Section 5, rule 7: whether a link still stands for the object that it was made for. Where links live outside the
//! store, its ids may be reused: only an object that bears one of the names last written is the same one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::sync::fold::fold;
use crate::sync::found::{Account, AccountRef, Found, Group, GroupRef, Links};
use crate::sync::identity::{ExternalId, Owner, Realm};
use crate::sync::link::{AccountLink, GroupLink};

/// The links of one realm whose objects bear other names now. Such an object may be anybody's, so it is not written;
/// nor is it anybody else's for sure, so an account keeps what its user would have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Broken {
    groups: BTreeMap<ExternalId, (GroupRef, GroupLink)>,
    accounts: BTreeMap<ExternalId, (AccountRef, AccountLink)>,
    sources: BTreeMap<GroupRef, ExternalId>,
    users: BTreeMap<AccountRef, ExternalId>,
}

impl Broken {
    /// The group that stood for this directory group, and its link.
    pub(crate) fn group(&self, id: ExternalId) -> Option<&(GroupRef, GroupLink)> {
        self.groups.get(&id)
    }

    /// All such groups, by the directory's ids.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &(GroupRef, GroupLink)> {
        self.groups.values()
    }

    /// The account that stood for this user, and its link.
    pub(crate) fn account(&self, id: ExternalId) -> Option<&(AccountRef, AccountLink)> {
        self.accounts.get(&id)
    }

    /// All such accounts, by the directory's ids.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = &(AccountRef, AccountLink)> {
        self.accounts.values()
    }

    /// The user that an account stood for.
    pub(crate) fn user(&self, account: AccountRef) -> Option<ExternalId> {
        self.users.get(&account).copied()
    }

    /// The directory group that a group stood for.
    pub(crate) fn source(&self, group: GroupRef) -> Option<ExternalId> {
        self.sources.get(&group).copied()
    }

    /// Those of other owners.
    pub(crate) fn of_others(mut self, owner: &Owner) -> Self {
        self.groups.retain(|_, (_, link)| link.owner.as_deref() != Some(owner));
        self.accounts.retain(|_, (_, link)| link.owner.as_deref() != Some(owner));
        self.sources.retain(|_, id| self.groups.contains_key(id));
        self.users.retain(|_, id| self.accounts.contains_key(id));
        self
    }

    /// The directory's ids behind what this sync owned.
    pub(crate) fn owned_by(&self, owner: &Owner) -> impl Iterator<Item = ExternalId> {
        let groups = self.groups.values().map(|(_, link)| (link.id, link.owner.as_deref()));
        let accounts = self.accounts.values().map(|(_, link)| (link.id, link.owner.as_deref()));
        groups.chain(accounts).filter(move |(_, of)| *of == Some(owner)).map(|(id, _)| id)
    }
}

/// Whether what a group's link says of it still holds.
pub(crate) fn holds(group: &Group, found: &Found) -> bool {
    found.links == Links::Inside || group.link.as_ref().is_none_or(|link| is_group_of(link, group))
}

/// The store without the links that hold no more, and those of this realm.
pub(crate) fn part(found: &Found, realm: Realm) -> (Cow<'_, Found>, Broken) {
    let mut broken = Broken::default();
    if found.links == Links::Inside {
        return (Cow::Borrowed(found), broken);
    }
    let mut held = found.clone();
    for (group, index) in held.groups.iter_mut().zip(0..) {
        if group.link.as_ref().is_some_and(|link| !is_group_of(link, group))
            && let Some(link) = group.link.take_if(|link| link.realm == realm)
        {
            broken.sources.insert(GroupRef(index), link.id);
            broken.groups.insert(link.id, (GroupRef(index), link));
        }
    }
    for (account, index) in held.accounts.iter_mut().zip(0..) {
        if account.link.as_ref().is_some_and(|link| !is_account_of(link, account))
            && let Some(link) = account.link.take_if(|link| link.realm == realm)
        {
            broken.users.insert(AccountRef(index), link.id);
            broken.accounts.insert(link.id, (AccountRef(index), link));
        }
    }
    (Cow::Owned(held), broken)
}

fn is_group_of(link: &GroupLink, group: &Group) -> bool {
    fold(&link.name) == fold(&group.name)
}

fn is_account_of(link: &AccountLink, account: &Account) -> bool {
    let bears =
        |last: Option<&str>, now: Option<&str>| last.zip(now).is_some_and(|(last, now)| fold(last) == fold(now));
    let attributes = &account.attributes;
    bears(Some(&link.username), attributes.username.as_deref())
        || bears(link.email.as_deref(), attributes.email.as_deref())
}
