//! What the store has, read as it is, including equal names, odd case and missing e-mail addresses.

use super::claim::ClaimedDirectory;
use super::known::KnownDirectory;
use super::link::{AccountLink, GroupLink};
use super::role::Role;
use super::snapshot::Attributes;
use super::store_id::StoreId;

/// An account of the store, or one that a plan creates: below [`Found::accounts`]`.len()` an index into it, from there
/// on the plan's new accounts in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountRef(pub u32);

/// A group of the store, or one that a plan creates, counted like [`AccountRef`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupRef(pub u32);

/// An account as the store holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The store's id.
    pub id: StoreId,
    /// What the store says of the person.
    pub attributes: Attributes,
    /// Whether it may sign in.
    pub active: bool,
    /// The directory user that it stands for; `None`: local.
    pub link: Option<AccountLink>,
}

/// A group as the store holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The store's id.
    pub id: StoreId,
    /// Its name.
    pub name: Box<str>,
    /// Its description.
    pub description: Option<Box<str>>,
    /// Its members, ascending, each once.
    pub members: Vec<AccountRef>,
    /// Its roles, ascending; none where groups have no roles.
    pub roles: Vec<Role>,
    /// The directory group that it stands for; `None`: local.
    pub link: Option<GroupLink>,
}

/// Where the links of a store are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Links {
    /// In the store, whose ids are never reused: a link is deleted with its object.
    #[default]
    Inside,
    /// Beside it, because it cannot hold them. Its ids may be reused, and the links may have been made for another
    /// store.
    Outside(LostLinks),
}

/// The links outside a store that fit none of its objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LostLinks {
    /// The store that was read, as links name it.
    pub store: Box<str>,
    /// Of groups.
    pub groups: Vec<LostLink<GroupLink>>,
    /// Of accounts.
    pub accounts: Vec<LostLink<AccountLink>>,
}

/// A link of an object that the store does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostLink<L> {
    /// The link.
    pub link: L,
    /// The store that it names: the one that was read, from which the object vanished, or another.
    pub store: Box<str>,
}

/// One complete read of the store: every account, every group, every membership, every link.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// All accounts, ascending by id.
    pub accounts: Vec<Account>,
    /// All groups, ascending by id.
    pub groups: Vec<Group>,
    /// The directories that the store has seen, ascending by directory id.
    pub directories: Vec<KnownDirectory>,
    /// The directories whose links somebody leads, ascending by directory id.
    pub claims: Vec<ClaimedDirectory>,
    /// Where the links are kept.
    pub links: Links,
}

impl Found {
    /// The account behind a reference; `None` for one that a plan creates.
    #[must_use]
    pub fn account(&self, account: AccountRef) -> Option<&Account> {
        self.accounts.get(account.0 as usize)
    }

    /// The group behind a reference; `None` for one that a plan creates.
    #[must_use]
    pub fn group(&self, group: GroupRef) -> Option<&Group> {
        self.groups.get(group.0 as usize)
    }

    /// The link of an account, if it has one.
    #[must_use]
    pub fn account_link(&self, account: AccountRef) -> Option<&AccountLink> {
        self.account(account)?.link.as_ref()
    }

    /// The link of a group, if it has one.
    #[must_use]
    pub fn group_link(&self, group: GroupRef) -> Option<&GroupLink> {
        self.group(group)?.link.as_ref()
    }

    /// The members of a group, ascending; none of one that a plan creates.
    #[must_use]
    pub fn members(&self, group: GroupRef) -> &[AccountRef] {
        self.group(group).map_or(&[], |group| &group.members)
    }
}
