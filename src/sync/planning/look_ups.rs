//! What a read did not show and a plan must know: asked for by external id before anything is decided.

use std::collections::BTreeSet;

use crate::sync::found::Found;
use crate::sync::identity::ExternalId;
use crate::sync::index::{Index, LinkNames};
use crate::sync::policy::Policy;
use crate::sync::proof::emptiness::emptied;
use crate::sync::proof::member::{leavers, unread};
use crate::sync::proof::store::Broken;
use crate::sync::snapshot::Snapshot;
use crate::sync::wanted::nesting::silent;
use crate::sync::wanted::selection::unseen;

/// What must be looked up by external id before a plan may be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unseen {
    /// Linked groups that the read did not show.
    pub groups: Vec<ExternalId>,
    /// Members whose entries were not read, by the id in the value or that of the link whose name the value is, and those
    /// who may have left groups with a value that names nobody known.
    pub members: Vec<ExternalId>,
    /// Groups that show no members: selected ones, and members of others.
    pub emptied: Vec<ExternalId>,
}

/// The look-ups that a plan needs. Ask again after groups were located: they bring members of their own.
#[must_use]
pub fn look_ups(snapshot: &Snapshot, found: &Found, policy: &Policy) -> Unseen {
    let groups = unseen(snapshot, found, policy).into_iter().filter(|id| !snapshot.located_groups.contains_key(id));
    let all = || snapshot.readable_groups().chain(snapshot.subgroups.values());
    let mut members = BTreeSet::new();
    if all().any(|group| !group.unread.is_empty()) {
        let index = Index::new(snapshot, found);
        let values = all().flat_map(|group| &group.unread);
        let by_name = LinkNames::new(values, snapshot, found, &Broken::default(), &index);
        members = unread(all(), &by_name);
        members.extend(leavers(all(), found, &index, snapshot, policy));
        members.retain(|id| !snapshot.located_members.contains_key(id));
    }
    let mut emptied = emptied(all(), snapshot, found);
    emptied.extend(silent(snapshot));
    emptied.retain(|id| !snapshot.other_sides.contains_key(id));
    Unseen { groups: groups.collect(), members: members.into_iter().collect(), emptied: emptied.into_iter().collect() }
}
