//! Builds a [`Snapshot`] from the entries of complete reads, in whatever order and in pages as small as they come.
//!
//! A member value is resolved when it arrives, or when the entry that it names arrives; what is kept of it is a number
//! of four octets, and its text only while nothing is known of it. So the whole costs what its users cost, however
//! many memberships there are.
//!
//! An adapter calls [`Assembly::add_user`] and [`Assembly::add_group`] for every entry, then [`Assembly::finish`] once
//! every read has ended well; an error of any read drops the assembly.

mod group;
mod member;
mod person;
mod roster;
mod supplement;

pub use group::GroupNumber;
pub use roster::{Aside, UnreadNumber};
pub use supplement::Supplement;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use self::group::Draft;
use self::roster::Roster;
use super::Error;
use super::dn::{Dn, ExtendedDn};
use super::entry::Entry;
use super::schema::{Effective, MemberAttribute};
use super::selection::{Matches, Selection};
use crate::sync::identity::{ExternalId, Realm};
use crate::sync::snapshot::{
    Absence, DirectoryUser, ServerIdentity, ShownAttributes, Snapshot, UnreadMember, UserIndex,
};

/// A snapshot in the making.
#[derive(Debug)]
pub struct Assembly {
    effective: Arc<Effective>,
    selection: Selection,
    roster: Roster,
    users: Vec<DirectoryUser>,
    shown: ShownAttributes,
    groups: Vec<Draft>,
    /// The group entries that are selected, by identity.
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
        self.users.push(user);
        Ok(index)
    }

    /// Adds a group entry with whatever member values it holds; one that no item selects is only known as no user.
    /// An entry that several searches find may be added by each: the members of the first count, the selectors of all.
    /// `Some` the first time that a selected group is seen: where its values come in ranges, the others are added to
    /// that number.
    ///
    /// # Errors
    /// [`Error::Configuration`] when it shows no identity; [`Error::Malformed`] when its identity is another entry's,
    /// or a value of it cannot be read.
    pub fn add_group(&mut self, entry: &Entry, finding: Finding<'_>) -> Result<Option<GroupNumber>, Error> {
        let id = self.identity(entry)?;
        let dn = parse_dn(entry)?;
        self.roster.add_other(Some(id), &dn);
        let matches = self.matches(&dn, entry, finding)?;
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
        self.draft(entry, id, &dn, matches).map(Some)
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
        self.roster.add_other(id, &parse_dn(entry)?);
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

    /// The member values, each once, of which nothing is known so far.
    pub fn unread(&self) -> impl Iterator<Item = (UnreadNumber, &UnreadMember)> {
        self.roster.unread()
    }

    /// Says what a member value turned out to be. For a user in scope, [`Self::add_user`] says it.
    pub fn set_aside(&mut self, value: UnreadNumber, aside: Aside) {
        self.roster.set_aside(value, aside);
    }

    /// The snapshot, once every read has ended well, and what `locate` adds to it later.
    #[must_use]
    pub fn finish(mut self, realm: Realm, server: ServerIdentity, absence: Absence) -> (Snapshot, Supplement) {
        for id in std::mem::take(&mut self.excluded) {
            if let Some(number) = self.known_groups.get(&id) {
                self.groups[number.index()].matches.excluded = true;
            }
        }
        let mut snapshot = Snapshot {
            realm,
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
        for draft in self.groups.drain(..) {
            snapshot.groups.push(draft.finish(&self.roster));
        }
        snapshot.users = std::mem::take(&mut self.users);
        (snapshot, Supplement::new(self))
    }

    fn draft(&mut self, entry: &Entry, id: ExternalId, dn: &Dn, matches: Matches) -> Result<GroupNumber, Error> {
        let number = GroupNumber::of(self.groups.len());
        self.groups.push(Draft::read(entry, id, dn, matches, &self.effective)?);
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
