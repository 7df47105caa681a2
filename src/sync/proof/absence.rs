//! Section 5, rule 4: what is found nowhere. That proves nothing by itself: an access rule looks the same.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::sync::index::Index;
use crate::sync::scene::Scene;
use crate::sync::snapshot::{DnHash, Snapshot, UserIndex};

/// What an object that is found nowhere waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// For a read at this time or later that still misses it.
    Until(Timestamp),
    /// For a server that may be believed.
    Server,
    /// For a read that looks for it: its link is newer than this one.
    LookUp,
    /// For a read that shows more than that it exists.
    Reading,
    /// For a person: nothing else of its parent is shown, so an access rule may hide them all.
    Witness,
    /// For a person: the read shows no group at all.
    AnyGroup,
}

/// What shows that a place can be read.
pub(crate) struct Witnesses {
    entries: BTreeSet<DnHash>,
    linked: BTreeSet<DnHash>,
}

impl Witnesses {
    /// Of a read.
    pub(crate) fn of(snapshot: &Snapshot, index: &Index) -> Self {
        let groups = snapshot.readable_groups().chain(snapshot.subgroups.values()).map(|group| group.place.parent);
        let users = || snapshot.users.iter();
        // An entry that does not show the ids which links go by shows nothing of who is missing.
        let is_identified = |(index, _): &(UserIndex, _)| snapshot.unidentified.binary_search(index).is_err();
        let identified = (0..).zip(users()).filter(is_identified).map(|(_, user)| user);
        let linked = users().filter(|user| index.account(user.id).is_some());
        Self {
            entries: groups.chain(identified.map(|user| user.place.parent)).collect(),
            linked: linked.map(|user| user.place.parent).collect(),
        }
    }

    /// Whether another entry with this parent is shown, so that its children may be seen.
    pub(crate) fn beside(&self, parent: DnHash) -> bool {
        self.entries.contains(&parent)
    }

    /// Whether another linked user with this parent is shown. The account that reads is none, as a rule: it sees its own
    /// entry even where it may see nobody else's.
    pub(crate) fn linked_beside(&self, parent: DnHash) -> bool {
        self.linked.contains(&parent)
    }
}

/// Whether an object that this read finds nowhere is gone. `since`: when reads began to miss it, which the answer gives
/// back; `is_witnessed`: whether the place where it stood can be read.
pub(crate) fn confirmed(
    since: Option<Timestamp>,
    scene: &Scene<'_>,
    is_witnessed: impl FnOnce(&Witnesses) -> bool,
) -> Result<Timestamp, Wait> {
    let since = since.unwrap_or(scene.now);
    let confirmed = scene.policy.confirmed_at(since);
    if scene.adds_only.is_some() {
        Err(Wait::Server)
    } else if scene.now < confirmed {
        Err(Wait::Until(confirmed))
    } else if is_witnessed(scene.witnesses()) {
        Ok(since)
    } else {
        Err(Wait::Witness)
    }
}

/// Since when it is missing, to be remembered; a server that may be behind the others begins no time.
pub(crate) fn begun(since: Option<Timestamp>, scene: &Scene<'_>) -> Option<Timestamp> {
    since.or_else(|| scene.adds_only.is_none().then_some(scene.now))
}
