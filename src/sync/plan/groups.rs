//! Rules 1, 3, 4 and 7 for groups: what is created, renamed, described, released and deleted, in an order in which every
//! name is free when it is taken.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::sync::escape;
use crate::sync::fold::fold;
use crate::sync::found::{Group, GroupRef};
use crate::sync::identity::Owner;
use crate::sync::link::{GroupLink, Origin};
use crate::sync::matching::groups::{Arrival, Managed};
use crate::sync::plan::attributes::text_edit;
use crate::sync::plan::memberships::Memberships;
use crate::sync::plan::names::{Bearers, Step, order};
use crate::sync::plan::parking::temporary_name;
use crate::sync::plan::{Change, Edit};
use crate::sync::problem::{Problem, ProblemKind};
use crate::sync::scene::Scene;
use crate::sync::values::Values;

/// The changes of the managed groups, in the order in which a plan writes them.
pub(crate) fn change_groups(
    managed: &[Managed<'_>],
    memberships: &[Memberships],
    owner: &Arc<Owner>,
    scene: &Scene<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Change> {
    let mut edits = BTreeMap::new();
    let mut creations = Vec::new();
    let mut links = Vec::new();
    // An attribute that no group of this read shows may be hidden, unless the directory is a file.
    let shown =
        scene.snapshot.is_of_a_file() || scene.snapshot.groups.iter().any(|group| group.description != Values::Absent);
    for (managed, memberships) in managed.iter().zip(memberships) {
        let held = scene.found.group(managed.group);
        let description = description(managed, held, shown, scene, problems);
        let link = link(managed, held, memberships, owner, scene);
        let Some(held) = held else {
            let description = if let Edit::Set(text) = description { Some(text) } else { None };
            creations.push(Change::CreateGroup {
                group: managed.group,
                name: managed.name.as_str().into(),
                description,
                link,
            });
            continue;
        };
        let name = if *held.name == *managed.name { Edit::Keep } else { Edit::Set(managed.name.as_str().into()) };
        if name != Edit::Keep || description != Edit::Keep {
            edits.insert(managed.group, (name, description));
        }
        if held.link.as_ref() != Some(&link) {
            links.push(Change::LinkGroup { group: managed.group, link });
        }
    }
    let mut changes = rename_in_order(edits, scene);
    changes.append(&mut creations);
    changes.append(&mut links);
    changes
}

fn description(
    managed: &Managed<'_>,
    held: Option<&Group>,
    shown: bool,
    scene: &Scene<'_>,
    problems: &mut Vec<Problem>,
) -> Edit {
    let source = managed.selected.source;
    let held = held.and_then(|group| group.description.as_deref());
    text_edit(&source.description, held, shown, &scene.policy.form.description).unwrap_or_else(|unfit| {
        problems.push(Problem {
            group: managed.name.clone(),
            kind: ProblemKind::Invalid,
            message: format!("the description of {} stays as it is: {unfit}", escape::shown(&source.label)),
        });
        Edit::Keep
    })
}

/// The link as it is once the plan is applied.
fn link(
    managed: &Managed<'_>,
    held: Option<&Group>,
    memberships: &Memberships,
    owner: &Arc<Owner>,
    scene: &Scene<'_>,
) -> GroupLink {
    let before = held.and_then(|group| group.link.as_ref()).filter(|_| managed.arrival != Arrival::Adopted);
    GroupLink {
        directory_id: scene.snapshot.directory_id,
        id: managed.selected.source.id,
        owner: Some(Arc::clone(owner)),
        selector: managed.selected.selector.key.clone(),
        exclusions: scene.policy.exclusions.clone(),
        origin: before.map_or(if held.is_some() { Origin::Adopted } else { Origin::Created }, |link| link.origin),
        name: managed.name.as_str().into(),
        place: managed.selected.source.place,
        missing_since: None,
        empty_since: memberships.empty_since,
    }
}

fn rename_in_order(mut edits: BTreeMap<GroupRef, (Edit, Edit)>, scene: &Scene<'_>) -> Vec<Change> {
    let renames: BTreeMap<u32, String> = edits
        .iter()
        .filter_map(|(group, (name, _))| if let Edit::Set(name) = name { Some((group.0, fold(name))) } else { None })
        .collect();
    let mut changes = Vec::with_capacity(edits.len());
    if !renames.is_empty() {
        let bearers = Bearers::new(scene.found.groups.iter().zip(0..).map(|(group, index)| (index, fold(&group.name))));
        let taken: BTreeSet<&String> = renames.values().collect();
        for step in order(&bearers, &renames) {
            match step {
                Step::Park(object) => {
                    let Some(group) = scene.found.group(GroupRef(object)) else { continue };
                    let in_use = |name: &str| !bearers.of(name).is_empty() || taken.contains(&name.to_owned());
                    changes
                        .push(Change::ParkGroup { group: GroupRef(object), name: temporary_name(&group.id, in_use) });
                }
                Step::Rename(object) => {
                    if let Some((name, description)) = edits.remove(&GroupRef(object)) {
                        changes.push(Change::SetGroup { group: GroupRef(object), name, description });
                    }
                }
            }
        }
    }
    changes.extend(edits.into_iter().map(|(group, (name, description))| Change::SetGroup { group, name, description }));
    changes
}

/// The groups that the plan parts with.
pub(crate) struct Parted {
    /// Deletions whose name another group takes.
    pub(crate) deleted_first: Vec<Change>,
    /// Releases.
    pub(crate) released: Vec<Change>,
    /// All other deletions.
    pub(crate) deleted_last: Vec<Change>,
}

/// Rules 1 and 4 for groups that are gone or no longer selected.
pub(crate) fn part_with(
    deleted: &BTreeSet<GroupRef>,
    unselected: impl Iterator<Item = GroupRef>,
    managed: &[Managed<'_>],
    scene: &Scene<'_>,
) -> Parted {
    let taken: BTreeSet<String> = managed.iter().map(|managed| fold(&managed.name)).collect();
    let (needed, others): (Vec<GroupRef>, Vec<GroupRef>) = deleted
        .iter()
        .partition(|group| scene.found.group(**group).is_some_and(|group| taken.contains(&*fold(&group.name))));
    let delete = |groups: Vec<GroupRef>| groups.into_iter().map(|group| Change::DeleteGroup { group }).collect();
    let released = unselected.filter_map(|group| {
        let link = scene.found.group(group)?.link.clone()?;
        let link = GroupLink { owner: None, missing_since: None, empty_since: None, ..link };
        Some(Change::LinkGroup { group, link })
    });
    Parted { deleted_first: delete(needed), released: released.collect(), deleted_last: delete(others) }
}
