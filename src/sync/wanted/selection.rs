//! Rule `selection`: which directory groups the selectors select, and which linked groups are no longer selected.

use std::collections::{BTreeMap, BTreeSet};

use crate::sync::context::PlanContext;
use crate::sync::found::{Found, GroupRef};
use crate::sync::identity::ExternalId;
use crate::sync::link::{GroupLink, Link as _};
use crate::sync::policy::{Policy, Selector};
use crate::sync::snapshot::{DirectoryGroup, Snapshot};

/// A directory group that a selector selects.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Selected<'a> {
    /// The group as it was read or located.
    pub(crate) source: &'a DirectoryGroup,
    /// The selector that its link names from now on.
    pub(crate) selector: &'a Selector,
    /// The store group that stands for it.
    pub(crate) linked: Option<GroupRef>,
}

/// What the selectors select.
#[derive(Debug, Default)]
pub(crate) struct Selection<'a> {
    /// The selected groups, by name and id.
    pub(crate) groups: Vec<Selected<'a>>,
    /// Groups of this owner that are no longer selected: to be released.
    pub(crate) deselected: Vec<GroupRef>,
    /// Rule `unasked-release`: those that no edit of the spec releases. The selector that selected
    /// them is in the spec still, and the exclusions are the same. They moved out of a base, a filter matches them no
    /// more, or the base of the Directory is another one.
    pub(crate) unasked: BTreeSet<GroupRef>,
    /// Groups of this owner that should be selected and were not seen.
    pub(crate) unseen: Vec<GroupRef>,
    /// The selectors that select nothing.
    pub(crate) not_found: Vec<&'a Selector>,
    /// Rule `boundaries`: those of them that ask for something outside the groups' base.
    pub(crate) outside: BTreeSet<&'a str>,
}

/// Rules `selection` and `unasked-release`: evaluates the selectors.
pub(crate) fn select<'a>(context: &PlanContext<'a>) -> Selection<'a> {
    let PlanContext { snapshot, found, policy, .. } = *context;
    let mut selection = Selection::default();
    let selectors = by_key(policy);
    let mut useful: BTreeSet<&Box<str>> = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for source in snapshot.readable_groups() {
        if !seen.insert(source.id) {
            continue;
        }
        let selectors_of = source.selectors.iter().filter_map(|selector| policy.selectors.get(usize::from(*selector)));
        useful.extend(selectors_of.map(|selector| &selector.key));
        let linked = context.index.group(source.id);
        let link = linked.and_then(|group| found.group_link(group));
        // Nothing is released because of what a server shows that may be behind the others.
        let may_be_late = context.adds_only.is_some() && link.is_some_and(|link| link.exclusions == policy.exclusions);
        let stays = linked.filter(|group| context.withheld.release(*group) || may_be_late);
        let ours = link.filter(|link| stays.is_some() && link.is_owned_by(&policy.owner));
        let standing = ours.and_then(|link| selectors.get(&*link.selector).copied());
        let Some(selector) = selecting(source, link, &selectors, policy).or(standing) else { continue };
        useful.insert(&selector.key);
        selection.groups.push(Selected { source, selector, linked });
    }
    selection.groups.sort_by_key(|selected| (selected.source.name.first(), selected.source.id));

    let selected: BTreeSet<GroupRef> = selection.groups.iter().filter_map(|selected| selected.linked).collect();
    for (group, link) in owned(snapshot, found, policy).filter(|(group, _)| !selected.contains(group)) {
        let standing = selectors.get(&*link.selector);
        if let Some(selector) = standing.filter(|_| !seen.contains(&link.id)) {
            useful.insert(&selector.key);
            selection.unseen.push(group);
        } else {
            if standing.is_some() && link.exclusions == policy.exclusions {
                selection.unasked.insert(group);
            }
            selection.deselected.push(group);
        }
    }
    let outside = snapshot.outside.iter().filter_map(|selector| policy.selectors.get(usize::from(*selector)));
    selection.outside = outside.map(|selector| &*selector.key).collect();
    selection.not_found = policy.selectors.iter().filter(|selector| !useful.contains(&selector.key)).collect();
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
        (link.directory_id == snapshot.directory_id && link.is_owned_by(&policy.owner))
            .then_some((GroupRef(index), link))
    })
}

/// The selectors by their keys; the first of several that say the same.
fn by_key(policy: &Policy) -> BTreeMap<&str, &Selector> {
    policy.selectors.iter().rev().map(|selector| (&*selector.key, selector)).collect()
}

/// Rule `selection`: what a `dn` or `name` selector once selected stays selected, so such a selector is the one to
/// remember where several select. Rule `boundaries`: that ends at the groups' base.
fn selecting<'a>(
    source: &DirectoryGroup,
    link: Option<&GroupLink>,
    selectors: &BTreeMap<&str, &'a Selector>,
    policy: &'a Policy,
) -> Option<&'a Selector> {
    if source.excluded || source.is_outside {
        return None;
    }
    let link = link.filter(|link| link.is_owned_by(&policy.owner));
    let remembered = link.and_then(|link| selectors.get(&*link.selector).copied());
    let selecting = || source.selectors.iter().filter_map(|selector| policy.selectors.get(usize::from(*selector)));
    remembered
        .filter(|selector| selector.sticky)
        .or_else(|| selecting().find(|selector| selector.sticky))
        .or_else(|| remembered.filter(|remembered| selecting().any(|selector| selector.key == remembered.key)))
        .or_else(|| selecting().next())
}

/// The linked groups of this owner that the bulk read did not show although a selector that may select them is in the
/// spec: what must be looked up by external id before anything is said of them.
pub(crate) fn unseen(snapshot: &Snapshot, found: &Found, policy: &Policy) -> Vec<ExternalId> {
    let seen: BTreeSet<ExternalId> = snapshot.groups.iter().map(|group| group.id).collect();
    let selectors = by_key(policy);
    owned(snapshot, found, policy)
        .filter(|(_, link)| !seen.contains(&link.id))
        .filter(|(_, link)| selectors.contains_key(&*link.selector))
        .map(|(_, link)| link.id)
        .collect()
}
