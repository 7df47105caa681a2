//! A record while its lines come.

use std::borrow::Cow;

use super::attribute::{Attribute, Name};
use super::{BrokenRecord, Record, Wrong};
use crate::directory::dn::Dn;
use crate::directory::entry::Entry;

/// A record whose end was not read yet.
pub(super) struct Draft {
    line: usize,
    dn: Result<Dn, String>,
    entry: Entry,
    /// The first thing that cannot be read of it.
    problem: Option<String>,
    /// Whether a line followed that of the name, so that the name is not cut.
    has_more: bool,
}

impl Draft {
    /// Of its first line, which has the name.
    pub(super) fn new(line: usize, name: Result<Cow<'_, [u8]>, String>) -> Self {
        let shown = name.as_ref().map_or(Cow::Borrowed("?"), |name| String::from_utf8_lossy(name));
        let entry = Entry { dn: shown.into_owned(), ..Entry::default() };
        Self { line, dn: name.and_then(|name| parse_name(&name)), entry, problem: None, has_more: false }
    }

    /// Of a first line that was cut before the name.
    pub(super) fn unnamed(line: usize) -> Self {
        Self::new(line, Err(String::new()))
    }

    /// Adds a line. What does not belong into a file of entries is an error.
    pub(super) fn add(&mut self, line: usize, attribute: Attribute<'_>) -> Result<(), String> {
        self.go_on();
        let name = match attribute.name {
            Name::Whole(name) => name,
            Name::NotRead => return Ok(()),
        };
        match (name.as_str(), attribute.value) {
            ("dn", _) => Err("a blank line should stand before the next entry".to_owned()),
            // What `ldifde` writes before every entry.
            ("changetype", Ok(change)) if change.eq_ignore_ascii_case(b"add") => Ok(()),
            ("changetype", change) => Err(format!(
                "the file has changes (`changetype: {}`); it should have entries, as `ldapsearch` exports them",
                change.as_deref().map(String::from_utf8_lossy).unwrap_or_default()
            )),
            (_, Ok(value)) => {
                self.entry.attributes.entry(name).or_default().push(value.into_owned());
                Ok(())
            }
            (_, Err(problem)) => {
                self.problem.get_or_insert_with(|| format!("line {line}: {problem}"));
                Ok(())
            }
        }
    }

    /// Another line follows, whatever it is.
    pub(super) const fn go_on(&mut self) {
        self.has_more = true;
    }

    /// The record, once an empty line or the closing lines ended it.
    pub(super) fn finish(self) -> Result<Record, Box<BrokenRecord>> {
        let Self { line, dn, entry, problem, has_more: _ } = self;
        let (dn, problem) = match (dn, problem) {
            (Ok(dn), None) => return Ok(Record { line, dn, entry }),
            (Ok(dn), Some(problem)) => (Some(dn), problem),
            (Err(problem), _) => (None, format!("line {line}: {problem}")),
        };
        Err(Box::new(BrokenRecord { line, dn, entry, wrong: Wrong::Unreadable(problem) }))
    }

    /// The record of a file that ends with it.
    pub(super) fn cut_off(self) -> BrokenRecord {
        let Self { line, dn, entry, has_more, .. } = self;
        BrokenRecord { line, dn: dn.ok().filter(|_| has_more), entry, wrong: Wrong::CutOff }
    }
}

fn parse_name(name: &[u8]) -> Result<Dn, String> {
    let text = std::str::from_utf8(name).map_err(|_| "the name is not UTF-8; write it so".to_owned())?;
    Dn::parse(text).map_err(|error| error.to_string())
}
