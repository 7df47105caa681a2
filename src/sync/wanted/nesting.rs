//! Rule `nesting`: with `nesting: Transitive`, the members of member groups are members.

use std::collections::{BTreeMap, BTreeSet};

use crate::sync::identity::ExternalId;
use crate::sync::snapshot::{DirectoryGroup, GroupSighting, MemberOf, OtherUid, Snapshot, UnresolvedValue, UserIndex};

/// Rule `nesting`: gives every group of a read the members of the groups below it, at any depth, and names a group
/// below it that cannot be read. Cycles are legal. Doing it again changes nothing.
pub fn flatten(snapshot: &mut Snapshot) {
    if snapshot.readable_groups().all(|group| group.subgroups.is_empty()) {
        return;
    }
    let groups = everything(snapshot).map(|group| (group.id, group)).collect();
    let below: Vec<Option<Below>> = snapshot.readable_groups().map(|group| below(group, snapshot, &groups)).collect();
    let located = snapshot.located_groups.values_mut().filter_map(GroupSighting::found_mut);
    for (group, below) in snapshot.groups.iter_mut().chain(located).zip(below) {
        if let Some(below) = below {
            below.add_to(group);
        }
    }
    snapshot.subgroups.clear();
}

/// The groups below others that show no member at all: `memberOf` of users tells whether they hide them.
pub(crate) fn without_members(snapshot: &Snapshot) -> BTreeSet<ExternalId> {
    if snapshot.is_of_a_file() {
        return BTreeSet::new();
    }
    let members: BTreeSet<ExternalId> =
        everything(snapshot).flat_map(|group| group.subgroups.iter().copied()).collect();
    everything(snapshot)
        .filter(|group| group.shows_no_members() && members.contains(&group.id))
        .map(|group| group.id)
        .collect()
}

/// What the groups below one group add to it.
struct Below {
    members: Vec<UserIndex>,
    by_other_uid: Vec<OtherUid>,
    unresolved: Vec<UnresolvedValue>,
    out_of_scope: u32,
    hidden: Option<Box<str>>,
}

impl Below {
    fn add_to(self, group: &mut DirectoryGroup) {
        group.members.extend(self.members);
        group.members.sort_unstable();
        group.members.dedup();
        group.by_other_uid.extend(self.by_other_uid);
        group.by_other_uid.sort_unstable();
        group.by_other_uid.dedup();
        let known: BTreeSet<Box<str>> = group.unresolved.iter().map(|value| value.label.clone()).collect();
        group.unresolved.extend(self.unresolved.into_iter().filter(|value| !known.contains(&value.label)));
        group.out_of_scope = group.out_of_scope.saturating_add(self.out_of_scope);
        group.hidden_subgroup = self.hidden;
        group.subgroups.clear();
    }
}

/// Walks the groups below one, each once. `None`: it has none.
fn below(group: &DirectoryGroup, snapshot: &Snapshot, groups: &BTreeMap<ExternalId, &DirectoryGroup>) -> Option<Below> {
    if group.subgroups.is_empty() {
        return None;
    }
    let mut below =
        Below { members: Vec::new(), by_other_uid: Vec::new(), unresolved: Vec::new(), out_of_scope: 0, hidden: None };
    let mut met = BTreeSet::from([group.id]);
    let mut ahead: Vec<ExternalId> = group.subgroups.clone();
    let mut labels = BTreeSet::new();
    while let Some(id) = ahead.pop() {
        if !met.insert(id) {
            continue;
        }
        let Some(subgroup) = groups.get(&id) else {
            below.hide(id.to_string().into());
            continue;
        };
        if hides_members(subgroup, snapshot) || subgroup.concealed.is_some() {
            below.hide(subgroup.label.clone());
        }
        below.members.extend(&subgroup.members);
        below.by_other_uid.extend_from_slice(&subgroup.by_other_uid);
        below.unresolved.extend(subgroup.unresolved.iter().filter(|value| labels.insert(value.label.clone())).cloned());
        below.out_of_scope = below.out_of_scope.saturating_add(subgroup.out_of_scope);
        ahead.extend(&subgroup.subgroups);
    }
    Some(below)
}

impl Below {
    /// The first by name, so that the order of the walk decides nothing.
    fn hide(&mut self, label: Box<str>) {
        if self.hidden.as_ref().is_none_or(|hidden| label < *hidden) {
            self.hidden = Some(label);
        }
    }
}

/// A group below another is not linked, so nothing remembers whether it had members: only `memberOf` of users tells
/// that one that shows none is empty.
fn hides_members(group: &DirectoryGroup, snapshot: &Snapshot) -> bool {
    group.shows_no_members()
        && !snapshot.is_of_a_file()
        && snapshot.member_of.get(&group.id) != Some(&MemberOf::NamedByNobody)
}

fn everything(snapshot: &Snapshot) -> impl Iterator<Item = &DirectoryGroup> {
    snapshot.readable_groups().chain(snapshot.subgroups.values())
}
