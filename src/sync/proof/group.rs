//! Section 5, rule 4: a linked group that the read did not show.

use crate::sync::identity::ExternalId;
use crate::sync::snapshot::{Absence, GroupSighting, Snapshot};

/// What is known of a linked group that was not seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Its deletion is proven: a tombstone, or a file without it.
    Deleted,
    /// It exists and shows nothing: kept, a permission problem.
    Unreadable,
    /// Found nowhere, which proves nothing: kept with its members.
    Missing,
}

/// Judges by what the look-up found. A group that was not looked up counts as missing.
pub(crate) fn verdict(snapshot: &Snapshot, id: ExternalId) -> Verdict {
    match snapshot.located_groups.get(&id) {
        Some(GroupSighting::Deleted) => Verdict::Deleted,
        Some(GroupSighting::Unreadable) => Verdict::Unreadable,
        None if snapshot.absence == Absence::Proven => Verdict::Deleted,
        Some(GroupSighting::Found(_) | GroupSighting::Nowhere) | None => Verdict::Missing,
    }
}
