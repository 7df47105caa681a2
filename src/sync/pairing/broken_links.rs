//! Rule `same-store`: whether a link still stands for the object that it was made for. Where links live outside the
//! store, the store may reuse its ids. Only an object that still has one of the names last written is the same one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::sync::fold::fold;
use crate::sync::found::{Account, AccountRef, Found, Group, GroupRef, Links};
use crate::sync::identity::{DirectoryId, ExternalId, Owner};
use crate::sync::link::{AccountLink, GroupLink, Link};

/// The links of one directory whose objects have other names now. Such an object may be another one, so it is not
/// written. It may be the same one too, so an account keeps what its user would have.
#[derive(Debug, Default)]
pub(crate) struct BrokenLinks {
    pub(crate) groups: BrokenOfKind<GroupRef, GroupLink>,
    pub(crate) accounts: BrokenOfKind<AccountRef, AccountLink>,
}

impl BrokenLinks {
    /// The links of other owners.
    pub(crate) fn without_owner(mut self, owner: &Owner) -> Self {
        self.groups.retain(|link| !link.is_owned_by(owner));
        self.accounts.retain(|link| !link.is_owned_by(owner));
        self
    }

    /// The directory's ids behind what this sync owned.
    pub(crate) fn owned_by(&self, owner: &Owner) -> impl Iterator<Item = ExternalId> {
        let groups = self.groups.all().filter(|(_, link)| link.is_owned_by(owner)).map(|(_, link)| link.id);
        let accounts = self.accounts.all().filter(|(_, link)| link.is_owned_by(owner)).map(|(_, link)| link.id);
        groups.chain(accounts)
    }
}

/// The broken links of groups or of accounts, with the objects that they stood for.
#[derive(Debug)]
pub(crate) struct BrokenOfKind<R, L> {
    by_id: BTreeMap<ExternalId, (R, L)>,
    ids: BTreeMap<R, ExternalId>,
}

impl<R, L> Default for BrokenOfKind<R, L> {
    fn default() -> Self {
        Self { by_id: BTreeMap::new(), ids: BTreeMap::new() }
    }
}

impl<R: Copy + Ord, L> BrokenOfKind<R, L> {
    /// What stood for this directory object, and its link.
    pub(crate) fn by_id(&self, id: ExternalId) -> Option<&(R, L)> {
        self.by_id.get(&id)
    }

    /// The link of an object of the store.
    pub(crate) fn link_of(&self, object: R) -> Option<&L> {
        Some(&self.by_id(*self.ids.get(&object)?)?.1)
    }

    /// All of them, by the directory's ids.
    pub(crate) fn all(&self) -> impl Iterator<Item = &(R, L)> {
        self.by_id.values()
    }

    fn insert(&mut self, id: ExternalId, object: R, link: L) {
        self.ids.insert(object, id);
        self.by_id.insert(id, (object, link));
    }

    fn retain(&mut self, keeps: impl Fn(&L) -> bool) {
        self.by_id.retain(|_, (_, link)| keeps(link));
        self.ids.retain(|_, id| self.by_id.contains_key(id));
    }
}

/// Rule `same-store`: whether the link of a group still stands for this group.
pub(crate) fn is_intact(group: &Group, found: &Found) -> bool {
    found.links == Links::Inside || group.link.as_ref().is_none_or(|link| is_group_of(link, group))
}

/// Rule `same-store`: the store without its broken links, and those of this directory.
pub(crate) fn split_broken_links(found: &Found, directory_id: DirectoryId) -> (Cow<'_, Found>, BrokenLinks) {
    let mut broken = BrokenLinks::default();
    if found.links == Links::Inside {
        return (Cow::Borrowed(found), broken);
    }
    let mut held = found.clone();
    for (group, index) in held.groups.iter_mut().zip(0..) {
        if group.link.as_ref().is_some_and(|link| !is_group_of(link, group))
            && let Some(link) = group.link.take_if(|link| link.directory_id == directory_id)
        {
            broken.groups.insert(link.id, GroupRef(index), link);
        }
    }
    for (account, index) in held.accounts.iter_mut().zip(0..) {
        if account.link.as_ref().is_some_and(|link| !is_account_of(link, account))
            && let Some(link) = account.link.take_if(|link| link.directory_id == directory_id)
        {
            broken.accounts.insert(link.id, AccountRef(index), link);
        }
    }
    (Cow::Owned(held), broken)
}

fn is_group_of(link: &GroupLink, group: &Group) -> bool {
    fold(&link.name) == fold(&group.name)
}

fn is_account_of(link: &AccountLink, account: &Account) -> bool {
    let is_same =
        |last: Option<&str>, now: Option<&str>| last.zip(now).is_some_and(|(last, now)| fold(last) == fold(now));
    let attributes = &account.attributes;
    is_same(Some(&link.username), attributes.username.as_deref())
        || is_same(link.email.as_deref(), attributes.email.as_deref())
}
