//! What the entries of a file are to the settings.

use super::file::{File, FileEntry};
use crate::directory::Error;
use crate::directory::assembly::Assembly;
use crate::directory::dn::Dn;
use crate::directory::entry::Entry;
use crate::directory::schema::Kind;

/// What an entry is to the settings.
pub(super) enum Role {
    /// A user in the users' base that matches their filter.
    User,
    /// Another user.
    OutOfScope,
    /// An entry that a selector may name.
    Group {
        /// It matches the groups' filter; otherwise only its object class says what it is, which a selector by DN takes.
        in_filter: bool,
    },
    /// What stands for somebody of another directory.
    Foreign,
    /// Anything else.
    Other,
}

impl File {
    /// What an entry of it is.
    pub(super) fn role(&self, dn: &Dn, entry: &Entry) -> Role {
        let effective = &self.effective;
        if effective.users.filter.evaluate(entry) && dn.is_at_or_below(&effective.users.base) {
            return Role::User;
        }
        let in_filter = effective.groups.filter.evaluate(entry);
        if in_filter || effective.filter_of_named_group().evaluate(entry) {
            return Role::Group { in_filter };
        }
        match effective.kind(entry) {
            Kind::User => Role::OutOfScope,
            Kind::Foreign => Role::Foreign,
            Kind::Group | Kind::Other => Role::Other,
        }
    }

    /// Adds the groups that member values name, and those that theirs name, until nothing new comes.
    pub(super) fn add_member_groups(&self, assembly: &mut Assembly) -> Result<(), Error> {
        let is_group = |entry: &&FileEntry| matches!(self.role(&entry.dn, &entry.entry), Role::Group { .. });
        let groups: Vec<&FileEntry> = self.entries.iter().filter(is_group).collect();
        loop {
            let mut named = Vec::new();
            for group in &groups {
                if assembly.awaits(&group.entry) {
                    named.push(group);
                }
            }
            if named.is_empty() {
                return Ok(());
            }
            // All at once: two that one value may mean are both known before either is taken for it.
            for group in named {
                assembly.add_member_group(&group.entry)?;
            }
        }
    }
}
