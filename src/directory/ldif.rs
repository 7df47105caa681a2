//! A directory that is a file: LDIF as `ldapsearch`, `slapcat`, `db2ldif` or a person writes it.
//!
//! What an entry is, its object classes say, whatever server the file comes from. A file that was parsed to its end has
//! everything, so what is not in it does not exist.

mod file;
#[cfg(fuzzing)]
pub mod fuzzing;
mod lines;
mod parse;

use std::sync::Arc;

use async_trait::async_trait;

use self::file::{File, FileEntry};
use super::assembly::{Assembly, Finding, Supplement};
use super::schema::Kind;
use super::selection::{Matches, Selection};
use super::settings::DirectorySettings;
use super::{Directory, Error, LookUp, Probe, Query};
use crate::sync::identity::ExternalId;
use crate::sync::snapshot::{Absence, GroupSighting, MemberSighting, ServerIdentity, Snapshot};

/// An LDIF file that is in memory. It is parsed once, by the first call.
#[derive(Debug)]
pub struct LdifDirectory {
    settings: DirectorySettings,
    origin: String,
    content: Vec<u8>,
    file: Option<Arc<File>>,
    reading: Option<Reading>,
}

/// What `locate` needs of the read before it.
#[derive(Debug)]
struct Reading {
    selection: Selection,
    supplement: Supplement,
}

impl LdifDirectory {
    /// Of the octets of a file. `origin` is what errors call it.
    #[must_use]
    pub const fn new(settings: DirectorySettings, origin: String, content: Vec<u8>) -> Self {
        Self { settings, origin, content, file: None, reading: None }
    }

    fn file(&mut self) -> Result<Arc<File>, Error> {
        if let Some(file) = &self.file {
            return Ok(Arc::clone(file));
        }
        let file = Arc::new(File::read(&self.settings, &self.origin, &self.content)?);
        self.content = Vec::new();
        self.file = Some(Arc::clone(&file));
        Ok(file)
    }

    fn server(&self) -> ServerIdentity {
        ServerIdentity { identity: self.origin.clone(), position: None }
    }
}

#[async_trait]
impl Directory for LdifDirectory {
    async fn snapshot(&mut self, query: &Query) -> Result<Snapshot, Error> {
        let file = self.file()?;
        let selection = Selection::parse(query, &file.effective)?;
        selection.supported_in_a_file()?;
        let mut assembly = Assembly::new(Arc::clone(&file.effective), selection.clone());
        for entry in &file.entries {
            match file.role(entry) {
                Role::User => drop(assembly.add_user(&entry.entry)?),
                Role::Group { in_filter } => {
                    let by_filter = matches(&selection, entry, in_filter);
                    let finding = Finding { by_filter: &by_filter, matches_group_filter: in_filter };
                    assembly.add_group(&entry.entry, finding)?;
                }
                Role::OutOfScope => assembly.add_out_of_scope(&entry.entry),
                Role::Foreign => assembly.add_foreign(&entry.entry),
                Role::Other => assembly.add_other(&entry.entry),
            }
        }
        if query.nested {
            file.add_member_groups(&mut assembly)?;
        }
        let (snapshot, supplement) = assembly.finish(file.directory_ids.clone(), None, Absence::Proven);
        self.reading = Some(Reading { selection, supplement });
        Ok(snapshot)
    }

    async fn locate(&mut self, mut snapshot: Snapshot, look_up: &LookUp) -> Result<Snapshot, Error> {
        let file = self.file()?;
        let Some(Reading { selection, supplement }) = &mut self.reading else {
            return Err(Error::Malformed {
                attempt: format!("looking up entries in {}", self.origin),
                cause: "nothing was read from it before".to_owned(),
            });
        };
        for id in &look_up.groups {
            match file.find(*id) {
                Some(entry) => {
                    let in_filter = file.effective.groups.filter.evaluate(&entry.entry);
                    let by_filter = matches(selection, entry, in_filter);
                    let finding = Finding { by_filter: &by_filter, matches_group_filter: in_filter };
                    if supplement.add_group(&entry.entry, finding)?.is_none() {
                        snapshot.located_groups.insert(*id, GroupSighting::Unreadable);
                    }
                }
                None => drop(snapshot.located_groups.insert(*id, GroupSighting::NotInFile)),
            }
        }
        if supplement.assembly().is_nested() {
            file.add_member_groups(supplement.assembly())?;
        }
        for id in &look_up.members {
            let sighting = sighting(&file, *id, supplement)?;
            snapshot.located_members.insert(*id, sighting);
            let names = file.find(*id).and_then(|entry| supplement.names(&entry.entry));
            snapshot.located_names.extend(names.map(|names| (*id, names)));
        }
        supplement.complete(&mut snapshot);
        Ok(snapshot)
    }

    async fn probe(&mut self) -> Result<Probe, Error> {
        let file = self.file()?;
        Ok(Probe { directory_id: file.directory_ids.0, server: self.server(), effective: file.effective.described() })
    }
}

/// What an entry is to the settings.
enum Role {
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
    fn role(&self, entry: &FileEntry) -> Role {
        let effective = &self.effective;
        if effective.users.filter.evaluate(&entry.entry) && entry.dn.is_at_or_below(&effective.users.base) {
            return Role::User;
        }
        let in_filter = effective.groups.filter.evaluate(&entry.entry);
        if in_filter || effective.filter_of_named_group().evaluate(&entry.entry) {
            return Role::Group { in_filter };
        }
        match effective.kind(&entry.entry) {
            Kind::User => Role::OutOfScope,
            Kind::Foreign => Role::Foreign,
            Kind::Group | Kind::Other => Role::Other,
        }
    }

    /// Adds the groups that member values name, and those that theirs name, until nothing new comes.
    fn add_member_groups(&self, assembly: &mut Assembly) -> Result<(), Error> {
        let is_group = |entry: &&FileEntry| matches!(self.role(entry), Role::Group { .. });
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

fn matches(selection: &Selection, entry: &FileEntry, in_filter: bool) -> Matches {
    if in_filter { selection.of_filters(&entry.dn, &entry.entry) } else { Matches::default() }
}

fn sighting(file: &File, id: ExternalId, supplement: &mut Supplement) -> Result<MemberSighting, Error> {
    let Some(entry) = file.find(id) else { return Ok(MemberSighting::NotInFile) };
    Ok(match file.role(entry) {
        Role::User => supplement.add_user(&entry.entry)?.map_or(MemberSighting::Unreadable, MemberSighting::User),
        Role::OutOfScope => supplement.sighting(Kind::User),
        Role::Foreign => supplement.sighting(Kind::Foreign),
        Role::Group { .. } => supplement.sighting(Kind::Group),
        Role::Other => supplement.sighting(Kind::Other),
    })
}

#[cfg(test)]
mod tests;
