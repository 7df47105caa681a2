//! Section 5, rule 4: a linked group that the read did not show.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::sync::link::GroupLink;
use crate::sync::scene::Scene;
use crate::sync::snapshot::{Absence, DnHash, GroupSighting, Snapshot};

/// What is known of a linked group that was not seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is gone.
    Deleted(Evidence),
    /// It exists and shows nothing: kept, a permission problem.
    Unreadable,
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

/// What a missing group waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// For a read at this time or later that still misses it.
    Until(Timestamp),
    /// For a server that may be believed.
    Server,
    /// For a person: nothing else of its parent is shown, so an access rule may hide them all.
    Witness,
    /// For a person: the read shows no group at all.
    AnyGroup,
}

/// The parents of everything that a read shows: what shows one entry of a parent lets its children be seen.
pub(crate) struct Witnesses(BTreeSet<DnHash>);

impl Witnesses {
    /// Of a read.
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        let located = snapshot.located_groups.values().filter_map(|sighting| match sighting {
            GroupSighting::Found(group) => Some(&**group),
            GroupSighting::Unreadable | GroupSighting::Deleted | GroupSighting::Nowhere => None,
        });
        let groups = snapshot.groups.iter().chain(located).chain(snapshot.subgroups.values());
        let users = snapshot.users.iter().map(|user| user.place.parent);
        Self(groups.map(|group| group.place.parent).chain(users).collect())
    }
}

/// Judges by what the look-up found, and since when it finds nothing. `nothing_read`: the read shows no group at all. A
/// file has no tombstones, so one without any group was more likely cut than meant.
pub(crate) fn verdict(link: &GroupLink, nothing_read: bool, witnesses: &Witnesses, scene: &Scene<'_>) -> Verdict {
    let snapshot = scene.snapshot;
    match snapshot.located_groups.get(&link.id) {
        Some(GroupSighting::Deleted) if snapshot.absence == Absence::Unproven => Verdict::Deleted(Evidence::Tombstone),
        Some(GroupSighting::Unreadable) => Verdict::Unreadable,
        _ if nothing_read => Verdict::Missing(Wait::AnyGroup),
        Some(GroupSighting::Deleted) => Verdict::Deleted(Evidence::NotInFile),
        None if snapshot.absence == Absence::Proven => Verdict::Deleted(Evidence::NotInFile),
        Some(GroupSighting::Nowhere) => missing(link, witnesses, scene),
        // What was not looked up, because its link is new since, waits for the next read.
        Some(GroupSighting::Found(_)) | None => Verdict::Missing(Wait::Until(confirmed_at(link, scene))),
    }
}

fn missing(link: &GroupLink, witnesses: &Witnesses, scene: &Scene<'_>) -> Verdict {
    let confirmed = confirmed_at(link, scene);
    if scene.adds_only.is_some() {
        Verdict::Missing(Wait::Server)
    } else if scene.now < confirmed {
        Verdict::Missing(Wait::Until(confirmed))
    } else if witnesses.0.contains(&link.place.parent) {
        Verdict::Deleted(Evidence::MissingSince(link.missing_since.unwrap_or(scene.now)))
    } else {
        Verdict::Missing(Wait::Witness)
    }
}

fn confirmed_at(link: &GroupLink, scene: &Scene<'_>) -> Timestamp {
    scene.policy.confirmed_at(link.missing_since.unwrap_or(scene.now))
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
