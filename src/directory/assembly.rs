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
mod identity;
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
use self::identity::{Identity, Unidentified, parse_dn};
use self::primary::PrimaryGroups;
use self::roster::Roster;
use super::Error;
use super::dn::Dn;
use super::entry::Entry;
use super::schema::{Effective, MemberAttribute, PrimaryGroupId, ShownPrimary};
use super::selection::{Finding, Matches, Selection};
use crate::sync::identity::{DirectoryId, ExternalId};
use crate::sync::snapshot::{
    Absence, BrokenEntry, DirectoryUser, GroupSighting, MemberSighting, ServerIdentity, ShownAttributes, Snapshot,
    UnresolvedValue, UserIndex,
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
    /// The server shows the members of dynamic groups.
    works_out_dynamic_groups: bool,
    groups: Vec<Draft>,
    /// The group entries that were read with their members, by identity.
    known_groups: HashMap<ExternalId, GroupNumber>,
    /// What excluding searches named before the group itself came.
    excluded: Vec<ExternalId>,
    /// Users and groups that cannot be decoded: they stop nobody else.
    broken: Vec<BrokenEntry>,
}

impl Assembly {
    /// Of nothing yet.
    #[must_use]
    pub fn new(effective: Arc<Effective>, selection: Selection) -> Self {
        Self {
            roster: Roster::new(&effective),
            effective,
            selection,
            users: Vec::new(),
            shown: ShownAttributes::default(),
            has_every_user: false,
            primary_groups: PrimaryGroups::default(),
            works_out_dynamic_groups: false,
            groups: Vec::new(),
            known_groups: HashMap::new(),
            excluded: Vec::new(),
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
        let index = self.roster.add_user(entry, &user)?;
        // What cannot be decoded tells as little as what is hidden.
        let primary = self.effective.schema.primary_group(entry).unwrap_or(ShownPrimary::Hidden);
        self.primary_groups.add_user(index, &user, &entry.dn, primary);
        self.users.push(user);
        Ok(Some(index))
    }

    /// Adds a group entry with whatever member values it holds; one that no selector selects is only known as no user, or
    /// as nothing yet where nested groups count. An entry that several searches find may be added by each: the members of
    /// the first count, the selectors of all. `Some` the first time that a selected group is seen: where its values come
    /// in ranges, the others are added to that number. One that cannot be decoded is set aside.
    ///
    /// # Errors
    /// [`Error::Configuration`] when it shows no identity; [`Error::Malformed`] when its identity is another entry's.
    pub fn add_group(&mut self, entry: &Entry, finding: Finding<'_>) -> Result<Option<GroupNumber>, Error> {
        let Some(identity) = self.identity(entry)? else { return Ok(None) };
        let (id, dn) = (identity.id, identity.dn.clone());
        let matches = self.matches(&dn, entry, finding);
        if !self.is_nested() {
            self.roster.add_other(Some(id), &dn, entry);
        } else if !matches.selectors.is_empty() {
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
        if matches.selectors.is_empty() {
            if matches.excluded {
                self.excluded.push(id);
            }
            return Ok(None);
        }
        Ok(self.draft(entry, identity, matches, Destination::Groups))
    }

    /// Adds a group entry that is a member of others, with whatever member values it holds. `Some` the first time that
    /// the group is seen, as with [`Self::add_group`].
    ///
    /// # Errors
    /// As [`Self::add_group`].
    pub fn add_member_group(&mut self, entry: &Entry) -> Result<Option<GroupNumber>, Error> {
        let Some(identity) = self.identity(entry)? else { return Ok(None) };
        self.roster.add_group(identity.id, &identity.dn, entry);
        if self.known_groups.contains_key(&identity.id) {
            return Ok(None);
        }
        Ok(self.draft(entry, identity, Matches::default(), Destination::Subgroups))
    }

    /// Says of a member that it is a group whose members cannot be read.
    ///
    /// # Errors
    /// As [`Self::add_group`].
    pub fn add_unreadable_group(&mut self, entry: &Entry) -> Result<(), Error> {
        if let Some(Identity { id, dn, .. }) = self.identity(entry)? {
            self.roster.add_group(id, &dn, entry);
        }
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
    pub fn add_other(&mut self, entry: &Entry) {
        if let Ok(dn) = parse_dn(entry) {
            self.roster.add_other(self.id(entry), &dn, entry);
        }
    }

    /// Says of an entry that it stands for somebody of another directory: member values that name it stay unread, with
    /// its identity.
    pub fn add_foreign(&mut self, entry: &Entry) {
        if let (Some(id), Ok(dn)) = (self.id(entry), parse_dn(entry)) {
            self.roster.add_foreign(id, &dn);
        }
    }

    /// Says of a user entry that it is outside the users' base or filter, so that member values which name it, also by
    /// its `uid`, are not wanted.
    pub fn add_out_of_scope(&mut self, entry: &Entry) {
        if let Ok(dn) = parse_dn(entry) {
            self.roster.add_out_of_scope(self.id(entry), &dn, entry);
        }
    }

    /// Whether a user entry was added, or set aside, with this identity.
    #[must_use]
    pub fn has_user(&self, entry: &Entry) -> bool {
        let is_broken = || self.broken.iter().any(|broken| *broken.label == *entry.dn);
        self.id(entry).is_some_and(|id| self.roster.user(id).is_some()) || is_broken()
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
    pub fn primary_arrivals(&mut self) -> Vec<PrimaryGroupId> {
        self.primary_groups.arrivals()
    }

    /// Whether any user that was added shows its primary group.
    #[must_use]
    pub fn shows_primary_groups(&self) -> bool {
        self.primary_groups.shows_some()
    }

    /// Says that users have primary groups, and that none of them shows it.
    pub const fn note_hidden_primary_groups(&mut self) {
        self.primary_groups.note_hidden();
    }

    /// The member values among these of which nothing is known so far.
    pub fn unread(&self, arrivals: &Arrivals) -> impl Iterator<Item = &UnresolvedValue> {
        self.roster.unread(arrivals)
    }

    /// Whether a member value of which nothing is known so far names this entry.
    #[must_use]
    pub fn awaits(&self, entry: &Entry) -> bool {
        self.id(entry).zip(parse_dn(entry).ok()).is_some_and(|(id, dn)| self.roster.awaits(id, &dn))
    }

    /// The snapshot, once every read has ended well, and what `locate` adds to it later. `directory_ids` are those of the
    /// root, first its identity; `server` is none for a file.
    #[must_use]
    pub fn finish(
        mut self,
        (directory_id, other_directory_ids): (DirectoryId, Box<[DirectoryId]>),
        server: Option<ServerIdentity>,
        absence: Absence,
    ) -> (Snapshot, Supplement) {
        for id in std::mem::take(&mut self.excluded) {
            if let Some(number) = self.known_groups.get(&id) {
                self.groups[number.index()].matches.excluded = true;
            }
        }
        let mut snapshot = Snapshot {
            directory_id,
            other_directory_ids,
            server,
            absence,
            groups: Vec::with_capacity(self.groups.len()),
            users: Vec::new(),
            shown: self.shown,
            located_groups: BTreeMap::new(),
            located_members: BTreeMap::new(),
            located_names: BTreeMap::new(),
            broken: Vec::new(),
            unidentified: Vec::new(),
            ambiguous: BTreeMap::new(),
            member_of: BTreeMap::new(),
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
        self.works_out_dynamic_groups |= self.groups.iter().any(Draft::is_worked_out);
        for draft in self.groups.drain(..) {
            let primary = self.primary_groups.of(draft.primary);
            // A look-up would find these users, and not whether they are members.
            for doubtful in primary.doubtful {
                snapshot.located_members.extend(doubtful.id.map(|id| (id, MemberSighting::Unreadable)));
            }
            let destination = draft.destination;
            let group = draft.finish(&self.roster, primary, self.works_out_dynamic_groups);
            match destination {
                Destination::Groups => snapshot.groups.push(group),
                Destination::Subgroups => drop(snapshot.subgroups.insert(group.id, group)),
                Destination::LocatedGroups => {
                    snapshot.located_groups.insert(group.id, GroupSighting::Found(Box::new(group)));
                }
            }
        }
        snapshot.users.append(&mut self.users);
        snapshot.broken.append(&mut self.broken);
        snapshot.shown = self.shown;
    }

    fn draft(
        &mut self,
        entry: &Entry,
        identity: Identity,
        matches: Matches,
        destination: Destination,
    ) -> Option<GroupNumber> {
        let number = GroupNumber::of(self.groups.len());
        let id = identity.id;
        let draft = match Draft::read(entry, identity, matches, destination, &self.effective) {
            Ok(draft) => draft,
            Err(broken) => {
                self.broken.push(broken);
                return None;
            }
        };
        self.primary_groups.add_group(draft.primary);
        self.groups.push(draft);
        self.known_groups.insert(id, number);
        for attribute in self.effective.schema.member_attributes() {
            self.add_members(number, *attribute, entry.values(attribute.name));
        }
        Some(number)
    }

    fn matches(&self, dn: &Dn, entry: &Entry, finding: Finding<'_>) -> Matches {
        let mut matches = self.selection.of_dn(dn);
        matches.merge(finding.by_filter);
        if finding.matches_group_filter && dn.is_at_or_below(&self.effective.groups.base) {
            for name in entry.texts(&self.effective.groups.name).iter() {
                matches.merge(&self.selection.of_name(name));
            }
        }
        matches
    }

    /// Who a user or group entry is; `None`: it cannot be decoded and is set aside.
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
