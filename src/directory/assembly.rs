//! Builds a [`Snapshot`] from the entries of complete reads, in whatever order and in pages as small as they come.
//!
//! A member value is resolved when it arrives, or when the entry that it names arrives; what is kept of it is a number
//! of four octets, and its text only while nothing is known of it. So the whole costs what its users cost, however
//! many memberships there are.
//!
//! An adapter calls [`Assembly::add_user`] and [`Assembly::add_group`] for every entry, then asks for what the member
//! values name until [`Assembly::arrivals`] brings nothing new, then calls [`Assembly::finish`]; an error of any read
//! drops the assembly.

mod group;
mod member;
mod person;
mod primary;
mod roster;
mod supplement;

pub use group::GroupNumber;
pub use roster::Arrivals;
pub use supplement::Supplement;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use self::group::{Destination, Draft};
use self::primary::PrimaryGroups;
use self::roster::Roster;
use super::Error;
use super::dn::{Dn, ExtendedDn};
use super::entry::Entry;
use super::schema::{Effective, MemberAttribute, SecurityId};
use super::selection::{Matches, Selection};
use crate::sync::identity::{DirectoryId, ExternalId};
use crate::sync::snapshot::{
    Absence, DirectoryUser, GroupSighting, MemberSighting, ServerIdentity, ShownAttributes, Snapshot, UnreadMember,
    UserIndex,
};

/// A snapshot in the making.
#[derive(Debug)]
pub struct Assembly {
    effective: Arc<Effective>,
    selection: Selection,
    roster: Roster,
    users: Vec<DirectoryUser>,
    shown: ShownAttributes,
    /// Whether every user in scope was added.
    has_every_user: bool,
    primary_groups: PrimaryGroups,
    groups: Vec<Draft>,
    /// The group entries that were read with their members, by identity.
    known_groups: HashMap<ExternalId, GroupNumber>,
    /// What excluding searches named before the group itself came.
    excluded: Vec<ExternalId>,
}

/// How an adapter found a group entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding<'a> {
    /// The selectors by filter that it satisfies.
    pub by_filter: &'a Matches,
    /// Whether it matches the groups' filter (selectors by name ask for that; a selector by DN does not).
    pub matches_group_filter: bool,
}

impl Assembly {
    /// Of nothing yet.
    #[must_use]
    pub fn new(effective: Arc<Effective>, selection: Selection) -> Self {
        Self {
            roster: Roster::new(effective.reads_usernames()),
            effective,
            selection,
            users: Vec::new(),
            shown: ShownAttributes::default(),
            has_every_user: false,
            primary_groups: PrimaryGroups::default(),
            groups: Vec::new(),
            known_groups: HashMap::new(),
            excluded: Vec::new(),
        }
    }

    /// Adds a user entry that is in the users' base and matches their filter. Each entry once.
    ///
    /// # Errors
    /// [`Error::Configuration`] when it shows no identity; [`Error::Malformed`] when its identity was there before, or
    /// a value of it cannot be read.
    pub fn add_user(&mut self, entry: &Entry) -> Result<UserIndex, Error> {
        let id = self.identity(entry)?;
        let user = person::read(entry, id, &self.effective, &mut self.shown)?;
        let index = self.roster.add_user(entry, &user)?;
        if self.effective.schema.primary_group_attribute().is_some() {
            match self.effective.schema.primary_group(entry)? {
                Some(group) => self.primary_groups.add_user(index, group),
                None => self.primary_groups.add_hidden(&user, &entry.dn),
            }
        }
        self.users.push(user);
        Ok(index)
    }

    /// Adds a group entry with whatever member values it holds; one that no item selects is only known as no user, or
    /// as nothing yet where nested groups count. An entry that several searches find may be added by each: the members of
    /// the first count, the selectors of all. `Some` the first time that a selected group is seen: where its values come
    /// in ranges, the others are added to that number.
    ///
    /// # Errors
    /// [`Error::Configuration`] when it shows no identity; [`Error::Malformed`] when its identity is another entry's,
    /// or a value of it cannot be read.
    pub fn add_group(&mut self, entry: &Entry, finding: Finding<'_>) -> Result<Option<GroupNumber>, Error> {
        let id = self.identity(entry)?;
        let dn = parse_dn(entry)?;
        let matches = self.matches(&dn, entry, finding)?;
        if !self.is_nested() {
            self.roster.add_other(Some(id), &dn, entry);
        } else if !matches.items.is_empty() {
            self.roster.add_group(id, &dn, entry);
        }
        if let Some(number) = self.known_groups.get(&id) {
            let draft = &mut self.groups[number.index()];
            if draft.dn != dn.hash() {
                return Err(entry.malformed(format!("{id} was also read as `{}`: it moved meanwhile", draft.label)));
            }
            draft.matches.merge(&matches);
            return Ok(None);
        }
        if matches.items.is_empty() {
            if matches.excluded {
                self.excluded.push(id);
            }
            return Ok(None);
        }
        self.draft(entry, id, &dn, matches, Destination::Groups).map(Some)
    }

    /// Adds a group entry that is a member of others, with whatever member values it holds. `Some` the first time that
    /// the group is seen, as with [`Self::add_group`].
    ///
    /// # Errors
    /// As [`Self::add_group`].
    pub fn add_member_group(&mut self, entry: &Entry) -> Result<Option<GroupNumber>, Error> {
        let id = self.identity(entry)?;
        let dn = parse_dn(entry)?;
        self.roster.add_group(id, &dn, entry);
        if self.known_groups.contains_key(&id) {
            return Ok(None);
        }
        self.draft(entry, id, &dn, Matches::default(), Destination::Subgroups).map(Some)
    }

    /// Says of a member that it is a group whose members cannot be read.
    ///
    /// # Errors
    /// As [`Self::add_group`].
    pub fn add_unreadable_group(&mut self, entry: &Entry) -> Result<(), Error> {
        self.roster.add_group(self.identity(entry)?, &parse_dn(entry)?, entry);
        Ok(())
    }

    /// Adds further member values of a group: the next range.
    pub fn add_members(&mut self, group: GroupNumber, attribute: MemberAttribute, values: &[Vec<u8>]) {
        let draft = &mut self.groups[group.index()];
        draft.rows.extend(values.iter().map(|value| self.roster.row_of(member::parse(attribute.syntax, value))));
    }

    /// Forgets the member values of a group, for a range read that starts again because the group changed meanwhile.
    pub fn restart_members(&mut self, group: GroupNumber) {
        self.groups[group.index()].rows.clear();
    }

    /// Says of an entry that was read that it is no user, so that member values which name it are ignored.
    ///
    /// # Errors
    /// [`Error::Malformed`] when its name or identity cannot be read.
    pub fn add_other(&mut self, entry: &Entry) -> Result<(), Error> {
        let id = entry.external_id(&self.effective.ids)?;
        self.roster.add_other(id, &parse_dn(entry)?, entry);
        Ok(())
    }

    /// Says of an entry that it stands for somebody of another directory: member values that name it stay unread, with
    /// its identity.
    ///
    /// # Errors
    /// [`Error::Malformed`] when its name or identity cannot be read.
    pub fn add_foreign(&mut self, entry: &Entry) -> Result<(), Error> {
        if let Some(id) = entry.external_id(&self.effective.ids)? {
            self.roster.add_foreign(id, &parse_dn(entry)?);
        }
        Ok(())
    }

    /// Says of a user entry that it is outside the users' base or filter, so that member values which name it, also by
    /// its `uid`, are not wanted.
    ///
    /// # Errors
    /// [`Error::Malformed`] when its name or identity cannot be read.
    pub fn add_out_of_scope(&mut self, entry: &Entry) -> Result<(), Error> {
        let id = entry.external_id(&self.effective.ids)?;
        self.roster.add_out_of_scope(id, &parse_dn(entry)?, entry);
        Ok(())
    }

    /// Whether a user entry with this identity was added.
    #[must_use]
    pub fn has_user(&self, id: ExternalId) -> bool {
        self.roster.user(id).is_some()
    }

    /// Whether the members of member groups count.
    #[must_use]
    pub const fn is_nested(&self) -> bool {
        self.selection.is_nested()
    }

    /// Whether any user was added.
    #[must_use]
    pub fn has_users(&self) -> bool {
        self.roster.has_users()
    }

    /// How many groups were added with their members.
    #[must_use]
    pub fn group_count(&self) -> usize {
        self.known_groups.len()
    }

    /// Whether every user in scope was added: none needs to be asked for.
    #[must_use]
    pub const fn has_every_user(&self) -> bool {
        self.has_every_user
    }

    /// Says that every user in scope was added.
    pub const fn note_every_user(&mut self) {
        self.has_every_user = true;
    }

    /// The member values that came since the last call. Nobody needs to ask for one twice.
    pub fn arrivals(&mut self) -> Arrivals {
        self.roster.arrivals()
    }

    /// The groups that came since the last call and can be somebody's primary group.
    pub fn primary_arrivals(&mut self) -> Vec<SecurityId> {
        self.primary_groups.arrivals()
    }

    /// The member values among these of which nothing is known so far.
    pub fn unread(&self, arrivals: &Arrivals) -> impl Iterator<Item = &UnreadMember> {
        self.roster.unread(arrivals)
    }

    /// Whether a member value of which nothing is known so far names this entry.
    ///
    /// # Errors
    /// As [`Self::add_user`].
    pub fn awaits(&self, entry: &Entry) -> Result<bool, Error> {
        Ok(self.roster.awaits(self.identity(entry)?, &parse_dn(entry)?))
    }

    /// The snapshot, once every read has ended well, and what `locate` adds to it later.
    #[must_use]
    pub fn finish(
        mut self,
        directory_id: DirectoryId,
        server: ServerIdentity,
        absence: Absence,
    ) -> (Snapshot, Supplement) {
        for id in std::mem::take(&mut self.excluded) {
            if let Some(number) = self.known_groups.get(&id) {
                self.groups[number.index()].matches.excluded = true;
            }
        }
        let mut snapshot = Snapshot {
            directory_id,
            server,
            absence,
            groups: Vec::with_capacity(self.groups.len()),
            users: Vec::new(),
            shown: self.shown,
            located_groups: BTreeMap::new(),
            located_members: BTreeMap::new(),
            other_sides: BTreeMap::new(),
            subgroups: BTreeMap::new(),
        };
        self.hand_over(&mut snapshot);
        (snapshot, Supplement::new(self))
    }

    /// Moves what was added into a snapshot.
    fn hand_over(&mut self, snapshot: &mut Snapshot) {
        if snapshot.absence == Absence::Proven {
            self.primary_groups.believe_absence();
        }
        for draft in self.groups.drain(..) {
            // A look-up would find these users, and not whether they are members.
            for doubtful in draft.security_id.iter().flat_map(|group| self.primary_groups.doubtful(*group)) {
                snapshot.located_members.extend(doubtful.id.map(|id| (id, MemberSighting::Unreadable)));
            }
            let destination = draft.destination;
            let group = draft.finish(&self.roster, &self.primary_groups);
            match destination {
                Destination::Groups => snapshot.groups.push(group),
                Destination::Subgroups => drop(snapshot.subgroups.insert(group.id, group)),
                Destination::LocatedGroups => {
                    snapshot.located_groups.insert(group.id, GroupSighting::Found(Box::new(group)));
                }
            }
        }
        snapshot.users.append(&mut self.users);
        snapshot.shown = self.shown;
    }

    fn draft(
        &mut self,
        entry: &Entry,
        id: ExternalId,
        dn: &Dn,
        matches: Matches,
        destination: Destination,
    ) -> Result<GroupNumber, Error> {
        let number = GroupNumber::of(self.groups.len());
        let draft = Draft::read(entry, id, dn, matches, destination, &self.effective)?;
        draft.security_id.into_iter().for_each(|group| self.primary_groups.add_group(group));
        self.groups.push(draft);
        self.known_groups.insert(id, number);
        for attribute in self.effective.schema.member_attributes() {
            self.add_members(number, *attribute, entry.values(attribute.name));
        }
        Ok(number)
    }

    fn matches(&self, dn: &Dn, entry: &Entry, finding: Finding<'_>) -> Result<Matches, Error> {
        let mut matches = self.selection.of_dn(dn);
        matches.merge(finding.by_filter);
        if finding.matches_group_filter
            && dn.is_at_or_below(&self.effective.groups.base)
            && let Some(name) = entry.text(&self.effective.groups.name)?
        {
            matches.merge(&self.selection.of_name(name));
        }
        Ok(matches)
    }

    fn identity(&self, entry: &Entry) -> Result<ExternalId, Error> {
        entry.external_id(&self.effective.ids)?.ok_or_else(|| {
            let attributes: Vec<&str> = self.effective.id_attributes().collect();
            Error::Configuration {
                field: "spec.ldap.auth".to_owned(),
                problem: format!(
                    "entry `{}` shows no {}: let the account that binds read that attribute",
                    entry.dn,
                    attributes.join(" or ")
                ),
            }
        })
    }
}

/// The name of an entry, without what Active Directory's extended-DN control puts before it.
fn parse_dn(entry: &Entry) -> Result<Dn, Error> {
    Dn::parse(ExtendedDn::parse(&entry.dn).dn).map_err(|error| entry.malformed(error.to_string()))
}

#[cfg(test)]
mod tests;
