//! Rule 1: which directory groups the items select, and what became of those that are linked already.

use std::collections::{BTreeMap, BTreeSet};

use crate::sync::found::{Found, GroupRef};
use crate::sync::identity::ExternalId;
use crate::sync::link::GroupLink;
use crate::sync::policy::{Item, Policy};
use crate::sync::scene::Scene;
use crate::sync::snapshot::{DirectoryGroup, Snapshot};

/// A directory group that an item selects.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Selected<'a> {
    /// The group as it was read or located.
    pub(crate) source: &'a DirectoryGroup,
    /// The item that its link names from now on.
    pub(crate) item: &'a Item,
    /// The store group that stands for it.
    pub(crate) linked: Option<GroupRef>,
}

/// What the items came to.
#[derive(Debug, Default)]
pub(crate) struct Selection<'a> {
    /// The selected groups, by name and id.
    pub(crate) groups: Vec<Selected<'a>>,
    /// Groups of this owner that are no longer selected: to be released.
    pub(crate) left: Vec<GroupRef>,
    /// Those of them whose release no edit of the spec asked for: the item that selected them stands, and so do the
    /// exclusions. They moved out of a base, or a filter fits them no more.
    pub(crate) unasked: BTreeSet<GroupRef>,
    /// Groups of this owner that should be selected and were not seen.
    pub(crate) absent: Vec<GroupRef>,
    /// The items that select nothing.
    pub(crate) not_found: Vec<&'a Item>,
}

/// Evaluates the items.
pub(crate) fn select<'a>(scene: &Scene<'a>) -> Selection<'a> {
    let Scene { snapshot, found, index, policy, withheld, .. } = *scene;
    let mut selection = Selection::default();
    let items = by_key(policy);
    let mut useful: BTreeSet<&Box<str>> = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for source in snapshot.readable_groups() {
        if !seen.insert(source.id) {
            continue;
        }
        useful
            .extend(source.items.iter().filter_map(|item| policy.items.get(usize::from(*item))).map(|item| &item.key));
        let linked = index.group(source.id);
        let link = linked.and_then(|group| found.group(group)?.link.as_ref());
        // Nothing is released on the word of a server that may be behind the others.
        let may_be_late = scene.adds_only.is_some() && link.is_some_and(|link| link.exclusions == policy.exclusions);
        let stays = linked.filter(|group| withheld.release(*group) || may_be_late);
        let ours = link.filter(|link| stays.is_some() && link.owner.as_deref() == Some(&policy.owner));
        let standing = ours.and_then(|link| items.get(&*link.item).copied());
        let Some(item) = selecting_item(source, link, &items, policy).or(standing) else { continue };
        useful.insert(&item.key);
        selection.groups.push(Selected { source, item, linked });
    }
    selection.groups.sort_by_key(|selected| (selected.source.name.first(), selected.source.id));

    let selected: BTreeSet<GroupRef> = selection.groups.iter().filter_map(|selected| selected.linked).collect();
    for (group, link) in owned(snapshot, found, policy).filter(|(group, _)| !selected.contains(group)) {
        let standing = items.get(&*link.item);
        if let Some(item) = standing.filter(|_| !seen.contains(&link.id)) {
            useful.insert(&item.key);
            selection.absent.push(group);
        } else {
            if standing.is_some() && link.exclusions == policy.exclusions {
                selection.unasked.insert(group);
            }
            selection.left.push(group);
        }
    }
    selection.not_found = policy.items.iter().filter(|item| !useful.contains(&item.key)).collect();
    selection
}

/// The groups whose links are of this directory and belong to this sync, in the store's order.
pub(crate) fn owned<'a>(
    snapshot: &'a Snapshot,
    found: &'a Found,
    policy: &'a Policy,
) -> impl Iterator<Item = (GroupRef, &'a GroupLink)> {
    found.groups.iter().zip(0..).filter_map(|(group, index)| {
        let link = group.link.as_ref()?;
        (link.directory_id == snapshot.directory_id && link.owner.as_deref() == Some(&policy.owner))
            .then_some((GroupRef(index), link))
    })
}

/// The items by their keys; the first of several that say the same.
fn by_key(policy: &Policy) -> BTreeMap<&str, &Item> {
    policy.items.iter().rev().map(|item| (&*item.key, item)).collect()
}

/// A `dn` or `name` item keeps what it once selected, so such an item is the one to remember where several select.
fn selecting_item<'a>(
    source: &DirectoryGroup,
    link: Option<&GroupLink>,
    items: &BTreeMap<&str, &'a Item>,
    policy: &'a Policy,
) -> Option<&'a Item> {
    if source.excluded {
        return None;
    }
    let link = link.filter(|link| link.owner.as_deref() == Some(&policy.owner));
    let remembered = link.and_then(|link| items.get(&*link.item).copied());
    let selecting = || source.items.iter().filter_map(|item| policy.items.get(usize::from(*item)));
    remembered
        .filter(|item| item.keeps)
        .or_else(|| selecting().find(|item| item.keeps))
        .or_else(|| remembered.filter(|remembered| selecting().any(|item| item.key == remembered.key)))
        .or_else(|| selecting().next())
}

/// The linked groups of this owner that the bulk read did not show although an item that may select them stands: what
/// must be looked up by external id before anything is said of them.
pub(crate) fn unseen(snapshot: &Snapshot, found: &Found, policy: &Policy) -> Vec<ExternalId> {
    let seen: BTreeSet<ExternalId> = snapshot.groups.iter().map(|group| group.id).collect();
    let items = by_key(policy);
    owned(snapshot, found, policy)
        .filter(|(_, link)| !seen.contains(&link.id))
        .filter(|(_, link)| items.contains_key(&*link.item))
        .map(|(_, link)| link.id)
        .collect()
}
