//! Section 5, rule 4: a linked group that the read did not show.

use jiff::Timestamp;

use super::absence::{Wait, confirmed};
use crate::sync::link::GroupLink;
use crate::sync::scene::Scene;
use crate::sync::snapshot::{BrokenEntry, GroupSighting};

/// What is known of a linked group that was not seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is gone.
    Deleted(Evidence),
    /// It exists and shows nothing: kept, a permission problem.
    Unreadable,
    /// Two links stand for one entry: kept, until a person says which.
    Ambiguous,
    /// Found nowhere, which proves nothing yet: kept with its members.
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
    /// A person approved its deletion.
    Approved,
}

/// Judges by what the look-up found, and since when it finds nothing. `nothing_read`: the read shows no group at all. A
/// file has no tombstones, so one without any group was more likely cut than meant.
pub(crate) fn verdict(link: &GroupLink, nothing_read: bool, scene: &Scene<'_>) -> Verdict {
    let (snapshot, parent) = (scene.snapshot, link.place.parent);
    let is_broken = |broken: &BrokenEntry| {
        broken.id == Some(link.id)
            || broken.place.is_some_and(|place| place.dn == link.place.dn)
            || broken.may_be_anybody()
    };
    if snapshot.ambiguous.contains_key(&link.id) {
        return Verdict::Ambiguous;
    }
    match snapshot.located_groups.get(&link.id) {
        Some(GroupSighting::Deleted) => Verdict::Deleted(Evidence::Tombstone),
        Some(GroupSighting::Unreadable) => Verdict::Unreadable,
        _ if snapshot.broken.iter().any(is_broken) => Verdict::Unreadable,
        _ if nothing_read => Verdict::Missing(Wait::AnyGroup),
        Some(GroupSighting::NotInFile) => Verdict::Deleted(Evidence::NotInFile),
        Some(GroupSighting::Nowhere) => match confirmed(link.missing_since, scene, |seen| seen.beside(parent)) {
            Ok(since) => Verdict::Deleted(Evidence::MissingSince(since)),
            Err(wait) => Verdict::Missing(wait),
        },
        Some(GroupSighting::Found(_)) | None => Verdict::Missing(Wait::LookUp),
    }
}

impl std::fmt::Display for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tombstone => f.write_str("the directory shows it as deleted"),
            Self::NotInFile => f.write_str("it is not in the file"),
            Self::MissingSince(since) => {
                write!(f, "missing since {since:.0}, while entries beside it are shown")
            }
            Self::Approved => f.write_str("a person approved it"),
        }
    }
}
