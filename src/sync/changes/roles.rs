//! Rule `group-roles`: which roles a group is given, and which are taken from it.

use std::collections::BTreeSet;

use crate::sync::context::PlanContext;
use crate::sync::escape::quoted;
use crate::sync::found::Group;
use crate::sync::matching::groups::matches::Managed;
use crate::sync::policy::Selector;
use crate::sync::problem::{Problem, ProblemKind};
use crate::sync::role::Role;

/// What becomes of a group's roles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RoleChanges {
    /// The roles that it is given, ascending.
    pub(crate) give: Vec<Role>,
    /// The roles that are taken from it, ascending.
    pub(crate) take: Vec<Role>,
    /// Once that is done: those of its roles that we gave, ascending.
    pub(crate) given: Vec<Role>,
}

/// Rule `group-roles`: the roles of all items that select the group are given to it. What we gave and no item asks for
/// any more is taken; a role that was there already, or that a person gave, stays.
pub(crate) fn change_roles(managed: &Managed<'_>, held: Option<&Group>, context: &PlanContext<'_>) -> RoleChanges {
    let before = given(held);
    let held = held.map_or(&[][..], |group| &group.roles);
    let wanted: BTreeSet<&Role> = selecting(managed, context)
        .flat_map(|selector| &selector.roles)
        .filter_map(|name| grantable(name, context).ok())
        .collect();
    let is_held = |role: &Role| held.iter().any(|held| held.id == role.id);
    let give: Vec<Role> = wanted.iter().filter(|role| !is_held(role)).copied().cloned().collect();
    // Rule `known-server`: a server that is new or behind the others may not show what makes an item select the group.
    let is_taken = |role: &&Role| context.adds_only.is_none() && !wanted.contains(role);
    let (take, kept): (Vec<&Role>, Vec<&Role>) = before.into_iter().partition(is_taken);
    let given: BTreeSet<Role> = kept.into_iter().chain(&give).cloned().collect();
    RoleChanges { take: take.into_iter().cloned().collect(), given: given.into_iter().collect(), give }
}

/// The roles of a group that we gave and nobody has taken since. One with another name is another role.
fn given(held: Option<&Group>) -> Vec<&Role> {
    let link = held.and_then(|group| group.link.as_ref());
    let given = link.map_or(&[][..], |link| &link.roles).iter();
    given.filter(|role| held.is_some_and(|group| group.roles.contains(role))).collect()
}

/// The items that select a group, and the one that its link names.
fn selecting<'a>(managed: &Managed<'a>, context: &PlanContext<'a>) -> impl Iterator<Item = &'a Selector> {
    let selectors = &context.policy.selectors;
    let by_read = managed.selected.source.selectors.iter().filter_map(|index| selectors.get(usize::from(*index)));
    // Several items may say the same, but for their roles.
    let remembered = managed.selected.selector;
    by_read.chain(selectors.iter().filter(|selector| selector.key == remembered.key))
}

/// The role of this name, or why it is not given.
fn grantable<'a>(name: &str, context: &PlanContext<'a>) -> Result<&'a Role, (ProblemKind, &'static str)> {
    let roles = &context.policy.roles;
    if !context.policy.abilities.group_roles {
        let cause = "the groups of this dashboard server have no roles: remove it from spec.groups";
        return Err((ProblemKind::RoleNotFound, cause));
    }
    if !roles.grantable.contains(name) {
        let cause =
            "the DashboardServer does not allow it: add it to its grantableRoles, or remove it from spec.groups";
        return Err((ProblemKind::RoleNotGranted, cause));
    }
    roles.named(name).ok_or((
        ProblemKind::RoleNotFound,
        "the dashboard server has no role with this name (case matters): create it there, or correct spec.groups",
    ))
}

/// Rule `group-roles`: the roles of the spec that are not given, once for each item.
pub(crate) fn role_problems(context: &PlanContext<'_>) -> Vec<Problem> {
    let problem = |selector: &Selector, name: &str| {
        let (kind, cause) = grantable(name, context).err()?;
        let message = format!("role {} is not given: {cause}", quoted(name));
        Some(Problem { group: selector.key.to_string(), kind, message })
    };
    let selectors = context.policy.selectors.iter();
    selectors.flat_map(|selector| selector.roles.iter().filter_map(move |name| problem(selector, name))).collect()
}
