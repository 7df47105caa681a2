//! Entries that are there and say nothing: what they stand for stays as it is.

use super::super::parse::{BrokenRecord, Record, Wrong};
use super::super::role::Role;
use super::{File, identity};
use crate::directory::dn::Dn;
use crate::directory::entry::Entry;
use crate::directory::schema::{Effective, Kind};
use crate::directory::selection::Selection;
use crate::sync::identity::ExternalId;
use crate::sync::snapshot::{BrokenEntry, Defect};

/// Such an entry.
#[derive(Debug)]
pub(in super::super) struct Broken {
    pub(super) line: usize,
    /// All its ids that can be read.
    pub(in super::super) ids: Vec<ExternalId>,
    /// Its name, if it can be read.
    pub(in super::super) dn: Option<Dn>,
    /// What of it can be read; its name as a person may read it.
    pub(in super::super) entry: Entry,
    /// What is wrong with it.
    defect: Defect,
}

impl Broken {
    /// Of a record that cannot be read.
    pub(super) fn new(record: BrokenRecord) -> Self {
        let BrokenRecord { line, dn, entry, wrong } = record;
        let defect = match wrong {
            Wrong::Unreadable(problem) => Defect::Undecodable(problem.into()),
            Wrong::CutOff => Defect::CutOff,
        };
        Self { line, ids: identity::readable_ids(&entry), dn, entry, defect }
    }

    /// Of a record that can be read, but for what this problem names.
    pub(super) fn sound(record: Record, problem: &str) -> Self {
        let problem = format!("line {}: {problem}", record.line);
        Self::of(record, Defect::Undecodable(problem.into()))
    }

    /// Of the loser of a conflict.
    pub(super) fn conflict(record: Record) -> Self {
        Self::of(record, Defect::Conflict)
    }

    fn of(record: Record, defect: Defect) -> Self {
        let Record { line, dn, entry } = record;
        Self { line, ids: identity::readable_ids(&entry), dn: Some(dn), entry, defect }
    }

    /// Whether it is a user or a group of which nobody knows which.
    pub(super) fn may_be_anybody(&self, effective: &Effective) -> bool {
        self.ids.is_empty() && self.is_wanted(effective)
    }

    /// Whether it is a user or a group, as far as anybody can tell. Nobody misses a folder.
    fn is_wanted(&self, effective: &Effective) -> bool {
        let classes = self.entry.values("objectclass");
        classes.iter().all(|class| class.eq_ignore_ascii_case(b"top"))
            || identity::is_user_or_group(&self.entry, effective)
            || effective.kind(&self.entry) == Kind::Foreign
    }
}

impl File {
    /// The broken entries that a person should know of.
    pub(in super::super) fn broken_entries(&self, selection: &Selection) -> impl Iterator<Item = BrokenEntry> {
        self.broken.iter().filter(|broken| self.concerns(broken, selection)).map(|broken| BrokenEntry {
            id: broken.ids.first().copied(),
            place: broken.dn.as_ref().map(Dn::place),
            label: broken.entry.dn.as_str().into(),
            defect: broken.defect.clone(),
        })
    }

    /// Whether it is a user or a group, as far as anybody can tell; of the losers of conflicts, which can be read, only those
    /// that would be synchronized.
    fn concerns(&self, broken: &Broken, selection: &Selection) -> bool {
        match (&broken.defect, &broken.dn) {
            (Defect::Conflict, Some(dn)) => match self.role(dn, &broken.entry) {
                Role::User => true,
                Role::Group { in_filter } => {
                    let mut matches = selection.of_dn(dn);
                    if in_filter {
                        matches.merge(&selection.of_filters(dn, &broken.entry));
                    }
                    !matches.items.is_empty()
                }
                Role::OutOfScope | Role::Foreign | Role::Other => false,
            },
            // Its classes may be cut, too.
            (Defect::CutOff, _) => broken.ids.is_empty() || broken.is_wanted(&self.effective),
            _ => broken.is_wanted(&self.effective),
        }
    }
}
