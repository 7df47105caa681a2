//! The records of a file, complete and broken, and how they grow line by line.

use std::borrow::Cow;

use super::attribute::{Attribute, Name};
use crate::directory::dn::Dn;
use crate::directory::entry::Entry;
use crate::directory::ldif::problem::{InvalidLdif, Problem};

/// An entry of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Record {
    /// The line of its `dn:`, from 1.
    pub(in super::super) line: usize,
    /// Its name.
    pub(in super::super) dn: Dn,
    /// Its attributes.
    pub(in super::super) entry: Entry,
}

/// An entry that is there and cannot be relied on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct BrokenRecord {
    /// The line of its `dn:`, from 1.
    pub(in super::super) line: usize,
    /// Its name, if it can be read.
    pub(in super::super) dn: Option<Dn>,
    /// What of it can be read. The name is empty if it cannot be read.
    pub(in super::super) entry: Entry,
    /// Why it cannot be relied on.
    pub(in super::super) wrong: Wrong,
}

/// Why an entry cannot be relied on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Wrong {
    /// One of its lines cannot be read.
    Unreadable(InvalidLdif),
    /// The file ends with it, so it may not be complete.
    CutOff,
}

/// The lines of a record that were read so far.
pub(super) struct RecordBuilder {
    line: usize,
    dn: Result<Dn, Problem>,
    entry: Entry,
    /// The first of its lines that cannot be read.
    problem: Option<InvalidLdif>,
    /// Whether another line followed that of the name, so that the name is not cut off.
    has_more: bool,
}

impl RecordBuilder {
    /// Starts with the first line, which has the name.
    pub(super) fn new(line: usize, name: Result<Cow<'_, [u8]>, Problem>) -> Self {
        let dn = name.and_then(|name| parse_name(&name));
        let shown = dn.as_ref().map_or_else(|_| String::new(), |dn| dn.as_str().to_owned());
        let entry = Entry { dn: shown, ..Entry::default() };
        Self { line, dn, entry, problem: None, has_more: false }
    }

    /// Starts with a first line that was cut off before the name.
    pub(super) fn unnamed(line: usize) -> Self {
        Self::new(line, Err(Problem::NotAnAttribute))
    }

    /// Adds a line. One that does not belong into a file of entries is an error.
    pub(super) fn add(&mut self, line: usize, attribute: Attribute<'_>) -> Result<(), Problem> {
        self.go_on();
        let name = match attribute.name {
            Name::Whole(name) => name,
            Name::NotRead => return Ok(()),
        };
        match (name.as_str(), attribute.value) {
            ("dn", _) => Err(Problem::NoEmptyLine),
            // `ldifde` writes it before every entry.
            ("changetype", Ok(change)) if change.eq_ignore_ascii_case(b"add") => Ok(()),
            ("changetype", _) => Err(Problem::Change),
            (_, Ok(value)) => {
                self.entry.attributes.entry(name).or_default().push(value.into_owned());
                Ok(())
            }
            (_, Err(problem)) => {
                self.problem.get_or_insert_with(|| problem.at(line));
                Ok(())
            }
        }
    }

    /// Notes that another line follows.
    pub(super) const fn go_on(&mut self) {
        self.has_more = true;
    }

    /// The record, once an empty line or the closing lines have ended it.
    pub(super) fn finish(self) -> Result<Record, Box<BrokenRecord>> {
        let Self { line, dn, entry, problem, has_more: _ } = self;
        let (dn, problem) = match (dn, problem) {
            (Ok(dn), None) => return Ok(Record { line, dn, entry }),
            (Ok(dn), Some(problem)) => (Some(dn), problem),
            (Err(problem), _) => (None, problem.at(line)),
        };
        Err(Box::new(BrokenRecord { line, dn, entry, wrong: Wrong::Unreadable(problem) }))
    }

    /// The record, if the file ends with it.
    pub(super) fn cut_off(self) -> BrokenRecord {
        let Self { line, dn, entry, has_more, .. } = self;
        BrokenRecord { line, dn: dn.ok().filter(|_| has_more), entry, wrong: Wrong::CutOff }
    }
}

fn parse_name(name: &[u8]) -> Result<Dn, Problem> {
    let text = std::str::from_utf8(name).map_err(|_| Problem::NameNotUtf8)?;
    Ok(Dn::parse(text)?)
}
