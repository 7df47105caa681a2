//! The ids of entries, without which nobody can tell an entry from another of its name.

use super::super::parse::{InvalidLdif, Parsed, Record};
use super::export::export;
use crate::directory::Error;
use crate::directory::dn::Dn;
use crate::directory::entry::Entry;
use crate::directory::schema::{Effective, Kind};
use crate::sync::identity::{DirectoryId, ExternalId, IdKind};

/// The ids of an entry that can be read, in the order of [`IdKind::ALL`].
pub(super) fn readable_ids(entry: &Entry) -> Vec<ExternalId> {
    IdKind::ALL.iter().filter_map(|kind| entry.external_id(&[*kind]).ok().flatten()).collect()
}

/// The ids of a record that can be relied on: it says what it is, and a user or group has an id.
pub(super) fn of(record: &Record, effective: &Effective) -> Result<Vec<ExternalId>, String> {
    let entry = &record.entry;
    if entry.values("objectclass").iter().any(|class| std::str::from_utf8(class).is_err()) {
        return Err("a value of `objectClass` is not UTF-8, so nobody can tell what the entry is".to_owned());
    }
    let ids = entry.external_ids(&IdKind::ALL)?;
    if ids.is_empty() && is_user_or_group(entry, effective) {
        return Err(lacks_ids(&entry.dn, effective));
    }
    Ok(ids)
}

/// Whether an entry is a user or a group, by the settings or by its object classes.
pub(super) fn is_user_or_group(entry: &Entry, effective: &Effective) -> bool {
    matches!(effective.kind(entry), Kind::User | Kind::Group)
        || effective.users.filter.evaluate(entry)
        || effective.groups.filter.evaluate(entry)
}

/// A file in which no user and no group has an id was exported without them: one error says it for all.
pub(super) fn some_are_shown(parsed: &Parsed, effective: &Effective) -> Result<(), InvalidLdif> {
    let mut needed = parsed.records.iter().filter(|record| is_user_or_group(&record.entry, effective));
    let Some(first) = needed.next() else { return Ok(()) };
    let shows_ids = |record: &Record| record.entry.external_ids(&IdKind::ALL).is_ok_and(|ids| !ids.is_empty());
    if shows_ids(first) || needed.any(shows_ids) || first.entry.external_ids(&IdKind::ALL).is_err() {
        return Ok(());
    }
    Err(InvalidLdif { line: first.line, problem: lacks_ids(&first.entry.dn, effective) })
}

fn lacks_ids(dn: &str, effective: &Effective) -> String {
    format!(
        "`{dn}` has none of {}, so it could not be told from another of its name; {}",
        IdKind::ALL.map(IdKind::attribute).join(", "),
        export(effective)
    )
}

/// The ids of the entry at the base, first its identity. Without it a file cut at the top looks like another directory.
pub(super) fn directory_ids(
    origin: &str,
    parsed: &Parsed,
    effective: &Effective,
) -> Result<(DirectoryId, Box<[DirectoryId]>), Error> {
    let records = parsed.records.iter().map(|record| (record.line, Some(&record.dn), &record.entry));
    let broken = parsed.broken.iter().map(|broken| (broken.line, broken.dn.as_ref(), &broken.entry));
    let is_base = |dn: Option<&Dn>| dn.is_some_and(|dn| *dn == effective.base);
    let problem = match records.chain(broken).find(|(_, dn, _)| is_base(*dn)) {
        None => format!("{origin} has no entry `{}`; {}", effective.base, export(effective)),
        Some((line, _, entry)) => match readable_ids(entry).split_first() {
            Some((id, others)) => return Ok((DirectoryId(*id), others.iter().copied().map(DirectoryId).collect())),
            None => format!(
                "line {line} of {origin}: `{}` has none of {}; {}",
                entry.dn,
                IdKind::ALL.map(IdKind::attribute).join(", "),
                export(effective)
            ),
        },
    };
    Err(Error::configuration("spec.baseDN", problem))
}
