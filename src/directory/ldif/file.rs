//! A file as a directory: its entries by id, its own id, and the settings with their defaults.

mod bases;
mod broken;
mod export;
mod identity;
mod member_groups;
mod member_of;
mod reference;

use std::collections::HashMap;
use std::sync::Arc;

use self::broken::Broken;
use super::parse::{Parsed, Record, parse};
use super::problem::{InvalidLdif, Problem};
use super::role::Role;
use crate::directory::Error;
use crate::directory::dn::Dn;
use crate::directory::entry::Entry;
use crate::directory::remnant::Remnant;
use crate::directory::schema::{Effective, Schema};
use crate::directory::selection::Selection;
use crate::directory::settings::DirectorySettings;
use crate::sync::identity::{DirectoryId, ExternalId};
use crate::sync::snapshot::{Absence, BrokenEntry};

/// A file that has all ids that a read needs.
#[derive(Debug)]
pub(super) struct File {
    pub(super) effective: Arc<Effective>,
    /// Of the entry at the base, first its identity.
    pub(super) directory_ids: (DirectoryId, Box<[DirectoryId]>),
    /// What errors call it.
    origin: String,
    /// The entries that can be relied on.
    pub(super) entries: Vec<FileEntry>,
    /// The entries that are there and cannot be relied on.
    broken: Vec<Broken>,
    /// Whether the file proves that it is complete.
    is_whole: bool,
    by_id: HashMap<ExternalId, Known>,
}

/// An entry of a file.
#[derive(Debug)]
pub(super) struct FileEntry {
    line: usize,
    pub(super) dn: Dn,
    pub(super) entry: Entry,
}

/// The object that has an id. The numbers are indices.
#[derive(Debug, Clone, Copy)]
enum Known {
    Entry(usize),
    Broken(usize),
    Tombstone,
}

/// What a file shows of one id.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sighting<'a> {
    /// The entry.
    Entry(&'a FileEntry),
    /// An entry that cannot be relied on.
    Broken,
    /// That it was deleted.
    Tombstone,
    /// Nothing, and the file is complete.
    NotInFile,
    /// Nothing. The object may still exist.
    Nowhere,
}

impl File {
    /// Parses a file and checks that it has every id that a read needs.
    pub(super) fn read(settings: &DirectorySettings, origin: &str, content: &[u8]) -> Result<Self, Error> {
        let malformed =
            |error: InvalidLdif| Error::malformed(format!("reading {origin}"), error.to_string()).caused_by(error);
        let parsed = parse(content).map_err(malformed)?;
        let all = || parsed.records.iter().map(|it| &it.entry).chain(parsed.broken.iter().map(|it| &it.entry));
        let schema = Schema::chosen(settings.schema).unwrap_or_else(|| Schema::detect(all()));
        let effective = Effective::for_file(settings, schema)?;
        parsed.references.iter().try_for_each(|it| reference::check(it, &effective)).map_err(malformed)?;

        let directory_ids = identity::directory_ids(origin, &parsed, &effective)?;
        identity::some_are_shown(&parsed, &effective).map_err(malformed)?;
        let mut file = Self {
            effective: Arc::new(effective),
            directory_ids,
            origin: origin.to_owned(),
            entries: Vec::with_capacity(parsed.records.len()),
            broken: Vec::with_capacity(parsed.broken.len()),
            is_whole: parsed.is_whole,
            by_id: HashMap::with_capacity(parsed.records.len()),
        };
        file.sort(parsed).map_err(malformed)?;
        Ok(file)
    }

    /// Whether an object that is not in it does not exist. Rule `file-end`.
    pub(super) const fn absence(&self) -> Absence {
        if self.is_whole { Absence::Proven } else { Absence::Unproven }
    }

    /// What an entry of it is.
    pub(super) fn role(&self, entry: &FileEntry) -> Role {
        Role::of(&entry.dn, &entry.entry, &self.effective)
    }

    /// The broken entries that an administrator should know of.
    pub(super) fn broken_entries(&self, selection: &Selection) -> impl Iterator<Item = BrokenEntry> {
        self.broken
            .iter()
            .filter(|broken| broken.concerns(selection, &self.effective))
            .map(|broken| broken.described(&self.effective))
    }

    /// What it shows of an id. An entry whose ids cannot be read may have this one.
    pub(super) fn find(&self, id: ExternalId) -> Sighting<'_> {
        match self.by_id.get(&id) {
            Some(Known::Entry(index)) => Sighting::Entry(&self.entries[*index]),
            Some(Known::Broken(_)) => Sighting::Broken,
            Some(Known::Tombstone) => Sighting::Tombstone,
            None if self.is_whole && !self.broken.iter().any(|broken| broken.may_be_anybody(&self.effective)) => {
                Sighting::NotInFile
            }
            None => Sighting::Nowhere,
        }
    }

    /// Sorts the records into entries that can be relied on, broken ones, and deleted ones.
    fn sort(&mut self, parsed: Parsed) -> Result<(), InvalidLdif> {
        for record in parsed.records {
            match Remnant::of(&record.dn, &record.entry) {
                Some(Remnant::Tombstone) => {
                    // An object that was restored exists, although its tombstone may still be there.
                    for id in identity::readable_ids(&record.entry) {
                        self.by_id.entry(id).or_insert(Known::Tombstone);
                    }
                }
                Some(Remnant::Conflict) => self.add_broken(Broken::conflict(record))?,
                None => match identity::reliable_ids(&record, &self.effective) {
                    Ok(ids) => self.add(record, ids)?,
                    Err(problem) => self.add_broken(Broken::with_problem(record, problem))?,
                },
            }
        }
        parsed.broken.into_iter().try_for_each(|record| self.add_broken(Broken::new(record)))
    }

    fn add(&mut self, record: Record, ids: Vec<ExternalId>) -> Result<(), InvalidLdif> {
        let Record { line, dn, entry } = record;
        self.claim(Known::Entry(self.entries.len()), ids, line)?;
        self.entries.push(FileEntry { line, dn, entry });
        Ok(())
    }

    fn add_broken(&mut self, broken: Broken) -> Result<(), InvalidLdif> {
        self.claim(Known::Broken(self.broken.len()), broken.ids.clone(), broken.line)?;
        self.broken.push(broken);
        Ok(())
    }

    /// Gives ids to one entry. Two entries with one id are two versions of it, or two directories in one file.
    fn claim(&mut self, claimant: Known, ids: Vec<ExternalId>, line: usize) -> Result<(), InvalidLdif> {
        for id in ids {
            let other = match self.by_id.insert(id, claimant) {
                Some(Known::Entry(index)) => self.entries[index].line,
                Some(Known::Broken(index)) => self.broken[index].line,
                Some(Known::Tombstone) | None => continue,
            };
            return Err(Problem::SameId { line: other }.at(line));
        }
        Ok(())
    }
}
