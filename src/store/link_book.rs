//! The book of links of a store that cannot hold them itself: which object of the store each directory object is, and what
//! is remembered of directories and their servers.

mod intended;
pub mod ledger;
pub mod line;
#[cfg(test)]
pub(crate) mod sample;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

pub use self::intended::Intended;
use super::Error;
use crate::sync::claim::ClaimedDirectory;
use crate::sync::found::{Found, Links, LostLink, LostLinks};
use crate::sync::identity::{DirectoryId, ExternalId};
use crate::sync::known::KnownDirectory;
use crate::sync::link::{AccountLink, GroupLink, Link};
use crate::sync::store_id::StoreId;

/// Where the links are kept. One book may serve several stores: each entry names its own.
#[async_trait]
pub trait LinkBook: Send + Sync {
    /// Reads all of it.
    ///
    /// # Errors
    /// When anything could not be read: an error never reads as fewer links.
    async fn read(&self) -> Result<Entries, Error>;

    /// Writes these changes in their order, all of them or none.
    ///
    /// # Errors
    /// When they are not written.
    async fn write(&self, changes: Vec<BookChange>) -> Result<(), Error>;

    /// Reserves the right to write, until the value is dropped. A store calls it when a run begins to write.
    ///
    /// # Errors
    /// [`Error::Busy`] when another process has it.
    async fn reserve(&self) -> Result<Box<dyn Send>, Error> {
        Ok(Box::new(()))
    }
}

/// The answer of a process that has no place for a book.
///
/// # Errors
/// Always.
pub fn no_book() -> Result<Arc<dyn LinkBook>, Error> {
    let problem = "this dashboard server cannot store the links between its groups and the directory, and no other place \
                   for them is specified";
    Err(Error::configuration("links", problem))
}

/// What a book holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entries {
    /// The links of groups, one for each directory object, ascending by directory id and external id.
    pub groups: Vec<Entry<GroupLink>>,
    /// The links of accounts, one for each directory object, in the same order.
    pub accounts: Vec<Entry<AccountLink>>,
    /// What is remembered of directories and their servers, ascending by directory id.
    pub directories: Vec<KnownDirectory>,
    /// The claims on directory ids, ascending by directory id.
    pub claims: Vec<ClaimedDirectory>,
}

/// A link, and the object of the store that it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<L> {
    /// The store, by its identity.
    pub store: Box<str>,
    /// The object.
    pub object: LinkedObject,
    /// The link.
    pub link: L,
    /// The name or the username that the object is about to get. Written before the call, so that a run that ends in
    /// between leaves no link whose object has another name than the last one written.
    pub renamed_to: Option<Box<str>>,
}

/// The object of a link.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LinkedObject {
    /// It has this id.
    Known(StoreId),
    /// It was about to be created, and has this mark if it was. Written before the call, so that a lost answer loses no
    /// object. A server that cannot keep marks shows none.
    Intended(Box<str>),
}

/// A change of a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BookChange {
    /// Writes an entry in place of those of the same directory object and of the same object of the store.
    Group(Entry<GroupLink>),
    /// The same of an account.
    Account(Entry<AccountLink>),
    /// Forgets the entry of a directory object.
    Forget(DirectoryId, ExternalId),
    /// Remembers a directory: the time of one that is known stays, and the servers that are named replace what is known of
    /// them.
    Remember(KnownDirectory),
    /// Writes the claims on a directory id in place of those that are there.
    Claim(ClaimedDirectory),
}

impl<L> Entry<L> {
    fn is_of_object(&self, other: &Self) -> bool {
        (&self.store, &self.object) == (&other.store, &other.object)
    }
}

impl Entries {
    /// Makes a change.
    pub fn change(&mut self, change: BookChange) {
        match change {
            BookChange::Group(entry) => {
                self.forget(entry.link.directory_id, entry.link.id);
                insert(&mut self.groups, entry);
            }
            BookChange::Account(entry) => {
                self.forget(entry.link.directory_id, entry.link.id);
                insert(&mut self.accounts, entry);
            }
            BookChange::Forget(directory_id, id) => self.forget(directory_id, id),
            BookChange::Remember(directory) => remember(&mut self.directories, directory),
            BookChange::Claim(claimed) => claim(&mut self.claims, claimed),
        }
    }

    fn forget(&mut self, directory_id: DirectoryId, id: ExternalId) {
        self.groups.retain(|entry| (entry.link.directory_id, entry.link.id) != (directory_id, id));
        self.accounts.retain(|entry| (entry.link.directory_id, entry.link.id) != (directory_id, id));
    }

    /// The store with its links. `found` is what the server shows, without any; `marked` are the ids of the objects that
    /// have marks. An entry of another store, or of an object that does not exist, is a lost link. An intention without an
    /// object is not a link.
    #[must_use]
    pub fn join(self, mut found: Found, store: &str, marked: &BTreeMap<Box<str>, StoreId>) -> Found {
        let mut lost = LostLinks { store: store.into(), ..LostLinks::default() };
        let place = |object: &LinkedObject, ids: &BTreeMap<StoreId, usize>| match object {
            LinkedObject::Known(id) => Some(ids.get(id).copied()),
            LinkedObject::Intended(mark) => marked.get(mark).and_then(|id| ids.get(id)).copied().map(Some),
        };
        let ids = (found.groups.iter().zip(0..)).map(|(group, index)| (group.id.clone(), index)).collect();
        for Entry { store: of, object, mut link, renamed_to } in known_first(self.groups) {
            let Some(place) = place(&object, &ids) else { continue };
            let group = place.filter(|_| *of == *store).and_then(|place| found.groups.get_mut(place));
            match group.filter(|group| group.link.is_none()) {
                Some(group) => {
                    if let Some(name) = renamed_to.filter(|name| **name == *group.name) {
                        link.name = name;
                    }
                    group.link = Some(link);
                }
                None if matches!(object, LinkedObject::Intended(_)) => {}
                None => lost.groups.push(LostLink { link, store: of }),
            }
        }
        let ids = (found.accounts.iter().zip(0..)).map(|(account, index)| (account.id.clone(), index)).collect();
        for Entry { store: of, object, mut link, renamed_to } in known_first(self.accounts) {
            let Some(place) = place(&object, &ids) else { continue };
            let account = place.filter(|_| *of == *store).and_then(|place| found.accounts.get_mut(place));
            match account.filter(|account| account.link.is_none()) {
                Some(account) => {
                    let held = account.attributes.username.as_deref();
                    if let Some(username) = renamed_to.filter(|username| held == Some(&**username)) {
                        link.username = username;
                    }
                    account.link = Some(link);
                }
                None if matches!(object, LinkedObject::Intended(_)) => {}
                None => lost.accounts.push(LostLink { link, store: of }),
            }
        }
        (found.directories, found.claims, found.links) = (self.directories, self.claims, Links::Outside(lost));
        found
    }
}

/// An object belongs to the link that has its id, whatever mark it shows.
fn known_first<L>(entries: Vec<Entry<L>>) -> impl Iterator<Item = Entry<L>> {
    let is_known = |entry: &Entry<L>| matches!(entry.object, LinkedObject::Known(_));
    let (known, intended): (Vec<_>, Vec<_>) = entries.into_iter().partition(is_known);
    known.into_iter().chain(intended)
}

fn insert<L: Link>(entries: &mut Vec<Entry<L>>, entry: Entry<L>) {
    entries.retain(|other| !other.is_of_object(&entry));
    let key = |entry: &Entry<L>| (entry.link.directory_id(), entry.link.id());
    let place = entries.partition_point(|other| key(other) < key(&entry));
    entries.insert(place, entry);
}

fn remember(directories: &mut Vec<KnownDirectory>, directory: KnownDirectory) {
    match directories.binary_search_by_key(&directory.directory_id, |known| known.directory_id) {
        Ok(index) => directories[index].learn(directory.servers),
        Err(index) => {
            let mut known = KnownDirectory { servers: Vec::new(), ..directory };
            known.learn(directory.servers);
            directories.insert(index, known);
        }
    }
}

fn claim(claims: &mut Vec<ClaimedDirectory>, claimed: ClaimedDirectory) {
    match claims.binary_search_by_key(&claimed.directory_id, |known| known.directory_id) {
        Ok(index) => claims[index] = claimed,
        Err(index) => claims.insert(index, claimed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::found::Group;
    use crate::sync::identity::IdKind;
    use crate::sync::link::Origin;
    use crate::sync::snapshot::{DnHash, Place};

    fn entry(number: u8, object: LinkedObject, renamed_to: Option<&str>) -> Entry<GroupLink> {
        let hash = DnHash([0; 16]);
        let link = GroupLink {
            directory_id: DirectoryId(ExternalId::new(IdKind::EntryUuid, [0; 16])),
            id: ExternalId::new(IdKind::EntryUuid, [number; 16]),
            owner: None,
            selector: Box::default(),
            exclusions: Box::default(),
            origin: Origin::Created,
            name: "old".into(),
            place: Place { dn: hash, parent: hash },
            roles: Vec::new(),
            missing_since: None,
            empty_since: None,
        };
        Entry { store: "here".into(), object, link, renamed_to: renamed_to.map(Into::into) }
    }

    fn known(id: &str) -> LinkedObject {
        LinkedObject::Known(StoreId::from(id))
    }

    /// The names that the links of groups `a` and `b` remember, and how many links are lost.
    fn joined(entries: Vec<Entry<GroupLink>>, [a, b]: [&str; 2]) -> (Vec<Option<String>>, usize) {
        let mut book = Entries::default();
        for entry in entries {
            book.change(BookChange::Group(entry));
        }
        let group = |(id, name): (&str, &str)| Group {
            id: StoreId::from(id),
            name: name.into(),
            description: None,
            members: Vec::new(),
            roles: Vec::new(),
            link: None,
        };
        let groups = [("a", a), ("b", b)].map(group).into();
        let marked = BTreeMap::from([("mark".into(), StoreId::from("b"))]);
        let found = book.join(Found { groups, ..Found::default() }, "here", &marked);
        let names = found.groups.iter().map(|group| group.link.as_ref().map(|link| link.name.to_string()));
        let Links::Outside(lost) = &found.links else { panic!("a book is outside") };
        (names.collect(), lost.groups.len())
    }

    #[test]
    fn a_rename_that_was_announced_moves_the_link_along_if_it_was_made() {
        let entries = || vec![entry(1, known("a"), Some("new"))];
        assert_eq!(joined(entries(), ["new", "x"]), (vec![Some("new".to_owned()), None], 0));
        assert_eq!(joined(entries(), ["old", "x"]), (vec![Some("old".to_owned()), None], 0));
    }

    #[test]
    fn an_intention_is_a_link_if_something_came_of_it() {
        let intended = |mark: &str| vec![entry(1, LinkedObject::Intended(mark.into()), None)];
        assert_eq!(joined(intended("mark"), ["x", "old"]), (vec![None, Some("old".to_owned())], 0));
        assert_eq!(joined(intended("other"), ["x", "old"]), (vec![None, None], 0));
    }

    #[test]
    fn an_object_belongs_to_the_link_that_has_its_id() {
        let entries = vec![entry(1, LinkedObject::Intended("mark".into()), None), entry(2, known("b"), None)];
        assert_eq!(joined(entries, ["x", "old"]), (vec![None, Some("old".to_owned())], 0));
    }

    #[test]
    fn what_is_found_by_its_mark_is_known_from_then_on() {
        let mut book = Entries::default();
        for entry in [
            entry(1, LinkedObject::Intended("mark".into()), None),
            entry(2, known("a"), None),
            entry(3, LinkedObject::Intended("other".into()), None),
        ] {
            book.change(BookChange::Group(entry));
        }
        let group = |id: &str| Group {
            id: StoreId::from(id),
            name: "old".into(),
            description: None,
            members: Vec::new(),
            roles: Vec::new(),
            link: None,
        };
        let marked = BTreeMap::from([("mark".into(), StoreId::from("b"))]);
        let intended = Intended::of(&book);
        let found = book.join(Found { groups: vec![group("a"), group("b")], ..Found::default() }, "here", &marked);
        assert_eq!(intended.claimed(&found), [BookChange::Group(entry(1, known("b"), None))]);
    }

    #[test]
    fn a_link_of_another_store_or_of_nothing_is_lost() {
        let elsewhere = Entry { store: "there".into(), ..entry(1, known("a"), None) };
        assert_eq!(joined(vec![elsewhere, entry(2, known("c"), None)], ["old", "old"]), (vec![None, None], 2));
    }

    #[test]
    fn an_object_has_one_link_and_a_directory_object_one_entry() {
        let entries = vec![entry(1, known("a"), None), entry(1, known("b"), None), entry(2, known("b"), None)];
        assert_eq!(joined(entries, ["old", "old"]), (vec![None, Some("old".to_owned())], 0));
    }
}
