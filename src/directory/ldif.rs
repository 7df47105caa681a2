//! A directory that is an LDIF file, written by `ldapsearch`, `slapcat`, `db2ldif` or by hand.
//!
//! The object classes say what an entry is, whatever server the file comes from. An object that is missing from a file
//! that proves that it is complete does not exist. Any other file may have been cut off, so a missing object may still
//! exist. Rule `file-end`.

mod file;
#[cfg(fuzzing)]
pub mod fuzzing;
mod known_attribute;
mod lines;
mod parse;
mod problem;
mod role;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretSlice};
use tokio::task::coop::consume_budget;

use self::file::{File, FileEntry, Sighting};
use self::role::Role;
use super::assembly::{Assembly, Supplement};
use super::schema::Kind;
use super::selection::{Finding, Matches, Selection};
use super::settings::DirectorySettings;
use super::{Directory, Error, LookUp, Probe, Query};
use crate::sync::identity::ExternalId;
use crate::sync::snapshot::{GroupSighting, MemberSighting, ServerIdentity, Snapshot};

/// An LDIF file that is in memory. It is parsed once, by the first call.
pub struct LdifDirectory {
    settings: DirectorySettings,
    origin: String,
    content: SecretSlice<u8>,
    file: Option<Arc<File>>,
    last_read: Option<LastRead>,
}

/// Without the content.
impl fmt::Debug for LdifDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LdifDirectory").field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// What `locate` needs of the read before it.
struct LastRead {
    selection: Selection,
    supplement: Supplement,
}

impl LdifDirectory {
    /// From the octets of a file. `origin` is what errors call it.
    #[must_use]
    pub const fn new(settings: DirectorySettings, origin: String, content: SecretSlice<u8>) -> Self {
        Self { settings, origin, content, file: None, last_read: None }
    }

    fn file(&mut self) -> Result<Arc<File>, Error> {
        if let Some(file) = &self.file {
            return Ok(Arc::clone(file));
        }
        let file = Arc::new(File::read(&self.settings, &self.origin, self.content.expose_secret())?);
        self.content = Vec::new().into();
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
        file.check_bases(query)?;
        let mut assembly = Assembly::new(Arc::clone(&file.effective), selection.clone());
        for entry in &file.entries {
            match file.role(entry) {
                Role::User => drop(assembly.add_user(&entry.entry)?),
                Role::Group { in_filter } => {
                    let by_filter = matches(&selection, entry, in_filter);
                    assembly.add_group(&entry.entry, finding(&file, entry, &by_filter, in_filter))?;
                }
                Role::OutOfScope => assembly.add_out_of_scope(&entry.entry),
                Role::Foreign => assembly.add_foreign(&entry.entry),
                Role::Other => assembly.add_other(&entry.entry),
            }
            // A filter may be long, so each entry may take a millisecond.
            consume_budget().await;
        }
        if query.nested {
            file.add_member_groups(&mut assembly).await?;
        }
        let (mut snapshot, supplement) = assembly.finish(file.directory_ids.clone(), None, file.absence());
        snapshot.broken.extend(file.broken_entries(&selection));
        self.last_read = Some(LastRead { selection, supplement });
        Ok(snapshot)
    }

    async fn locate(&mut self, mut snapshot: Snapshot, look_up: &LookUp) -> Result<Snapshot, Error> {
        let file = self.file()?;
        let Some(LastRead { selection, supplement }) = &mut self.last_read else {
            let attempt = format!("looking up entries in {}", self.origin);
            return Err(Error::malformed(attempt, "nothing was read from it before"));
        };
        for id in &look_up.groups {
            consume_budget().await;
            let entry = match file.find(*id) {
                Sighting::Entry(entry) => entry,
                other => {
                    snapshot.located_groups.insert(*id, unread_group(other));
                    continue;
                }
            };
            let in_filter = file.effective.groups.filter.evaluate(&entry.entry);
            let by_filter = matches(selection, entry, in_filter);
            let finding = finding(&file, entry, &by_filter, in_filter);
            if supplement.add_group(&entry.entry, finding)?.is_none() {
                snapshot.located_groups.insert(*id, GroupSighting::Unreadable);
            }
        }
        if supplement.assembly().is_nested() {
            file.add_member_groups(supplement.assembly()).await?;
        }
        for id in &look_up.members {
            consume_budget().await;
            let sighting = sighting(&file, *id, supplement)?;
            snapshot.located_members.insert(*id, sighting);
            if let Sighting::Entry(entry) = file.find(*id) {
                snapshot.located_names.extend(supplement.names(&entry.entry).map(|names| (*id, names)));
            }
        }
        snapshot.member_of.append(&mut file.member_of(&look_up.without_members));
        supplement.complete(&mut snapshot);
        Ok(snapshot)
    }

    async fn probe(&mut self) -> Result<Probe, Error> {
        let file = self.file()?;
        Ok(Probe { directory_id: file.directory_ids.0, server: self.server(), effective: file.effective.described() })
    }
}

fn matches(selection: &Selection, entry: &FileEntry, in_filter: bool) -> Matches {
    if in_filter { selection.by_filters(&entry.dn, &entry.entry) } else { Matches::default() }
}

fn finding<'a>(file: &File, entry: &FileEntry, by_filter: &'a Matches, in_filter: bool) -> Finding<'a> {
    let is_in_base = entry.dn.is_at_or_below(&file.effective.groups.base);
    Finding { by_filter, is_in_base, matches_group_filter: in_filter }
}

/// What a group is whose entry cannot be used.
const fn unread_group(sighting: Sighting<'_>) -> GroupSighting {
    match sighting {
        Sighting::Entry(_) | Sighting::Broken => GroupSighting::Unreadable,
        Sighting::Tombstone => GroupSighting::Deleted,
        Sighting::NotInFile => GroupSighting::NotInFile,
        Sighting::Nowhere => GroupSighting::Nowhere,
    }
}

fn sighting(file: &File, id: ExternalId, supplement: &mut Supplement) -> Result<MemberSighting, Error> {
    let entry = match file.find(id) {
        Sighting::Entry(entry) => entry,
        Sighting::Broken => return Ok(MemberSighting::Unreadable),
        Sighting::Tombstone => return Ok(MemberSighting::Deleted),
        Sighting::NotInFile => return Ok(MemberSighting::NotInFile),
        Sighting::Nowhere => return Ok(MemberSighting::Nowhere),
    };
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
