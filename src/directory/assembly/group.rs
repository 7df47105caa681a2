//! A group in the making.

use super::identity::Identity;
use super::primary::PrimaryMembers;
use super::roster::{Roster, Row, RowNumber};
use crate::directory::entry::Entry;
use crate::directory::remnant::Remnant;
use crate::directory::schema::{Dynamic, Effective, ShownPrimary};
use crate::directory::selection::Matches;
use crate::sync::identity::ExternalId;
use crate::sync::snapshot::{BrokenEntry, Concealed, Defect, DirectoryGroup, DnHash, Place, UnresolvedValue};
use crate::sync::values::Values;

/// A group of an assembly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupNumber(u32);

impl GroupNumber {
    pub(super) fn of(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What is known of a group whose members may not all have come.
#[derive(Debug)]
pub(super) struct Draft {
    id: ExternalId,
    other_ids: Box<[ExternalId]>,
    place: Place,
    pub(super) dn: DnHash,
    pub(super) label: Box<str>,
    /// Where in the snapshot it belongs.
    pub(super) destination: Destination,
    name: Values,
    description: Values,
    pub(super) matches: Matches,
    /// One for each member value, in the order of their coming.
    pub(super) rows: Vec<RowNumber>,
    /// Whose primary group it can be.
    pub(super) primary: ShownPrimary,
    pub(super) dynamic: Dynamic,
}

/// Where in a snapshot a group belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Destination {
    /// Among those that selectors select.
    Groups,
    /// Among those that were located by their identity.
    LocatedGroups,
    /// Among those that are there because they are members of others.
    Subgroups,
}

impl Draft {
    pub(super) fn read(
        entry: &Entry,
        identity: Identity,
        matches: Matches,
        destination: Destination,
        effective: &Effective,
    ) -> Result<Self, BrokenEntry> {
        let Identity { id, other_ids, dn } = identity;
        let place = dn.place();
        let broken = |defect| BrokenEntry { id: Some(id), place: Some(place), label: dn.as_str().into(), defect };
        if Remnant::of(&dn, entry) == Some(Remnant::Conflict) {
            return Err(broken(Defect::Conflict));
        }
        let primary = effective.schema.primary_group_id(entry);
        let primary = primary.map_err(|error| broken(Defect::Undecodable(error.to_string().into())))?;
        Ok(Self {
            id,
            other_ids,
            place,
            dn: place.dn,
            label: dn.as_str().into(),
            destination,
            name: entry.texts(&effective.groups.name),
            description: entry.texts(&effective.groups.description),
            matches,
            rows: Vec::new(),
            primary,
            dynamic: effective.schema.dynamic(entry),
        })
    }

    /// Whether it shows that the server works out the members of dynamic groups.
    pub(super) const fn is_worked_out(&self) -> bool {
        matches!(self.dynamic, Dynamic::Pure) && !self.rows.is_empty()
    }

    /// `works_out`: the server shows the members of dynamic groups, so that one which shows none is like any other.
    pub(super) fn finish(mut self, roster: &Roster, primary: PrimaryMembers<'_>, works_out: bool) -> DirectoryGroup {
        let shows_members = !self.rows.is_empty();
        let is_dynamic = self.dynamic != Dynamic::No && !shows_members && !works_out;
        let concealed = match (is_dynamic, primary.concealed) {
            (true, _) => Some(Concealed::Dynamic),
            (false, true) => Some(Concealed::Primary),
            (false, false) => None,
        };
        let PrimaryMembers { members: primary, doubtful, .. } = primary;
        let mut unresolved = doubtful.to_vec();
        self.rows.sort_unstable();
        self.rows.dedup();
        let mut members = Vec::with_capacity(self.rows.len() + primary.len());
        members.extend(primary);
        let mut subgroups = Vec::new();
        let mut by_other_uid = Vec::new();
        let mut out_of_scope = 0;
        for row in self.rows {
            match roster.row(row) {
                Row::User(user) => members.push(user),
                Row::Group(group) => subgroups.push(roster.group(group)),
                Row::OtherUid(other) => by_other_uid.push(roster.other_uid(other).clone()),
                Row::NotAUser => {}
                Row::OutOfScope => out_of_scope += 1,
                Row::Unread(value) => unresolved.push(roster.value(value).clone()),
                Row::Ambiguous(value) => {
                    unresolved.push(UnresolvedValue { is_ambiguous: true, ..roster.value(value).clone() });
                }
            }
        }
        members.sort_unstable();
        members.dedup();
        members.shrink_to_fit();
        by_other_uid.sort_unstable();
        subgroups.sort_unstable();
        subgroups.dedup();
        DirectoryGroup {
            id: self.id,
            other_ids: self.other_ids,
            place: self.place,
            label: self.label,
            name: self.name,
            description: self.description,
            selectors: self.matches.selectors,
            excluded: self.matches.excluded,
            members,
            by_other_uid,
            unresolved,
            out_of_scope,
            shows_members,
            concealed,
            subgroups,
            hidden_subgroup: None,
        }
    }
}
