//! Entries that are there and cannot be relied on: nothing that depends on them changes. Rule `one-broken-object`.

use super::super::parse::{BrokenRecord, Record, Wrong};
use super::super::problem::Problem;
use super::super::role::Role;
use super::identity;
use crate::directory::dn::Dn;
use crate::directory::entry::Entry;
use crate::directory::schema::{Effective, Kind};
use crate::directory::selection::Selection;
use crate::sync::identity::ExternalId;
use crate::sync::snapshot::{BrokenEntry, Defect};

/// An entry that cannot be relied on.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) line: usize,
    /// All its ids that can be read.
    pub(super) ids: Vec<ExternalId>,
    /// Its name, if it can be read.
    pub(super) dn: Option<Dn>,
    /// What of it can be read. The name is empty if it cannot be read.
    pub(super) entry: Entry,
    /// What is wrong with it.
    defect: Defect,
}

impl Broken {
    /// From a record that cannot be read.
    pub(super) fn new(record: BrokenRecord) -> Self {
        let BrokenRecord { line, dn, entry, wrong } = record;
        let defect = match wrong {
            Wrong::Unreadable(problem) => Defect::Undecodable(problem.to_string().into()),
            Wrong::CutOff => Defect::CutOff,
        };
        Self { line, ids: identity::readable_ids(&entry), dn, entry, defect }
    }

    /// From a record that can be read and has this problem.
    pub(super) fn with_problem(record: Record, problem: Problem) -> Self {
        let problem = problem.at(record.line).to_string();
        Self::with_defect(record, Defect::Undecodable(problem.into()))
    }

    /// From the loser of a replication conflict.
    pub(super) fn conflict(record: Record) -> Self {
        Self::with_defect(record, Defect::Conflict)
    }

    fn with_defect(record: Record, defect: Defect) -> Self {
        let Record { line, dn, entry } = record;
        Self { line, ids: identity::readable_ids(&entry), dn: Some(dn), entry, defect }
    }

    /// Whether it may be any user or group: its ids cannot be read.
    pub(super) fn may_be_anybody(&self, effective: &Effective) -> bool {
        self.ids.is_empty() && self.may_be_user_or_group(effective)
    }

    /// Whether it is a user or a group that would be synchronized, as far as what can be read of it tells.
    pub(super) fn concerns(&self, selection: &Selection, effective: &Effective) -> bool {
        match (&self.defect, &self.dn) {
            // The loser of a conflict can be read, so it is known whether it would be synchronized.
            (Defect::Conflict, Some(dn)) => match Role::of(dn, &self.entry, effective) {
                Role::User => true,
                Role::Group { in_filter } => {
                    let mut matches = selection.by_dn(dn);
                    if in_filter {
                        matches.merge(&selection.by_filters(dn, &self.entry));
                    }
                    !matches.selectors.is_empty()
                }
                Role::OutOfScope | Role::Foreign | Role::Other => false,
            },
            // Its object classes may be cut off, too.
            (Defect::CutOff, _) => self.ids.is_empty() || self.may_be_user_or_group(effective),
            _ => self.may_be_user_or_group(effective),
        }
    }

    /// What the snapshot says of it.
    pub(super) fn described(&self, effective: &Effective) -> BrokenEntry {
        let read = [&effective.base, &effective.groups.base, &effective.users.base];
        let label = match &self.dn {
            // It is named as an entry of the directory, not as a text of the file. Rule `withheld-text`.
            Some(dn) if read.iter().any(|base| dn.is_at_or_below(base)) => dn.as_str().into(),
            _ => format!("in line {}", self.line).into(),
        };
        BrokenEntry {
            id: self.ids.first().copied(),
            place: self.dn.as_ref().map(Dn::place),
            label,
            defect: self.defect.clone(),
        }
    }

    /// Whether it is a user or a group, or shows too little to tell. A folder is neither.
    fn may_be_user_or_group(&self, effective: &Effective) -> bool {
        let classes = self.entry.values("objectclass");
        classes.iter().all(|class| class.eq_ignore_ascii_case(b"top"))
            || identity::is_user_or_group(&self.entry, effective)
            || effective.kind(&self.entry) == Kind::Foreign
    }
}
