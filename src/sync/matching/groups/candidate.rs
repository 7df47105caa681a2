//! A selected group before its name is decided.

use super::matches::Provenance;
use crate::sync::context::PlanContext;
use crate::sync::escape::{quoted, shown};
use crate::sync::fold::fold;
use crate::sync::form::Unfit;
use crate::sync::found::{Group, GroupRef};
use crate::sync::link::GroupLink;
use crate::sync::policy::Policy;
use crate::sync::problem::{Problem, ProblemKind};
use crate::sync::values::Values;
use crate::sync::wanted::selection::Selected;
use crate::sync::{ownership, protection};

/// A selected group that may be written.
pub(super) struct Candidate<'a> {
    pub(super) selected: Selected<'a>,
    /// The store group that it is linked to, or that it adopts.
    pub(super) group: Option<GroupRef>,
    pub(super) provenance: Provenance,
    /// The link that was made for it, and the store group that has it, which may be another group by now.
    broken: Option<&'a (GroupRef, GroupLink)>,
    /// The name that it needs, or what is wrong with it.
    pub(super) name: Result<String, Problem>,
}

impl<'a> Candidate<'a> {
    /// Rules `ownership` and `protection`: a selected group that may be written, or the problem that forbids it.
    pub(super) fn new(selected: Selected<'a>, context: &PlanContext<'a>) -> Result<Self, Problem> {
        let held = selected.linked.and_then(|group| context.found.group(group));
        if let Some(held) = held {
            check_owner(selected, held, context.policy)?;
            check_protection(selected, held, context.policy)?;
        }
        let is_name_held = selected
            .linked
            .is_some_and(|group| context.withheld.group_name(group) || !context.policy.abilities.rename_groups);
        let name = match held.filter(|_| is_name_held) {
            Some(held) => Ok(held.name.to_string()),
            None => free_name(selected, held, context.policy),
        };
        match (held, name) {
            (None, Err(problem)) => Err(problem),
            (_, name) => Ok(Self {
                selected,
                group: selected.linked,
                provenance: if held.is_some() { Provenance::Linked } else { Provenance::New },
                broken: context.broken.groups.by_id(selected.source.id),
                name,
            }),
        }
    }

    /// The broken link that keeps it from being created, unless it adopted a group.
    pub(super) fn broken_link(&self) -> Option<&'a (GroupRef, GroupLink)> {
        self.broken.filter(|_| self.group.is_none())
    }
}

/// Rule `ownership`.
fn check_owner(selected: Selected<'_>, held: &Group, policy: &Policy) -> Result<(), Problem> {
    if ownership::may_write(held.link.as_ref(), policy) {
        return Ok(());
    }
    let owner = held.link.as_ref().and_then(|link| link.owner.as_ref());
    let owner_name = owner.map(ToString::to_string).unwrap_or_default();
    let named = quoted(&owner_name);
    let remedy = if owner.is_some_and(|owner| policy.living_owners.contains(owner)) {
        format!("select it in one of the two, or delete the DirectoryGroupSync {named}")
    } else {
        format!("if that sync is gone, add {named} to spec.adoption.fromOwners")
    };
    let (group, label) = (quoted(&held.name), shown(&selected.source.label));
    let message = format!("group {group} ({label}) belongs to another sync: {remedy}");
    Err(problem(selected, ProblemKind::OwnedElsewhere, message))
}

/// Rule `protection`.
fn check_protection(selected: Selected<'_>, held: &Group, policy: &Policy) -> Result<(), Problem> {
    if !protection::is_protected(held, &policy.protected) {
        return Ok(());
    }
    let message = format!(
        "group {} is protected on the dashboard server, so it is not changed: add {} to spec.exclude, or remove the group from spec.protected of the DashboardServer, from the server's administrators or from the directory that the server itself imports it from",
        quoted(&held.name),
        shown(&selected.source.label)
    );
    Err(problem(selected, ProblemKind::Protected, message))
}

/// The name that a group needs, if it is not protected.
fn free_name(selected: Selected<'_>, held: Option<&Group>, policy: &Policy) -> Result<String, Problem> {
    let name = wanted_name(selected, held, policy).map_err(|(kind, message)| problem(selected, kind, message))?;
    if policy.protected.groups.contains(&fold(&name)) {
        let message = format!(
            "{} needs the name {}, which is protected on the dashboard server: add it to spec.exclude, or change spec.nameTemplate",
            shown(&selected.source.label),
            quoted(&name)
        );
        return Err(problem(selected, ProblemKind::Protected, message));
    }
    Ok(name)
}

/// Rules `group-attributes`, `several-values` and `valid-names`: the name that a group is to have. Of several values it
/// is the one that gives its present name, else the first.
fn wanted_name(selected: Selected<'_>, held: Option<&Group>, policy: &Policy) -> Result<String, (ProblemKind, String)> {
    let source = selected.source;
    let form = &policy.form.group_name;
    let invalid = |unfit: Unfit| {
        (ProblemKind::Invalid, format!("the store cannot keep the name of {}: {unfit}", shown(&source.label)))
    };
    let named = |name: &str| policy.name_template.replace("{name}", name);
    let stays = |name: &&str| held.is_some_and(|held| form.kept(&named(name)) == Ok(&*held.name));
    let name = source.name.iter().find(stays).or(source.name.first());
    match name {
        Some(name) => form.kept(&named(name)).map(str::to_owned).map_err(invalid),
        None if source.name == Values::Undecodable => Err(invalid(Unfit::Undecodable)),
        None => {
            let message = format!(
                "{} shows no name: grant the bind account read access to its name attribute",
                shown(&source.label)
            );
            Err((ProblemKind::Unreadable, message))
        }
    }
}

fn problem(selected: Selected<'_>, kind: ProblemKind, message: String) -> Problem {
    let source = selected.source;
    Problem { group: source.name.first().unwrap_or(&source.label).to_owned(), kind, message }
}
