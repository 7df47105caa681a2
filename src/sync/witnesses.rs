//! Rule `missing-group`: the absence of an entry means something only if another entry of the same place is shown.

use std::collections::BTreeSet;

use super::index::Index;
use super::snapshot::{DnHash, Snapshot, UserIndex};

/// What shows that a place can be read.
#[derive(PartialEq, Eq)]
pub(crate) struct Witnesses {
    entries: BTreeSet<DnHash>,
    linked: BTreeSet<DnHash>,
}

impl Witnesses {
    /// Those of a read.
    pub(crate) fn in_read(snapshot: &Snapshot, index: &Index) -> Self {
        let groups = snapshot.readable_groups().chain(snapshot.subgroups.values()).map(|group| group.place.parent);
        let users = || snapshot.users.iter();
        // An entry that does not show the ids which links go by is not evidence for other entries.
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

    /// Whether another linked user with this parent is shown. The bind account is not one, as a rule: it sees its
    /// own entry even where it may see no other.
    pub(crate) fn linked_beside(&self, parent: DnHash) -> bool {
        self.linked.contains(&parent)
    }
}
