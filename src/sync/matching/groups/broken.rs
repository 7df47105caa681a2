//! Rule `same-store` for groups: what a broken link forbids.

use std::collections::BTreeMap;

use super::candidate::Candidate;
use crate::sync::context::PlanContext;
use crate::sync::escape::quoted;
use crate::sync::found::{Found, GroupRef};
use crate::sync::identity::ExternalId;
use crate::sync::link::{GroupLink, Link as _};
use crate::sync::problem::{Problem, ProblemKind};
use crate::sync::store_id::StoreId;
use crate::sync::wanted::selection::Selection;

/// Rule `same-store`: the problem of a group whose link is broken and that adopted nothing. The object that the link was
/// made for may be there still, so the group is not created a second time.
pub(super) fn refused(candidate: &Candidate<'_>, found: &Found) -> Option<Problem> {
    let (group, link) = candidate.broken_link()?;
    Some(broken_group(*group, link, found))
}

/// Rule `same-store`: the problems of this sync's groups whose links are broken and that nothing selects. The others
/// are refused by name.
pub(crate) fn unselected_broken(selection: &Selection<'_>, context: &PlanContext<'_>) -> Vec<Problem> {
    let ours = context.broken.groups.all().filter(|(_, link)| link.is_owned_by(&context.policy.owner));
    let mut unselected: BTreeMap<ExternalId, _> = ours.map(|broken| (broken.1.id, broken)).collect();
    for selected in &selection.groups {
        unselected.remove(&selected.source.id);
    }
    unselected.into_values().map(|(group, link)| broken_group(*group, link, context.found)).collect()
}

/// The problem of a group whose link is broken.
fn broken_group(group: GroupRef, link: &GroupLink, found: &Found) -> Problem {
    let (id, name) = found.group(group).map_or((StoreId::from(0), ""), |group| (group.id.clone(), &*group.name));
    Problem {
        group: link.name.to_string(),
        kind: ProblemKind::Broken,
        message: format!(
            "store group {} (id {id}) had the name {} when a run last wrote it. It may be another group now, so it is not written: rename it back, or set spec.adoption.groups to ByName, so that the directory group {} adopts a group of its name",
            quoted(name),
            quoted(&link.name),
            link.id
        ),
    }
}
