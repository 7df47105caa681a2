//! A book that is changed often: [`Entries`] with an index, so that a change costs the same in a book of any size.

use std::collections::{BTreeMap, HashMap};

use super::line::{LineReader, lines_of};
use super::{BookChange, Entries, Entry, LinkedObject, claim, remember};
use crate::sync::claim::ClaimedDirectory;
use crate::sync::identity::{DirectoryId, ExternalId};
use crate::sync::known::KnownDirectory;
use crate::sync::link::{AccountLink, GroupLink, Link};

/// A directory object.
type Key = (DirectoryId, ExternalId);

/// What a book holds, as [`Entries::change`] defines it.
#[derive(Debug, Default)]
pub struct Ledger {
    groups: Shelf<GroupLink>,
    accounts: Shelf<AccountLink>,
    directories: Vec<KnownDirectory>,
    claims: Vec<ClaimedDirectory>,
}

/// Why lines are not a book.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {cause}")]
pub struct WrongLine {
    /// Its number, from 1 on.
    pub line: usize,
    /// What is wrong with it.
    pub cause: String,
}

impl Ledger {
    /// Makes a change.
    pub fn change(&mut self, change: BookChange) {
        match change {
            BookChange::Group(entry) => {
                self.accounts.remove(key(&entry.link));
                self.groups.insert(entry);
            }
            BookChange::Account(entry) => {
                self.groups.remove(key(&entry.link));
                self.accounts.insert(entry);
            }
            BookChange::Forget(directory_id, id) => {
                self.groups.remove((directory_id, id));
                self.accounts.remove((directory_id, id));
            }
            BookChange::Remember(directory) => remember(&mut self.directories, directory),
            BookChange::Claim(claimed) => claim(&mut self.claims, claimed),
        }
    }

    /// Makes the changes of these lines. Answers how many there are.
    ///
    /// # Errors
    /// When one of them is not a change, or the last one has no line feed at its end.
    pub fn replay(&mut self, text: &str, reader: &mut LineReader) -> Result<usize, WrongLine> {
        let mut count = 0;
        for line in text.split_inclusive('\n') {
            count += 1;
            let wrong = |cause: String| WrongLine { line: count, cause };
            let line = line.strip_suffix('\n').ok_or_else(|| wrong("its end is missing".to_owned()))?;
            self.change(reader.change(line).map_err(|error| wrong(error.to_string()))?);
        }
        Ok(count)
    }

    /// The lines that make this book of an empty one.
    ///
    /// # Errors
    /// Those of the serializer. The types of lines cause none.
    pub fn lines(&self) -> Result<Vec<String>, serde_json::Error> {
        let directories = self.directories.iter().cloned().map(BookChange::Remember);
        let claims = self.claims.iter().cloned().map(BookChange::Claim);
        let groups = self.groups.entries.values().cloned().map(BookChange::Group);
        let accounts = self.accounts.entries.values().cloned().map(BookChange::Account);
        let mut lines = Vec::with_capacity(self.len());
        for change in directories.chain(claims).chain(groups).chain(accounts) {
            lines.extend(lines_of([&change])?);
        }
        Ok(lines)
    }

    /// How many lines that takes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.groups.entries.len() + self.accounts.entries.len() + self.directories.len() + self.claims.len()
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What it says.
    #[must_use]
    pub fn entries(&self) -> Entries {
        Entries {
            groups: self.groups.entries.values().cloned().collect(),
            accounts: self.accounts.entries.values().cloned().collect(),
            directories: self.directories.clone(),
            claims: self.claims.clone(),
        }
    }
}

impl From<Ledger> for Entries {
    fn from(ledger: Ledger) -> Self {
        Self {
            groups: ledger.groups.entries.into_values().collect(),
            accounts: ledger.accounts.entries.into_values().collect(),
            directories: ledger.directories,
            claims: ledger.claims,
        }
    }
}

/// The entries of one kind, one for each directory object and one for each object of a store.
#[derive(Debug)]
struct Shelf<L> {
    entries: BTreeMap<Key, Entry<L>>,
    of_objects: HashMap<(Box<str>, LinkedObject), Key>,
}

impl<L> Default for Shelf<L> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), of_objects: HashMap::new() }
    }
}

impl<L: Link> Shelf<L> {
    fn insert(&mut self, entry: Entry<L>) {
        let (key, object) = (key(&entry.link), object(&entry));
        self.remove(key);
        if let Some(other) = self.of_objects.insert(object, key) {
            self.entries.remove(&other);
        }
        self.entries.insert(key, entry);
    }

    fn remove(&mut self, key: Key) {
        if let Some(entry) = self.entries.remove(&key) {
            self.of_objects.remove(&object(&entry));
        }
    }
}

fn key(link: &impl Link) -> Key {
    (link.directory_id(), link.id())
}

fn object<L>(entry: &Entry<L>) -> (Box<str>, LinkedObject) {
    (entry.store.clone(), entry.object.clone())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sample::changes;
    use super::*;

    proptest! {
        #[test]
        fn it_says_what_entries_say_and_so_do_its_lines(changes in changes(40)) {
            let (mut entries, mut ledger) = (Entries::default(), Ledger::default());
            for change in changes {
                entries.change(change.clone());
                ledger.change(change);
                prop_assert_eq!(&ledger.entries(), &entries);
            }
            let (mut again, text) = (Ledger::default(), ledger.lines().unwrap().concat());
            prop_assert_eq!(again.replay(&text, &mut LineReader::default()).unwrap(), ledger.len());
            prop_assert_eq!(again.entries(), entries);
            prop_assert_eq!(Entries::from(ledger), again.entries());
        }
    }

    #[test]
    fn a_line_that_is_cut_or_wrong_is_named() {
        let read = |text: &str| Ledger::default().replay(text, &mut LineReader::default());
        assert!(read("").is_ok());
        let forget = r#"{"forget":{"directory":"GUID:00000000-0000-0000-0000-000000000001","id":"GUID:00000000-0000-0000-0000-000000000002"}}"#;
        assert_eq!(read(&format!("{forget}\n{forget}\n")).unwrap(), 2);
        let check = |text: String, line, cause| {
            let wrong = read(&text).unwrap_err();
            assert!(wrong.line == line && wrong.cause.contains(cause), "{wrong}");
        };
        check(format!("{forget}\n{forget}"), 2, "its end is missing");
        check(format!("{forget}\n\n{forget}\n"), 2, "EOF");
        check("{}\n".to_owned(), 1, "expected value");
    }
}
