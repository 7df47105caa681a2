//! Builds a [`Snapshot`] from the entries of complete reads, in any order and in pages of any size.
//!
//! A member value is resolved when it arrives, or when the entry that it names arrives. What is kept of it is a number
//! of four octets, and its text only while nothing is known of it. So memory is needed for users, hardly for
//! memberships.
//!
//! An adapter calls [`Assembly::add_user`] and [`Assembly::add_group`] for every entry. Then it asks for what the
//! member values name, until [`Assembly::take_new_values`] brings nothing new, and calls [`Assembly::finish`]. If a
//! read fails, it drops the assembly.

mod finish;
mod group;
mod groups;
mod identity;
mod member;
mod member_index;
mod person;
mod primary;
mod rounds;
mod rows;
mod supplement;

pub use groups::GroupNumber;
pub use rounds::{MOST_LEVELS, too_deep};
pub use rows::NewMemberValues;
pub use supplement::Supplement;

use std::sync::Arc;

use self::group::{Destination, GroupBuilder};
use self::groups::Groups;
use self::identity::{Identity, Unidentified, parse_dn};
use self::member_index::MemberIndex;
use self::primary::PrimaryGroups;
use super::Error;
use super::dn::Dn;
use super::entry::Entry;
use super::schema::{Effective, MemberAttribute, ShownPrimary};
use super::selection::{Finding, Matches, Selection};
use crate::sync::identity::ExternalId;
use crate::sync::snapshot::{BrokenEntry, DirectoryUser, ShownAttributes, UserIndex};

/// The entries that were read so far.
#[derive(Debug)]
pub struct Assembly {
    effective: Arc<Effective>,
    selection: Selection,
    index: MemberIndex,
    users: Vec<DirectoryUser>,
    shown: ShownAttributes,
    /// Whether every user in scope was added.
    has_every_user: bool,
    primary_groups: PrimaryGroups,
    /// Whether the server shows the members of dynamic groups.
    works_out_dynamic_groups: bool,
    groups: Groups,
    /// Users and groups that cannot be decoded. The others go on without them.
    broken: Vec<BrokenEntry>,
}

impl Assembly {
    /// Without any entry.
    #[must_use]
    pub fn new(effective: Arc<Effective>, selection: Selection) -> Self {
        Self {
            index: MemberIndex::new(&effective),
            effective,
            selection,
            users: Vec::new(),
            shown: ShownAttributes::default(),
            has_every_user: false,
            primary_groups: PrimaryGroups::default(),
            works_out_dynamic_groups: false,
            groups: Groups::default(),
            broken: Vec::new(),
        }
    }

    /// Adds a user entry that is in the users' base and matches their filter. Each entry once. `None`: it cannot be
    /// decoded, so it is set aside.
    ///
    /// # Errors
    /// [`Error::Configuration`] when it shows no identity; [`Error::Malformed`] when its identity was there before.
    pub fn add_user(&mut self, entry: &Entry) -> Result<Option<UserIndex>, Error> {
        let Some(identity) = self.identity(entry)? else { return Ok(None) };
        let user = person::read(entry, identity, &self.effective, &mut self.shown);
        let index = self.index.add_user(entry, &user)?;
        // A value that cannot be decoded tells as little as a hidden one.
        let primary = self.effective.schema.primary_group(entry).unwrap_or(ShownPrimary::Hidden);
        self.primary_groups.add_user(index, &user, &entry.dn, primary);
        self.users.push(user);
        Ok(Some(index))
    }

    /// Adds a group entry with the member values that it shows. One that no selector selects is only known not to be a
    /// user; where nested groups count, it is not known at all yet.
    ///
    /// An entry that several searches find may be added by each: its members are those of the first, its selectors
    /// those of all. `Some` is the first time that a selected group is seen: if its values come in ranges, the others
    /// are added to that number. One that cannot be decoded is set aside.
    ///
    /// # Errors
    /// [`Error::Configuration`] when it shows no identity; [`Error::Malformed`] when its identity is another entry's.
    pub fn add_group(&mut self, entry: &Entry, finding: Finding<'_>) -> Result<Option<GroupNumber>, Error> {
        let Some(identity) = self.identity(entry)? else { return Ok(None) };
        let (id, dn) = (identity.id, identity.dn.clone());
        let matches = self.matches(&dn, entry, finding);
        if !self.is_nested() {
            self.index.add_other(Some(id), &dn, entry);
        } else if !matches.selectors.is_empty() {
            self.index.add_group(id, &dn, entry);
        }
        if let Some(known) = self.groups.find_mut(id) {
            if known.place.dn != dn.hash() {
                return Err(entry
                    .malformed(format!("{id} was also read as `{}`, so it was moved during the read", known.label)));
            }
            known.matches.merge(&matches);
            return Ok(None);
        }
        if matches.selectors.is_empty() {
            if matches.excluded {
                self.groups.exclude(id);
            }
            return Ok(None);
        }
        Ok(self.start_group(entry, identity, matches, Destination::Groups))
    }

    /// Adds a group entry that is a member of others, with the member values that it shows. `Some` is the first time
    /// that the group is seen, as in [`Self::add_group`].
    ///
    /// # Errors
    /// As [`Self::add_group`].
    pub fn add_member_group(&mut self, entry: &Entry) -> Result<Option<GroupNumber>, Error> {
        let Some(identity) = self.identity(entry)? else { return Ok(None) };
        self.index.add_group(identity.id, &identity.dn, entry);
        if self.groups.contains(identity.id) {
            return Ok(None);
        }
        Ok(self.start_group(entry, identity, Matches::default(), Destination::Subgroups))
    }

    /// Notes that a member is a group whose members cannot be read.
    ///
    /// # Errors
    /// As [`Self::add_group`].
    pub fn add_unreadable_group(&mut self, entry: &Entry) -> Result<(), Error> {
        if let Some(Identity { id, dn, .. }) = self.identity(entry)? {
            self.index.add_group(id, &dn, entry);
        }
        Ok(())
    }

    /// Adds further member values of a group: the next range.
    pub fn add_members(&mut self, group: GroupNumber, attribute: MemberAttribute, values: &[Vec<u8>]) {
        let rows = values.iter().map(|value| self.index.row_of(member::parse(attribute.syntax, value)));
        self.groups.get_mut(group).rows.extend(rows);
    }

    /// Forgets the member values of a group, for a range read that starts again because the group changed meanwhile.
    pub fn restart_members(&mut self, group: GroupNumber) {
        self.groups.get_mut(group).rows.clear();
    }

    /// Notes that an entry is not a user, so that member values which name it are ignored.
    pub fn add_other(&mut self, entry: &Entry) {
        if let Ok(dn) = parse_dn(entry) {
            self.index.add_other(self.id(entry), &dn, entry);
        }
    }

    /// Notes that an entry stands for an object of another directory. Member values that name it stay unresolved, with
    /// its identity.
    pub fn add_foreign(&mut self, entry: &Entry) {
        if let (Some(id), Ok(dn)) = (self.id(entry), parse_dn(entry)) {
            self.index.add_foreign(id, &dn);
        }
    }

    /// Notes that a user entry is outside the users' base or filter. Member values that name it, also by its `uid`, are
    /// counted and do not add a member.
    pub fn add_out_of_scope(&mut self, entry: &Entry) {
        if let Ok(dn) = parse_dn(entry) {
            self.index.add_out_of_scope(self.id(entry), &dn, entry);
        }
    }

    /// Starts a group with the member values of its entry. `None`: the entry cannot be decoded and is set aside.
    fn start_group(
        &mut self,
        entry: &Entry,
        identity: Identity,
        matches: Matches,
        destination: Destination,
    ) -> Option<GroupNumber> {
        let group = match GroupBuilder::read(entry, identity, matches, destination, &self.effective) {
            Ok(group) => group,
            Err(broken) => {
                self.broken.push(broken);
                return None;
            }
        };
        self.primary_groups.add_group(group.primary);
        let number = self.groups.add(group);
        for attribute in self.effective.schema.member_attributes() {
            self.add_members(number, *attribute, entry.values(attribute.name));
        }
        Some(number)
    }

    /// Rule `boundaries`: nothing selects an entry outside the groups' base.
    fn matches(&self, dn: &Dn, entry: &Entry, finding: Finding<'_>) -> Matches {
        if !finding.is_in_base {
            return Matches::default();
        }
        let mut matches = self.selection.by_dn(dn);
        matches.merge(finding.by_filter);
        if finding.matches_group_filter {
            for name in entry.texts(&self.effective.groups.name).iter() {
                matches.merge(&self.selection.by_name(name));
            }
        }
        matches
    }

    /// The identity of a user or group entry. `None`: it cannot be decoded and is set aside.
    fn identity(&mut self, entry: &Entry) -> Result<Option<Identity>, Error> {
        match Identity::read(entry, &self.effective) {
            Ok(identity) => Ok(Some(identity)),
            Err(Unidentified::Broken(broken)) => {
                if !self.broken.contains(&broken) {
                    self.broken.push(broken);
                }
                Ok(None)
            }
            Err(Unidentified::Hidden(error)) => Err(error),
        }
    }

    /// The identity of an entry, if it shows one that can be read.
    fn id(&self, entry: &Entry) -> Option<ExternalId> {
        entry.external_ids(&self.effective.ids).ok()?.first().copied()
    }
}

#[cfg(test)]
mod tests;
