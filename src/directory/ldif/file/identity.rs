//! The ids of entries, without which an entry cannot be told from another one of the same name.

use super::super::known_attribute::KnownAttribute;
use super::super::parse::{Parsed, Record};
use super::super::problem::{InvalidLdif, Problem};
use super::export::export;
use crate::directory::Error;
use crate::directory::dn::Dn;
use crate::directory::entry::{Entry, LONGEST_VALUE};
use crate::directory::schema::{Effective, Kind};
use crate::sync::identity::{DirectoryId, ExternalId, IdKind};

/// The ids of an entry that can be read, in the order of [`IdKind::ALL`].
pub(super) fn readable_ids(entry: &Entry) -> Vec<ExternalId> {
    IdKind::ALL.iter().filter_map(|kind| entry.external_id(&[*kind]).ok().flatten()).collect()
}

/// The ids of a record that can be relied on: its object classes can be read, and if it is a user or a group, it has an
/// id.
pub(super) fn reliable_ids(record: &Record, effective: &Effective) -> Result<Vec<ExternalId>, Problem> {
    let entry = &record.entry;
    if entry.values("objectclass").iter().any(|class| std::str::from_utf8(class).is_err()) {
        return Err(Problem::ClassNotUtf8);
    }
    // The bound of a server. Other attributes, such as photos, are not read.
    let is_long = |attribute: &&str| entry.values(attribute).iter().any(|value| value.len() > LONGEST_VALUE as usize);
    if let Some(attribute) = effective.located_attributes().into_iter().find(is_long) {
        return Err(Problem::LongValue(KnownAttribute::of(attribute)));
    }
    let ids = entry.external_ids(&IdKind::ALL)?;
    if ids.is_empty() && is_user_or_group(entry, effective) {
        return Err(no_id(effective));
    }
    Ok(ids)
}

/// Whether an entry is a user or a group, by the settings or by its object classes.
pub(super) fn is_user_or_group(entry: &Entry, effective: &Effective) -> bool {
    matches!(effective.kind(entry), Kind::User | Kind::Group)
        || effective.users.filter.evaluate(entry)
        || effective.groups.filter.evaluate(entry)
}

/// Refuses a file in which no user and no group has an id, because it was exported without them.
pub(super) fn some_are_shown(parsed: &Parsed, effective: &Effective) -> Result<(), InvalidLdif> {
    let mut needed = parsed.records.iter().filter(|record| is_user_or_group(&record.entry, effective));
    let Some(first) = needed.next() else { return Ok(()) };
    let shows_ids = |record: &Record| record.entry.external_ids(&IdKind::ALL).is_ok_and(|ids| !ids.is_empty());
    if shows_ids(first) || needed.any(shows_ids) || first.entry.external_ids(&IdKind::ALL).is_err() {
        return Ok(());
    }
    Err(no_id(effective).at(first.line))
}

fn no_id(effective: &Effective) -> Problem {
    Problem::NoId { ids: id_attributes(), export: export(effective) }
}

fn id_attributes() -> String {
    IdKind::ALL.map(IdKind::attribute).join(", ")
}

/// The ids of the entry at the base, first its identity. Without that entry, a file that is cut off at the top would
/// look like another directory. Rule `same-directory`.
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
                effective.base,
                id_attributes(),
                export(effective)
            ),
        },
    };
    Err(Error::configuration("spec.baseDN", problem))
}
