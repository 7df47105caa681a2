//! Which groups are created, renamed, described, released and deleted, in an order in which every name is free when a
//! group gets it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::attributes::text_edit;
use super::group_work::GroupWork;
use super::memberships::Memberships;
use super::rename_order::{RenameStep, order};
use super::roles::{RoleChanges, change_roles};
use super::temporary_names::temporary_name;
use crate::sync::context::PlanContext;
use crate::sync::escape::shown;
use crate::sync::fold::fold;
use crate::sync::found::{Group, GroupRef};
use crate::sync::kept_group::{may_be_deleted, removal};
use crate::sync::link::{GroupLink, Origin};
use crate::sync::matching::groups::matches::{Managed, Provenance};
use crate::sync::matching::names::Holders;
use crate::sync::plan::{Change, Edit};
use crate::sync::problem::{Problem, ProblemKind};
use crate::sync::values::Values;

/// Rules `group-attributes` and `group-roles`: the changes of the managed groups.
pub(crate) fn change_groups(
    groups: &[GroupWork<'_>],
    context: &PlanContext<'_>,
    problems: &mut Vec<Problem>,
) -> GroupChanges {
    let mut edits = BTreeMap::new();
    let mut creations = Vec::new();
    let mut links = Vec::new();
    let mut roles = Vec::new();
    // An attribute that no group of this read shows may be hidden, unless the directory is a file.
    let is_shown = context.snapshot.is_of_a_file()
        || context.snapshot.groups.iter().any(|group| group.description != Values::Absent);
    for GroupWork { managed, memberships, .. } in groups {
        let held = context.found.group(managed.group);
        let description = description(managed, held, is_shown, context, problems);
        let RoleChanges { give, take, given } = change_roles(managed, held, context);
        let link = GroupLink { roles: given, ..link(managed, held, memberships, context) };
        let Some(held) = held else {
            let description = if let Edit::Set(text) = description { Some(text) } else { None };
            let name = managed.name.as_str().into();
            creations.push(Change::CreateGroup { group: managed.group, name, description, link });
            continue;
        };
        let name = if *held.name == *managed.name { Edit::Keep } else { Edit::Set(managed.name.as_str().into()) };
        if name != Edit::Keep || description != Edit::Keep {
            edits.insert(managed.group, (name, description));
        }
        if give.is_empty() && take.is_empty() {
            if held.link.as_ref() != Some(&link) {
                links.push(Change::LinkGroup { group: managed.group, link });
            }
            continue;
        }
        // What was given before is remembered until the roles are written.
        let remembered = held.link.as_ref().map(|link| link.roles.clone()).unwrap_or_default();
        let until_then = GroupLink { roles: remembered, ..link.clone() };
        if held.link.as_ref() != Some(&until_then) {
            links.push(Change::LinkGroup { group: managed.group, link: until_then });
        }
        roles.push(Change::SetRoles { group: managed.group, give, take, link });
    }
    let mut changes = rename_in_order(edits, context);
    changes.append(&mut creations);
    changes.append(&mut links);
    GroupChanges { changes, roles }
}

/// What a plan changes of the managed groups themselves.
pub(crate) struct GroupChanges {
    /// Names, descriptions and links, in the order in which a plan writes them.
    pub(crate) changes: Vec<Change>,
    /// Roles, which are written after the members: nobody who leaves gets a role.
    pub(crate) roles: Vec<Change>,
}

fn description(
    managed: &Managed<'_>,
    held: Option<&Group>,
    is_shown: bool,
    context: &PlanContext<'_>,
    problems: &mut Vec<Problem>,
) -> Edit {
    if !context.policy.form.has_description {
        return Edit::Keep;
    }
    let source = managed.selected.source;
    let held = held.and_then(|group| group.description.as_deref());
    text_edit(&source.description, held, is_shown, &context.policy.form.description).unwrap_or_else(|unfit| {
        problems.push(Problem {
            group: managed.name.clone(),
            kind: ProblemKind::Invalid,
            message: format!("the description of {} stays as it is: {unfit}", shown(&source.label)),
        });
        Edit::Keep
    })
}

/// The link as it is once the plan is applied, but for its roles.
fn link(
    managed: &Managed<'_>,
    held: Option<&Group>,
    memberships: &Memberships,
    context: &PlanContext<'_>,
) -> GroupLink {
    let before = held.and_then(|group| group.link.as_ref()).filter(|_| managed.provenance != Provenance::Adopted);
    GroupLink {
        directory_id: context.snapshot.directory_id,
        id: managed.selected.source.id,
        owner: Some(Arc::clone(&context.owner)),
        selector: managed.selected.selector.key.clone(),
        exclusions: context.policy.exclusions.clone(),
        origin: before.map_or(if held.is_some() { Origin::Adopted } else { Origin::Created }, |link| link.origin),
        name: managed.name.as_str().into(),
        place: managed.selected.source.place,
        roles: Vec::new(),
        missing_since: None,
        empty_since: memberships.empty_since,
    }
}

fn rename_in_order(mut edits: BTreeMap<GroupRef, (Edit, Edit)>, context: &PlanContext<'_>) -> Vec<Change> {
    let renames: BTreeMap<u32, String> = edits
        .iter()
        .filter_map(|(group, (name, _))| if let Edit::Set(name) = name { Some((group.0, fold(name))) } else { None })
        .collect();
    let mut changes = Vec::with_capacity(edits.len());
    if !renames.is_empty() {
        let holders =
            Holders::new(context.found.groups.iter().zip(0..).map(|(group, index)| (index, fold(&group.name))));
        let given: BTreeSet<&String> = renames.values().collect();
        for step in order(&holders, &renames) {
            match step {
                RenameStep::Park(object) => {
                    let Some(group) = context.found.group(GroupRef(object)) else { continue };
                    let in_use = |name: &str| !holders.of(name).is_empty() || given.contains(&name.to_owned());
                    changes
                        .push(Change::ParkGroup { group: GroupRef(object), name: temporary_name(&group.id, in_use) });
                }
                RenameStep::Rename(object) => {
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

/// The groups that the plan removes.
pub(crate) struct GroupRemovals {
    /// Deletions whose name another group gets.
    pub(crate) deleted_first: Vec<Change>,
    /// Releases.
    pub(crate) released: Vec<Change>,
    /// All other deletions.
    pub(crate) deleted_last: Vec<Change>,
}

/// Rules `deleted-group`, `kept-group` and `selection`: deletes and releases groups. A deletion that frees a name comes first.
pub(crate) fn remove_groups(
    deleted: &BTreeSet<GroupRef>,
    released: impl Iterator<Item = GroupRef>,
    groups: &[GroupWork<'_>],
    context: &PlanContext<'_>,
) -> GroupRemovals {
    let given: BTreeSet<String> = groups.iter().map(|work| fold(&work.managed.name)).collect();
    let deletion = context.policy.abilities.group_deletion;
    let frees_a_name = |group: &Group| may_be_deleted(group, deletion) && given.contains(&*fold(&group.name));
    let (needed, others): (Vec<GroupRef>, Vec<GroupRef>) =
        deleted.iter().partition(|group| context.found.group(**group).is_some_and(frees_a_name));
    let delete =
        |groups: Vec<GroupRef>| groups.into_iter().map(|group| removal(group, context.found, deletion)).collect();
    let released = released
        .filter_map(|group| Some(Change::LinkGroup { group, link: context.found.group_link(group)?.released() }));
    GroupRemovals { deleted_first: delete(needed), released: released.collect(), deleted_last: delete(others) }
}
