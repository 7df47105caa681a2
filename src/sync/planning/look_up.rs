//! Rules `missing-group`, `member-value` and `emptied-group`: what a read did not show and a plan must know is looked
//! up by external id before anything is decided.

use std::collections::BTreeSet;

use crate::sync::found::Found;
use crate::sync::identity::ExternalId;
use crate::sync::index::Index;
use crate::sync::link_names::LinkNames;
use crate::sync::pairing::broken_links::BrokenLinks;
use crate::sync::policy::Policy;
use crate::sync::proof::emptiness::without_members;
use crate::sync::proof::member::{leavers, named};
use crate::sync::snapshot::Snapshot;
use crate::sync::wanted::nesting;
use crate::sync::wanted::selection::unseen;

/// What must be looked up by external id, across the whole directory and its deleted objects, before a plan may be
/// made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LookUp {
    /// Linked groups that the read did not show.
    pub groups: Vec<ExternalId>,
    /// Members whose entries were not read, by the id in the value or that of the link whose name the value is, and
    /// those who may have left groups with a value that matches no user.
    pub members: Vec<ExternalId>,
    /// Groups that show no members: selected ones, and members of others.
    pub without_members: Vec<ExternalId>,
}

impl LookUp {
    /// Whether there is nothing to ask.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.members.is_empty() && self.without_members.is_empty()
    }
}

/// Rules `missing-group`, `member-value` and `emptied-group`: the look-ups that a plan needs. Ask again after groups
/// were located: they bring members of their own.
#[must_use]
pub fn look_up(snapshot: &Snapshot, found: &Found, policy: &Policy) -> LookUp {
    let groups = unseen(snapshot, found, policy).into_iter().filter(|id| !snapshot.located_groups.contains_key(id));
    let all = || snapshot.readable_groups().chain(snapshot.subgroups.values());
    let mut members = BTreeSet::new();
    if all().any(|group| !group.unresolved.is_empty()) {
        let index = Index::new(snapshot, found);
        let values = all().flat_map(|group| &group.unresolved);
        let by_name = LinkNames::new(values, snapshot, found, &BrokenLinks::default(), &index);
        members = named(all(), &by_name);
        members.extend(leavers(all(), found, &index, snapshot, policy));
        members.retain(|id| !snapshot.located_members.contains_key(id));
    }
    let mut without_members = without_members(all(), snapshot, found);
    without_members.extend(nesting::without_members(snapshot));
    without_members.retain(|id| !snapshot.member_of.contains_key(id));
    LookUp {
        groups: groups.collect(),
        members: members.into_iter().collect(),
        without_members: without_members.into_iter().collect(),
    }
}
