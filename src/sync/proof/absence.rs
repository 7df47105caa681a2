//! Section 5, rule 4: what is found nowhere. That proves nothing by itself: an access rule looks the same.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::sync::scene::Scene;
use crate::sync::snapshot::{DnHash, Snapshot};

/// What an object that is found nowhere waits for.
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
        let groups = snapshot.readable_groups().chain(snapshot.subgroups.values());
        let users = snapshot.users.iter().map(|user| user.place.parent);
        Self(groups.map(|group| group.place.parent).chain(users).collect())
    }
}

/// Whether an object that this read finds nowhere is gone. `since`: when reads began to miss it, which the answer gives
/// back; `parent`: where it stood.
pub(crate) fn confirmed(since: Option<Timestamp>, parent: DnHash, scene: &Scene<'_>) -> Result<Timestamp, Wait> {
    let since = since.unwrap_or(scene.now);
    let confirmed = scene.policy.confirmed_at(since);
    if scene.adds_only.is_some() {
        Err(Wait::Server)
    } else if scene.now < confirmed {
        Err(Wait::Until(confirmed))
    } else if scene.witnesses().0.contains(&parent) {
        Ok(since)
    } else {
        Err(Wait::Witness)
    }
}

/// Since when it is missing, to be remembered; a server that may be behind the others begins no time.
pub(crate) fn begun(since: Option<Timestamp>, scene: &Scene<'_>) -> Option<Timestamp> {
    since.or_else(|| scene.adds_only.is_none().then_some(scene.now))
}
