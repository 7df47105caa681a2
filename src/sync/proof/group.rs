//! Rule `missing-group`: a linked group that the read did not show.

use jiff::Timestamp;

use super::absence::{Wait, confirmed};
use crate::sync::context::PlanContext;
use crate::sync::link::GroupLink;
use crate::sync::snapshot::{BrokenEntry, GroupSighting};
use crate::sync::wording::utc;

/// What is known of a linked group that was not seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnseenGroup {
    /// It is gone.
    Deleted(Evidence),
    /// It exists and shows nothing: kept, a permission problem.
    Unreadable,
    /// Two links stand for one entry: both groups are kept until an administrator deletes one.
    Ambiguous,
    /// Found nowhere, which is not proof yet: kept with its members.
    Missing(Wait),
}

/// Why a group counts as deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// Its tombstone was read.
    Tombstone,
    /// It is not in the file.
    NotInFile,
    /// It was missing all the time since then, while another entry of the same parent is shown.
    MissingSince(Timestamp),
    /// An administrator approved its deletion.
    Approved,
}

/// Rules `missing-group` and `file-end`: what is known of a group by what the look-up found, and since when it finds
/// nothing. `nothing_read`: the read shows no group at all. A file has no tombstones, so one without any group was more
/// likely cut than meant.
pub(crate) fn unseen_group(link: &GroupLink, nothing_read: bool, context: &PlanContext<'_>) -> UnseenGroup {
    let (snapshot, parent) = (context.snapshot, link.place.parent);
    let is_broken = |broken: &BrokenEntry| {
        broken.id == Some(link.id)
            || broken.place.is_some_and(|place| place.dn == link.place.dn)
            || broken.may_be_anybody()
    };
    if snapshot.ambiguous.contains_key(&link.id) {
        return UnseenGroup::Ambiguous;
    }
    match snapshot.located_groups.get(&link.id) {
        Some(GroupSighting::Deleted) => UnseenGroup::Deleted(Evidence::Tombstone),
        Some(GroupSighting::Unreadable) => UnseenGroup::Unreadable,
        _ if snapshot.broken.iter().any(is_broken) => UnseenGroup::Unreadable,
        _ if nothing_read => UnseenGroup::Missing(Wait::AnyGroup),
        Some(GroupSighting::NotInFile) => UnseenGroup::Deleted(Evidence::NotInFile),
        Some(GroupSighting::Nowhere) => match confirmed(link.missing_since, context, |seen| seen.beside(parent)) {
            Ok(since) => UnseenGroup::Deleted(Evidence::MissingSince(since)),
            Err(wait) => UnseenGroup::Missing(wait),
        },
        Some(GroupSighting::Found(_)) | None => UnseenGroup::Missing(Wait::LookUp),
    }
}

impl std::fmt::Display for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tombstone => f.write_str("the directory shows it as deleted"),
            Self::NotInFile => f.write_str("it is not in the file"),
            Self::MissingSince(since) => {
                write!(f, "missing since {}, while other entries are visible where it was", utc(*since))
            }
            Self::Approved => f.write_str("an administrator approved it"),
        }
    }
}
