//! Adds to a snapshot what was looked up after it was made.

use std::collections::HashSet;

use super::group::Destination;
use super::{Assembly, GroupNumber, parse_dn};
use crate::directory::Error;
use crate::directory::entry::Entry;
use crate::directory::schema::{Kind, UID};
use crate::directory::selection::Finding;
use crate::sync::fold::fold;
use crate::sync::identity::ExternalId;
use crate::sync::snapshot::{GroupSighting, MemberSighting, Names, Snapshot, UserIndex};
use crate::sync::values::Values;

/// Adds to a snapshot what was located by external id: users at the end of its users, groups among its located groups.
#[derive(Debug)]
pub struct Supplement {
    assembly: Assembly,
}

impl Supplement {
    pub(super) const fn new(assembly: Assembly) -> Self {
        Self { assembly }
    }

    /// The index of a user entry that is in the users' base and matches their filter: the one that it has already, or
    /// a new one. `None`: it cannot be decoded.
    ///
    /// # Errors
    /// As [`Assembly::add_user`].
    pub fn add_user(&mut self, entry: &Entry) -> Result<Option<UserIndex>, Error> {
        match self.assembly.id(entry).and_then(|id| self.assembly.index.user(id)) {
            Some(known) => Ok(Some(known)),
            None => self.assembly.add_user(entry),
        }
    }

    /// The present names of a located member. `None`: its name cannot be read.
    #[must_use]
    pub fn names(&self, entry: &Entry) -> Option<Names> {
        let uids = if self.assembly.effective.reads_usernames() { entry.texts(UID) } else { Values::Absent };
        Some(Names { dn: parse_dn(entry).ok()?.hash(), uids: uids.iter().map(|uid| fold(uid).into()).collect() })
    }

    /// Adds a group entry that was located by its identity, selected or not, once. `None`: it cannot be decoded.
    ///
    /// # Errors
    /// As [`Assembly::add_group`].
    pub fn add_group(&mut self, entry: &Entry, finding: Finding<'_>) -> Result<Option<GroupNumber>, Error> {
        let Some(identity) = self.assembly.identity(entry)? else { return Ok(None) };
        let (id, dn) = (identity.id, identity.dn.clone());
        if self.assembly.is_nested() {
            self.assembly.index.add_group(id, &dn, entry);
        } else {
            self.assembly.index.add_other(Some(id), &dn, entry);
        }
        let matches = self.assembly.matches(&dn, entry, finding);
        let destination = Destination::LocatedGroups { is_outside: !finding.is_in_base };
        Ok(self.assembly.start_group(entry, identity, matches, destination))
    }

    /// What a located member is that can be read and is not a user in scope.
    #[must_use]
    pub const fn sighting(&self, kind: Kind) -> MemberSighting {
        match kind {
            Kind::User => MemberSighting::OutOfScope,
            Kind::Foreign => MemberSighting::Foreign,
            // Its members could not be read, so a user who is missing may still be a member through it.
            Kind::Group if self.assembly.is_nested() => MemberSighting::Unreadable,
            Kind::Group | Kind::Other => MemberSighting::NotAUser,
        }
    }

    /// The assembly that it adds to: members of located groups are added and resolved like those of the others.
    pub const fn assembly(&mut self) -> &mut Assembly {
        &mut self.assembly
    }

    /// Puts what was added since into the snapshot that [`Assembly::finish`] gave.
    pub fn complete(&mut self, snapshot: &mut Snapshot) {
        self.assembly.move_into(snapshot);
        let Snapshot { groups, located_groups, subgroups, .. } = snapshot;
        let located = || located_groups.values().filter_map(GroupSighting::found);
        // A located group may be a member of another one.
        let named = groups.iter().chain(located()).chain(subgroups.values()).flat_map(|group| &group.subgroups);
        let named: HashSet<ExternalId> = named.copied().collect();
        let both = located().filter(|group| named.contains(&group.id)).map(|group| (group.id, group.clone()));
        for (id, group) in both.collect::<Vec<_>>() {
            subgroups.entry(id).or_insert(group);
        }
    }
}
