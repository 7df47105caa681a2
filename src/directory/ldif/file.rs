//! A file as a directory: entries with their identities, the entry that all of them belong to, and what the settings
//! come to with it.

use std::collections::HashMap;
use std::sync::Arc;

use super::parse::{InvalidLdif, Record, Reference, parse};
use crate::directory::Error;
use crate::directory::dn::Dn;
use crate::directory::entry::Entry;
use crate::directory::schema::{Effective, Kind, Schema};
use crate::directory::settings::DirectorySettings;
use crate::sync::identity::{DirectoryId, ExternalId, IdKind};

/// A file that has what a read needs.
#[derive(Debug)]
pub(super) struct File {
    pub(super) effective: Arc<Effective>,
    /// Of the entry at the base, first its identity.
    pub(super) directory_ids: (DirectoryId, Box<[DirectoryId]>),
    pub(super) entries: Vec<FileEntry>,
    by_id: HashMap<ExternalId, usize>,
}

/// An entry of a file.
#[derive(Debug)]
pub(super) struct FileEntry {
    line: usize,
    pub(super) dn: Dn,
    /// All its ids, first its identity.
    ids: Vec<ExternalId>,
    pub(super) entry: Entry,
}

impl File {
    /// Parses a file and looks whether it has every identity that a read needs.
    pub(super) fn read(settings: &DirectorySettings, origin: &str, content: &[u8]) -> Result<Self, Error> {
        let malformed =
            |error: InvalidLdif| Error::Malformed { attempt: format!("reading {origin}"), cause: error.to_string() };
        let parsed = parse(content).map_err(malformed)?;
        let schema = Schema::chosen(settings.schema)
            .unwrap_or_else(|| Schema::of_entries(parsed.records.iter().map(|record| &record.entry)));
        let effective = Effective::of_file(settings, schema)?;
        parsed.references.iter().try_for_each(|reference| judge(reference, &effective)).map_err(malformed)?;

        let mut entries = Vec::with_capacity(parsed.records.len());
        let mut by_id = HashMap::with_capacity(parsed.records.len());
        for Record { line, dn, entry } in parsed.records {
            let ids = identity(line, &entry, &effective).map_err(malformed)?;
            for id in &ids {
                if let Some(other) = by_id.insert(*id, entries.len()) {
                    let other: &FileEntry = &entries[other];
                    let problem = format!("`{dn}` has the identity of `{}` in line {}", other.dn, other.line);
                    return Err(malformed(InvalidLdif { line, problem }));
                }
            }
            entries.push(FileEntry { line, dn, ids, entry });
        }
        let directory_ids = directory_ids(origin, &entries, &effective)?;
        Ok(Self { effective: Arc::new(effective), directory_ids, entries, by_id })
    }

    /// The entry with this identity.
    pub(super) fn find(&self, id: ExternalId) -> Option<&FileEntry> {
        self.by_id.get(&id).map(|index| &self.entries[*index])
    }
}

/// The ids of an entry. One that is a user or a group, by the settings or by its object classes, must have one; of one that
/// cannot be decoded nothing is known.
fn identity(line: usize, entry: &Entry, effective: &Effective) -> Result<Vec<ExternalId>, InvalidLdif> {
    let Ok(ids) = entry.external_ids(&IdKind::ALL) else { return Ok(Vec::new()) };
    let is_needed = || {
        matches!(effective.kind(entry), Kind::User | Kind::Group)
            || effective.users.filter.evaluate(entry)
            || effective.groups.filter.evaluate(entry)
    };
    if ids.is_empty() && is_needed() {
        let problem = format!(
            "`{}` has none of {}, so it could not be told from another of its name; {}",
            entry.dn,
            IdKind::ALL.map(IdKind::attribute).join(", "),
            export(effective)
        );
        return Err(InvalidLdif { line, problem });
    }
    Ok(ids)
}

/// The identity of the entry at the base. Without it a file cut at the top looks like another directory.
fn directory_ids(
    origin: &str,
    entries: &[FileEntry],
    effective: &Effective,
) -> Result<(DirectoryId, Box<[DirectoryId]>), Error> {
    let problem = match entries.iter().find(|entry| entry.dn == effective.base) {
        None => format!("{origin} has no entry `{}`; {}", effective.base, export(effective)),
        Some(base) => match base.ids.split_first() {
            Some((id, others)) => return Ok((DirectoryId(*id), others.iter().copied().map(DirectoryId).collect())),
            None => format!(
                "line {} of {origin}: `{}` has none of {}; {}",
                base.line,
                base.dn,
                IdKind::ALL.map(IdKind::attribute).join(", "),
                export(effective)
            ),
        },
    };
    Err(Error::Configuration { field: "spec.baseDN".to_owned(), problem })
}

/// The command that writes a file which has everything.
fn export(effective: &Effective) -> String {
    format!("export it with `ldapsearch -LLL -E pr=1000/noprompt -b '{}' '(objectClass=*)' '*' '+'`", effective.base)
}

/// Naming contexts of Active Directory that hold no groups and no users, by the beginning of their name.
const NO_DATA: [&str; 4] =
    ["cn=configuration,", "cn=schema,cn=configuration,", "dc=domaindnszones,", "dc=forestdnszones,"];

/// The name in an LDAP URL (RFC 4516 section 2). None where it is missing, which means the base itself, or encoded.
fn name_in(url: &str) -> Option<Dn> {
    let (_, after_scheme) = url.split_once("://")?;
    let (_, after_host) = after_scheme.split_once('/')?;
    let name = after_host.split('?').next().filter(|name| !name.is_empty() && !name.contains('%'))?;
    Dn::parse(name).ok()
}

/// A reference stands for entries that the file does not have. Like on a server, none may be missing at or below a base
/// that is read.
fn judge(reference: &Reference, effective: &Effective) -> Result<(), InvalidLdif> {
    let is_searched =
        |dn: &Dn| [&effective.groups.base, &effective.users.base].iter().any(|base| dn.is_at_or_below(base));
    let holds_no_data = |dn: &Dn| {
        effective.schema.is_of_active_directory() && NO_DATA.iter().any(|context| dn.normal().starts_with(context))
    };
    let harmless = name_in(&reference.url).is_some_and(|dn| !is_searched(&dn) || holds_no_data(&dn));
    if harmless {
        return Ok(());
    }
    let problem = format!(
        "the export has `{}` instead of the entries there; export that part too, or read it as a Directory of its own",
        reference.url
    );
    Err(InvalidLdif { line: reference.line, problem })
}
