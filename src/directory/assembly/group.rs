//! One group whose members may not all have come.

use super::identity::Identity;
use super::primary::PrimaryMembers;
use super::rows::{Row, RowNumber, Rows, Uids};
use crate::directory::entry::Entry;
use crate::directory::remnant::Remnant;
use crate::directory::schema::{Dynamic, Effective, ShownPrimary};
use crate::directory::selection::Matches;
use crate::sync::identity::ExternalId;
use crate::sync::snapshot::{BrokenEntry, Concealed, Defect, DirectoryGroup, OtherUid, Place, UnresolvedValue};
use crate::sync::values::Values;

/// What is known of the group.
#[derive(Debug)]
pub(super) struct GroupBuilder {
    pub(super) id: ExternalId,
    other_ids: Box<[ExternalId]>,
    pub(super) place: Place,
    pub(super) label: Box<str>,
    /// Where in the snapshot it belongs.
    pub(super) destination: Destination,
    name: Values,
    description: Values,
    pub(super) matches: Matches,
    /// One for each member value, in the order in which they came.
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
    LocatedGroups {
        /// It is outside the groups' base.
        is_outside: bool,
    },
    /// Among those that are read because they are members of others.
    Subgroups,
}

impl GroupBuilder {
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

    /// Whether it is a dynamic group whose members the server shows.
    pub(super) const fn is_worked_out(&self) -> bool {
        matches!(self.dynamic, Dynamic::Pure) && !self.rows.is_empty()
    }

    /// The group, once all member values have come. `works_out`: the server shows the members of dynamic groups, so one
    /// that shows none has none.
    pub(super) fn finish(mut self, rows: &Rows, primary: PrimaryMembers<'_>, works_out: bool) -> DirectoryGroup {
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
            match rows.get(row) {
                Row::User(user) => members.push(user),
                Row::Group(group) => subgroups.push(rows.group(group)),
                Row::Uids(uids) => {
                    let Uids { own, others } = rows.uids(uids);
                    members.extend(*own);
                    by_other_uid.extend(others.iter().map(|it| OtherUid { is_taken: own.is_some(), ..it.clone() }));
                }
                Row::NotAUser => {}
                Row::OutOfScope => out_of_scope += 1,
                Row::Unresolved(value) => unresolved.push(rows.value(value).clone()),
                Row::Ambiguous(value) => {
                    unresolved.push(UnresolvedValue { is_ambiguous: true, ..rows.value(value).clone() });
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
            is_outside: self.destination == Destination::LocatedGroups { is_outside: true },
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
