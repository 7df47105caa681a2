//! Objects that a read has found by their marks. The book gets their ids before the next write, because a mark does not stay:
//! an object without it would look like a person's.

use std::collections::BTreeMap;

use super::{BookChange, Entries, Entry, LinkedObject};
use crate::sync::found::Found;
use crate::sync::link::{AccountLink, GroupLink, Link};
use crate::sync::store_id::StoreId;

/// The entries of what was about to be created.
#[derive(Debug, Default)]
pub struct Intended {
    groups: Vec<Entry<GroupLink>>,
    accounts: Vec<Entry<AccountLink>>,
}

impl Intended {
    /// Those of a book.
    #[must_use]
    pub fn of(entries: &Entries) -> Self {
        Self { groups: intended(&entries.groups), accounts: intended(&entries.accounts) }
    }

    /// The entries of those that were found by their marks, with their ids. `found` is joined with the same book.
    #[must_use]
    pub fn claimed(self, found: &Found) -> Vec<BookChange> {
        let groups = found.groups.iter().filter_map(|group| Some((group.link.as_ref()?, &group.id)));
        let accounts = found.accounts.iter().filter_map(|account| Some((account.link.as_ref()?, &account.id)));
        let groups = claimed(self.groups, groups).map(BookChange::Group);
        let accounts = claimed(self.accounts, accounts).map(BookChange::Account);
        groups.chain(accounts).collect()
    }
}

fn intended<L: Clone>(entries: &[Entry<L>]) -> Vec<Entry<L>> {
    entries.iter().filter(|entry| matches!(entry.object, LinkedObject::Intended(_))).cloned().collect()
}

fn claimed<'a, L: Link + 'a>(
    intended: Vec<Entry<L>>,
    linked: impl Iterator<Item = (&'a L, &'a StoreId)>,
) -> impl Iterator<Item = Entry<L>> {
    let ids: BTreeMap<_, _> = if intended.is_empty() {
        BTreeMap::new()
    } else {
        linked.map(|(link, id)| ((link.directory_id(), link.id()), id.clone())).collect()
    };
    intended.into_iter().filter_map(move |entry| {
        let id = ids.get(&(entry.link.directory_id(), entry.link.id()))?.clone();
        Some(Entry { object: LinkedObject::Known(id), ..entry })
    })
}
