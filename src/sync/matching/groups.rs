//! What each selected group is in the store, and which name it gets.

mod adoption;
mod broken;
mod candidate;
pub(crate) mod matches;

use std::collections::BTreeSet;

pub(crate) use self::broken::unselected_broken;
use self::candidate::Candidate;
use self::matches::{Complaint, GroupMatches, Managed, Provenance};
use super::names::{Allocation, Claim, Decision, Holders, allocate};
use crate::sync::context::PlanContext;
use crate::sync::escape::{quoted, shown};
use crate::sync::fold::fold;
use crate::sync::found::{Found, Group, GroupRef};
use crate::sync::policy::AdoptGroups;
use crate::sync::problem::{Duplicate, DuplicateReason};
use crate::sync::wanted::selection::Selection;

/// Rule `duplicate-group`: matches the selected groups. `gone` are the groups of this owner whose deletion is proven,
/// `deleted` those of them that this plan deletes from the store.
pub(crate) fn match_groups<'a>(
    selection: &Selection<'a>,
    gone: &BTreeSet<GroupRef>,
    deleted: &BTreeSet<GroupRef>,
    context: &PlanContext<'a>,
) -> GroupMatches<'a> {
    let mut matches = GroupMatches::default();
    let mut candidates = Vec::with_capacity(selection.groups.len());
    for selected in &selection.groups {
        match Candidate::new(*selected, context) {
            Ok(candidate) => candidates.push(candidate),
            Err(problem) => matches.refuse(Complaint::Invalid, Some(problem)),
        }
    }
    let allocation = allocate_names(&mut candidates, &mut matches, gone, deleted, context);
    for (candidate, decision) in candidates.iter().zip(&allocation.decisions) {
        if let Some(problem) = broken::refused(candidate, context.found) {
            matches.refuse(Complaint::Invalid, Some(problem));
            continue;
        }
        let named = named(candidate, *decision, &candidates, &mut matches, context.found);
        settle(candidate, named, &mut matches, context.found);
    }
    matches
}

/// Decides the names of all candidates, and which of them adopt a group of the store.
fn allocate_names(
    candidates: &mut [Candidate<'_>],
    matches: &mut GroupMatches<'_>,
    gone: &BTreeSet<GroupRef>,
    deleted: &BTreeSet<GroupRef>,
    context: &PlanContext<'_>,
) -> Allocation {
    let names = context.found.groups.iter().zip(0..).map(|(group, index)| (index, fold(&group.name)));
    let holders = Holders::new(names);
    let adopts = context.policy.adopt_groups == AdoptGroups::ByName;
    // The name of an adopted group is not contested any more, so the claims are decided again until nothing changes.
    loop {
        let deleted = deleted.difference(&matches.relinked).map(|group| group.0).collect();
        let claims: Vec<Option<Claim>> = candidates.iter().map(claim).collect();
        let allocation = allocate(&holders, &deleted, &claims);
        if !(adopts && adoption::adopt(candidates, &holders, &allocation, gone, context)) {
            return allocation;
        }
        let relinked = candidates.iter().filter(|candidate| candidate.provenance == Provenance::Relinked);
        matches.relinked = relinked.filter_map(|candidate| candidate.group).collect();
    }
}

/// A group that is not created for its broken link claims nothing.
fn claim(candidate: &Candidate<'_>) -> Option<Claim> {
    if candidate.broken_link().is_some() {
        return None;
    }
    let key = fold(candidate.name.as_ref().ok()?);
    Some(Claim { key, claimant: candidate.group.map(|group| group.0) })
}

/// The name that a candidate gets, and what is wrong with the name that it needs.
struct Named {
    granted: Option<String>,
    complaint: Option<Complaint>,
}

/// Tells what a decision means for the name of a candidate, and lists a conflict.
fn named(
    candidate: &Candidate<'_>,
    decision: Option<Decision>,
    candidates: &[Candidate<'_>],
    matches: &mut GroupMatches<'_>,
    found: &Found,
) -> Named {
    let name = match &candidate.name {
        Ok(name) => name,
        Err(problem) => {
            matches.problems.push(problem.clone());
            return Named { granted: None, complaint: Some(Complaint::Invalid) };
        }
    };
    let (is_granted, conflict) = match decision {
        Some(Decision::Granted) | None => (true, None),
        Some(Decision::Shared(other)) => (true, Some(conflict(found.group(GroupRef(other))))),
        Some(Decision::InUse(holder)) => (false, Some(conflict(found.group(GroupRef(holder))))),
        Some(Decision::Contested(rival)) => {
            let rival = candidates.get(rival).map_or("", |rival| &*rival.selected.source.label);
            (false, Some((format!("the directory group {}", shown(rival)), RENAME_ONE)))
        }
    };
    let complaint = conflict.map(|(conflicts_with, remedy)| {
        matches.duplicates.push(Duplicate {
            reason: DuplicateReason::GroupName,
            name: name.clone(),
            external_id: candidate.selected.source.id.to_string(),
            conflicts_with,
            needed_by: format!("the directory group {}", shown(&candidate.selected.source.label)),
            remedy: remedy.to_owned(),
            former_user: false,
        });
        Complaint::Duplicate
    });
    Named { granted: is_granted.then(|| name.clone()), complaint }
}

/// Rule `one-broken-object`: a group whose new name conflicts or is not valid keeps its last name, and everything else
/// of it stays in sync. Without a last name it is not created.
fn settle<'a>(candidate: &Candidate<'a>, named: Named, matches: &mut GroupMatches<'a>, found: &Found) {
    let Named { granted, complaint } = named;
    let existing = candidate.group.and_then(|group| Some((group, found.group(group)?)));
    match (existing, granted) {
        (Some((group, held)), granted) => matches.managed.push(Managed {
            selected: candidate.selected,
            group,
            provenance: candidate.provenance,
            name: granted.unwrap_or_else(|| held.name.to_string()),
            complaint,
        }),
        (None, Some(name)) => {
            let next = found.groups.len() + matches.created;
            matches.created += 1;
            matches.managed.push(Managed {
                selected: candidate.selected,
                group: GroupRef(u32::try_from(next).unwrap_or(u32::MAX)),
                provenance: Provenance::New,
                name,
                complaint: None,
            });
        }
        (None, None) => matches.refuse(complaint.unwrap_or(Complaint::Invalid), None),
    }
}

const RENAME_ONE: &str = "rename or exclude one of the two";

/// The group that a name conflicts with, and what to do about it.
fn conflict(group: Option<&Group>) -> (String, &'static str) {
    match group {
        Some(Group { name, link: None, .. }) => (
            format!("the local group {}", quoted(name)),
            "to adopt that group, set spec.adoption.groups to ByName; otherwise, rename one of the two",
        ),
        Some(Group { name, link: Some(link), .. }) => match &link.owner {
            Some(owner) => {
                (format!("the group {} that {} keeps in sync", quoted(name), shown(&owner.to_string())), RENAME_ONE)
            }
            None => (format!("the released group {}", quoted(name)), RENAME_ONE),
        },
        None => (String::new(), RENAME_ONE),
    }
}
