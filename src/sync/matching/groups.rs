//! Rules 2, 7, 10, 11 and 14 for groups: what each selected group is in the store, and which name it gets.

mod adoption;

use std::collections::{BTreeMap, BTreeSet};

use crate::sync::escape::{quoted, shown};
use crate::sync::fold::fold;
use crate::sync::form::Unfit;
use crate::sync::found::{Found, Group, GroupRef};
use crate::sync::identity::ExternalId;
use crate::sync::link::GroupLink;
use crate::sync::matching::{ownership, protected};
use crate::sync::plan::names::{Allocation, Bearers, Claim, Verdict, allocate};
use crate::sync::policy::{AdoptGroups, Policy};
use crate::sync::problem::{Duplicate, DuplicateReason, Problem, ProblemKind};
use crate::sync::scene::Scene;
use crate::sync::store_id::StoreId;
use crate::sync::values::Values;
use crate::sync::wanted::selection::{Selected, Selection};

/// How a managed group came to be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// It does not exist yet.
    New,
    /// It was linked before.
    Linked,
    /// A free group is taken over.
    Adopted,
    /// The link of a group that is proven deleted is taken over.
    TakenOver,
}

/// A selected group that this run keeps in step.
#[derive(Debug)]
pub(crate) struct Managed<'a> {
    /// What selected it.
    pub(crate) selected: Selected<'a>,
    /// Its place in the store, or the place that it will have.
    pub(crate) group: GroupRef,
    /// How it came here.
    pub(crate) arrival: Arrival,
    /// The name that it has when the plan is applied.
    pub(crate) name: String,
    /// What is wrong with it although it is kept in step.
    pub(crate) complaint: Option<Complaint>,
}

/// Why a selected group, or its name, is not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Complaint {
    /// Its name is taken.
    Duplicate,
    /// Anything else that a person must mend.
    Invalid,
}

/// What all selected groups came to.
#[derive(Debug, Default)]
pub(crate) struct GroupMatches<'a> {
    /// The groups to keep in step.
    pub(crate) managed: Vec<Managed<'a>>,
    /// Selected groups that are not written at all.
    pub(crate) refused: Vec<Complaint>,
    /// Store groups whose link another directory group takes over.
    pub(crate) taken_over: BTreeSet<GroupRef>,
    /// Clashes.
    pub(crate) duplicates: Vec<Duplicate>,
    /// What else a person must mend.
    pub(crate) problems: Vec<Problem>,
}

/// One selected group on its way to a decision.
struct Candidate<'a> {
    selected: Selected<'a>,
    group: Option<GroupRef>,
    arrival: Arrival,
    /// The wanted name, or what is wrong with it.
    name: Result<String, Problem>,
}

/// Matches the selected groups. `deleted` are the groups of this owner whose deletion is proven, `leaving` those of them
/// that this plan deletes from the store.
pub(crate) fn match_groups<'a>(
    selection: &Selection<'a>,
    scene: &Scene<'_>,
    deleted: &BTreeSet<GroupRef>,
    leaving: &BTreeSet<GroupRef>,
) -> GroupMatches<'a> {
    let found = scene.found;
    let mut matches = GroupMatches::default();
    let bearers = Bearers::new(found.groups.iter().zip(0..).map(|(group, index)| (index, fold(&group.name))));
    let mut candidates = Vec::with_capacity(selection.groups.len());
    for selected in &selection.groups {
        match candidate(*selected, scene) {
            Ok(candidate) => candidates.push(candidate),
            Err(problem) => {
                matches.problems.push(problem);
                matches.refused.push(Complaint::Invalid);
            }
        }
    }
    let by_name = scene.policy.adopt_groups == AdoptGroups::ByName;
    // What a group adopts is claimed no more, and what may be another is not made anew: ask until nothing changes.
    let claims = loop {
        let leaving = leaving.difference(&matches.taken_over).copied().collect();
        let claims = Claims::decide(&candidates, &bearers, &leaving);
        if by_name && adoption::adopt(&mut candidates, &bearers, &claims.allocation, scene, deleted) {
            let taken_over = candidates.iter().filter(|candidate| candidate.arrival == Arrival::TakenOver);
            matches.taken_over = taken_over.filter_map(|candidate| candidate.group).collect();
        } else if !refuse_broken(&mut candidates, &mut matches, scene) {
            break claims;
        }
    };

    let mut next = found.groups.len();
    for (candidate, verdict) in candidates.iter().zip(&claims.verdicts) {
        let mut complaint = None;
        let mut granted = None;
        match &candidate.name {
            Err(problem) => {
                matches.problems.push(problem.clone());
                complaint = Some(Complaint::Invalid);
            }
            Ok(name) => {
                let (grants, clash) = match verdict {
                    Some(Verdict::Granted) | None => (true, None),
                    Some(Verdict::Shared(twin)) => (true, Some(clash(found.groups.get(*twin as usize)))),
                    Some(Verdict::Taken(bearer)) => (false, Some(clash(found.groups.get(*bearer as usize)))),
                    Some(Verdict::Contested(rival)) => {
                        let rival = candidates.get(*rival).map_or("", |rival| &*rival.selected.source.label);
                        (false, Some((format!("the directory group {}", shown(rival)), RENAME_ONE)))
                    }
                };
                granted = grants.then(|| name.clone());
                if let Some((conflicts_with, remedy)) = clash {
                    complaint = Some(Complaint::Duplicate);
                    matches.duplicates.push(Duplicate {
                        reason: DuplicateReason::GroupName,
                        name: name.clone(),
                        external_id: candidate.selected.source.id.to_string(),
                        conflicts_with,
                        needed_by: format!("the directory group {}", shown(&candidate.selected.source.label)),
                        remedy: remedy.to_owned(),
                        former_user: false,
                    });
                }
            }
        }
        let existing = candidate.group.and_then(|group| Some((group, found.group(group)?)));
        match (existing, granted, complaint) {
            // A name that is taken or unfit leaves the last one; everything else stays in step.
            (Some((group, held)), granted, complaint) => matches.managed.push(Managed {
                selected: candidate.selected,
                group,
                arrival: candidate.arrival,
                name: granted.unwrap_or_else(|| held.name.to_string()),
                complaint,
            }),
            (None, Some(name), _) => {
                let group = GroupRef(u32::try_from(next).unwrap_or(u32::MAX));
                next += 1;
                matches.managed.push(Managed {
                    selected: candidate.selected,
                    group,
                    arrival: Arrival::New,
                    name,
                    complaint: None,
                });
            }
            (None, None, complaint) => matches.refused.push(complaint.unwrap_or(Complaint::Invalid)),
        }
    }
    matches
}

/// Takes out the groups whose links hold no more and that adopted nothing: what stood for them may be them still, so they
/// are not made a second time.
fn refuse_broken(candidates: &mut Vec<Candidate<'_>>, matches: &mut GroupMatches<'_>, scene: &Scene<'_>) -> bool {
    let before = candidates.len();
    candidates.retain(|candidate| {
        let broken = scene.broken.groups.of(candidate.selected.source.id).filter(|_| candidate.group.is_none());
        if let Some((group, link)) = broken {
            matches.problems.push(broken_group(*group, link, scene.found));
            matches.refused.push(Complaint::Invalid);
        }
        broken.is_none()
    });
    candidates.len() < before
}

/// The problems of this sync's groups whose links hold no more and that nothing selects: the others are refused by name.
pub(crate) fn unselected_broken(selection: &Selection<'_>, scene: &Scene<'_>) -> Vec<Problem> {
    let ours = scene.broken.groups.all().filter(|(_, link)| link.owner.as_deref() == Some(&scene.policy.owner));
    let mut unselected: BTreeMap<ExternalId, _> = ours.map(|broken| (broken.1.id, broken)).collect();
    for selected in &selection.groups {
        unselected.remove(&selected.source.id);
    }
    unselected.into_values().map(|(group, link)| broken_group(*group, link, scene.found)).collect()
}

/// The problem of a group whose link holds no more.
fn broken_group(group: GroupRef, link: &GroupLink, found: &Found) -> Problem {
    let (id, name) = found.group(group).map_or((StoreId::from(0), ""), |group| (group.id.clone(), &*group.name));
    Problem {
        group: link.name.to_string(),
        kind: ProblemKind::Broken,
        message: format!(
            "the store's group {} (id {id}) was called {} when it was last written, so it may be another group now and is not written: rename it back, or set spec.adoption.groups to ByName, so that the directory group {} adopts a group of its name",
            quoted(name),
            quoted(&link.name),
            link.id
        ),
    }
}

/// A selected group that may be written, or the problem that forbids it.
fn candidate<'a>(selected: Selected<'a>, scene: &Scene<'_>) -> Result<Candidate<'a>, Problem> {
    let Scene { found, policy, withheld, .. } = *scene;
    let source = selected.source;
    let problem =
        |kind, message| Problem { group: source.name.first().unwrap_or(&source.label).to_owned(), kind, message };
    let held = selected.linked.and_then(|group| found.group(group));
    if let Some(held) = held {
        let owner = held.link.as_ref().and_then(|link| link.owner.as_ref());
        if !ownership::may_take(owner, policy) {
            let owner = owner.map(ToString::to_string).unwrap_or_default();
            return Err(problem(
                ProblemKind::OwnedElsewhere,
                format!(
                    "group {} ({}) belongs to another sync: if that sync is gone, add {} to spec.adoption.fromOwners",
                    quoted(&held.name),
                    shown(&source.label),
                    quoted(&owner)
                ),
            ));
        }
        if protected::group(held, policy) {
            return Err(problem(
                ProblemKind::Protected,
                format!(
                    "group {} is protected on the dashboard server and is not changed: add {} to spec.exclude, or take the group out of spec.protected of the DashboardServer or out of the server's administrators",
                    quoted(&held.name),
                    shown(&source.label)
                ),
            ));
        }
    }
    if let (Some(held), Some(group)) = (held, selected.linked)
        && withheld.group_name(group)
    {
        let name = Ok(held.name.to_string());
        return Ok(Candidate { selected, group: Some(group), arrival: Arrival::Linked, name });
    }
    let name = wanted_name(selected, held, policy).map_err(|(kind, message)| problem(kind, message)).and_then(|name| {
        if protected::name(&fold(&name), policy) {
            let message = format!(
                "{} needs the name {}, which is protected on the dashboard server: add it to spec.exclude, or change spec.nameTemplate",
                shown(&source.label),
                quoted(&name)
            );
            return Err(problem(ProblemKind::Protected, message));
        }
        Ok(name)
    });
    match (held, name) {
        (None, Err(problem)) => Err(problem),
        (_, name) => Ok(Candidate {
            selected,
            group: selected.linked,
            arrival: if held.is_some() { Arrival::Linked } else { Arrival::New },
            name,
        }),
    }
}

/// The name that a group is to have: of several values the one that gives its present name, else the first.
fn wanted_name(selected: Selected<'_>, held: Option<&Group>, policy: &Policy) -> Result<String, (ProblemKind, String)> {
    let source = selected.source;
    let form = &policy.form.group_name;
    let invalid = |unfit: Unfit| {
        (ProblemKind::Invalid, format!("the store cannot hold the name of {}: {unfit}", shown(&source.label)))
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

/// The claims of all candidates on names, decided together.
struct Claims {
    allocation: Allocation,
    /// By candidate; `None` where it claims nothing. A rival is counted among the candidates too.
    verdicts: Vec<Option<Verdict>>,
}

impl Claims {
    fn decide(candidates: &[Candidate<'_>], bearers: &Bearers, leaving: &BTreeSet<GroupRef>) -> Self {
        let (indices, claims): (Vec<usize>, Vec<Claim>) = candidates
            .iter()
            .enumerate()
            .filter_map(|(index, candidate)| {
                let key = fold(candidate.name.as_ref().ok()?);
                Some((index, Claim { key, holder: candidate.group.map(|group| group.0) }))
            })
            .unzip();
        let allocation = allocate(bearers, &leaving.iter().map(|group| group.0).collect(), &claims);
        let mut verdicts = vec![None; candidates.len()];
        for (index, verdict) in indices.iter().zip(&allocation.verdicts) {
            verdicts[*index] = Some(match verdict {
                Verdict::Contested(claim) => Verdict::Contested(indices[*claim]),
                other => *other,
            });
        }
        Self { allocation, verdicts }
    }
}

const RENAME_ONE: &str = "rename or exclude one of the two";

/// The group that a name clashes with, and what mends that.
fn clash(group: Option<&Group>) -> (String, &'static str) {
    match group {
        Some(Group { name, link: None, .. }) => (
            format!("the local group {}", quoted(name)),
            "to take that group over, set spec.adoption.groups to ByName; else rename one of the two",
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
