//! What is added to a snapshot after it was made.

use super::{Assembly, Finding, GroupNumber, parse_dn};
use crate::directory::Error;
use crate::directory::entry::Entry;
use crate::directory::schema::MemberAttribute;
use crate::sync::snapshot::{GroupSighting, Snapshot, UserIndex};

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
    /// a new one.
    ///
    /// # Errors
    /// As [`Assembly::add_user`].
    pub fn add_user(&mut self, entry: &Entry) -> Result<UserIndex, Error> {
        let id = self.assembly.identity(entry)?;
        match self.assembly.roster.user(id) {
            Some(known) => Ok(known),
            None => self.assembly.add_user(entry),
        }
    }

    /// Adds a group entry that was located by its identity, selected or not, each once.
    ///
    /// # Errors
    /// As [`Assembly::add_group`].
    pub fn add_group(&mut self, entry: &Entry, finding: Finding<'_>) -> Result<GroupNumber, Error> {
        let id = self.assembly.identity(entry)?;
        let dn = parse_dn(entry)?;
        self.assembly.roster.add_other(Some(id), &dn);
        let matches = self.assembly.matches(&dn, entry, finding)?;
        self.assembly.draft(entry, id, &dn, matches)
    }

    /// Adds further member values of a group that was located.
    pub fn add_members(&mut self, group: GroupNumber, attribute: MemberAttribute, values: &[Vec<u8>]) {
        self.assembly.add_members(group, attribute, values);
    }

    /// Forgets the member values of a group that was located, for a range read that starts again.
    pub fn restart_members(&mut self, group: GroupNumber) {
        self.assembly.restart_members(group);
    }

    /// What it is added to, where values of located groups are resolved like those of the others.
    pub const fn assembly(&mut self) -> &mut Assembly {
        &mut self.assembly
    }

    /// Puts what was added since into the snapshot that [`Assembly::finish`] gave.
    pub fn complete(&mut self, snapshot: &mut Snapshot) {
        let assembly = &mut self.assembly;
        snapshot.users.append(&mut assembly.users);
        snapshot.shown = assembly.shown;
        for draft in assembly.groups.drain(..) {
            let group = draft.finish(&assembly.roster);
            snapshot.located_groups.insert(group.id, GroupSighting::Found(Box::new(group)));
        }
    }
}
