//! What is written into the book before and after a change. Pure.

use crate::store::link_book::{BookChange, Entry, LinkedObject};
use crate::sync::found::{AccountRef, Found, GroupRef};
use crate::sync::link::{AccountLink, GroupLink};
use crate::sync::plan::{AttributeEdits, Change, Edit};
use crate::sync::store_id::StoreId;

/// The book's view of one run: the store's name, what was found, and the ids that are known so far.
pub(super) struct Entries<'a> {
    pub(super) store: &'a str,
    pub(super) found: &'a Found,
    /// By reference; `None`: it was not created.
    pub(super) groups: &'a [Option<StoreId>],
    pub(super) accounts: &'a [Option<StoreId>],
}

impl Entries<'_> {
    /// A group that is about to be created with this mark.
    pub(super) fn intended_group(&self, link: &GroupLink, mark: Box<str>) -> BookChange {
        let object = LinkedObject::Intended(mark);
        BookChange::Group(Entry { store: self.store.into(), object, link: link.clone(), renamed_to: None })
    }

    /// An account that is about to be created with this mark.
    pub(super) fn intended_account(&self, link: &AccountLink, mark: Box<str>) -> BookChange {
        let object = LinkedObject::Intended(mark);
        BookChange::Account(Entry { store: self.store.into(), object, link: link.clone(), renamed_to: None })
    }

    /// Before a rename, and before roles are written: a run that ends in between leaves no link whose object has another
    /// name than the last one written, and no role of ours that looks like a person's.
    pub(super) fn ahead(&self, change: &Change) -> Option<BookChange> {
        match change {
            Change::ParkGroup { group, name } | Change::SetGroup { group, name: Edit::Set(name), .. } => {
                self.group(*group, self.found.group_link(*group)?.clone(), Some(name.clone()))
            }
            Change::ParkAccount { account, username: Some(username) }
            | Change::SetAccount { account, edits: AttributeEdits { username: Edit::Set(username), .. } } => {
                self.account(*account, self.found.account_link(*account)?.clone(), Some(username.clone()))
            }
            // Roles that are being given may be there already, and roles that are being taken may still be there.
            Change::SetRoles { group, take, link, .. } => {
                let mut roles = [&link.roles[..], take].concat();
                roles.sort();
                self.group(*group, GroupLink { roles, ..link.clone() }, None)
            }
            _ => None,
        }
    }

    /// After a change.
    pub(super) fn behind(&self, change: &Change) -> Option<BookChange> {
        match change {
            Change::CreateGroup { group, link, .. }
            | Change::LinkGroup { group, link }
            | Change::SetRoles { group, link, .. }
            | Change::EmptyGroup { group, link, .. } => self.group(*group, link.clone(), None),
            Change::CreateAccount { account, link, .. } | Change::LinkAccount { account, link } => {
                self.account(*account, link.clone(), None)
            }
            Change::DeleteGroup { group } => {
                let link = self.found.group_link(*group)?;
                Some(BookChange::Forget(link.directory_id, link.id))
            }
            Change::DeleteAccount { account } => {
                let link = self.found.account_link(*account)?;
                Some(BookChange::Forget(link.directory_id, link.id))
            }
            _ => None,
        }
    }

    fn group(&self, group: GroupRef, link: GroupLink, renamed_to: Option<Box<str>>) -> Option<BookChange> {
        let object = LinkedObject::Known(self.groups.get(group.0 as usize)?.clone()?);
        Some(BookChange::Group(Entry { store: self.store.into(), object, link, renamed_to }))
    }

    fn account(&self, account: AccountRef, link: AccountLink, renamed_to: Option<Box<str>>) -> Option<BookChange> {
        let object = LinkedObject::Known(self.accounts.get(account.0 as usize)?.clone()?);
        Some(BookChange::Account(Entry { store: self.store.into(), object, link, renamed_to }))
    }
}
