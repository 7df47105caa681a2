//! Section 5, rules 4 and 8: what becomes of the linked groups that were not seen.

use std::collections::BTreeSet;

use super::Stop;
use crate::sync::found::{Group, GroupRef};
use crate::sync::link::{GroupLink, Origin};
use crate::sync::matching::protected;
use crate::sync::plan::Change;
use crate::sync::policy::PruneGroups;
use crate::sync::problem::{Problem, ProblemKind};
use crate::sync::proof::group::{Verdict, verdict};
use crate::sync::scene::Scene;
use crate::sync::snapshot::Absence;
use crate::sync::wanted::selection::Selection;

/// What becomes of them.
#[derive(Default)]
pub(super) struct Absent {
    /// Proven deleted.
    pub(super) deleted: BTreeSet<GroupRef>,
    /// Those of them that the store loses too.
    pub(super) leaving: BTreeSet<GroupRef>,
    /// Those of them that it keeps: adopted ones, or `prune.groups: Retain`.
    pub(super) released: Vec<GroupRef>,
    /// Found nowhere.
    pub(super) missing: Vec<GroupRef>,
    /// Changes of links whose absence began or ended.
    pub(super) marks: Vec<Change>,
    /// Why the others stay.
    pub(super) problems: Vec<Problem>,
}

/// Judges each by what its look-up found.
pub(super) fn judge(selection: &Selection<'_>, scene: &Scene<'_>) -> Result<Absent, Stop> {
    let mut absent = Absent::default();
    for reference in &selection.absent {
        if let Some(group) = scene.found.group(*reference)
            && let Some(link) = &group.link
        {
            absent.add(*reference, group, link, scene);
        }
    }
    something_read(selection, &absent, scene)?;
    Ok(absent)
}

impl Absent {
    fn add(&mut self, reference: GroupRef, group: &Group, link: &GroupLink, scene: &Scene<'_>) {
        let problem = |kind, message| Problem { group: group.name.to_string(), kind, message };
        let missing_since = match verdict(scene.snapshot, link.id) {
            Verdict::Deleted => {
                self.deleted.insert(reference);
                let ours = link.origin == Origin::Created && scene.policy.prune_groups == PruneGroups::Delete;
                if ours && !protected::group(group, scene.policy) {
                    self.leaving.insert(reference);
                } else {
                    self.released.push(reference);
                }
                return;
            }
            // To be seen without being read is to be found: the time without a trace of it ends.
            Verdict::Unreadable => {
                self.problems.push(problem(
                    ProblemKind::Unreadable,
                    format!("{} exists and cannot be read, so it stays as it is: let the account that reads the directory read it", link.id),
                ));
                None
            }
            Verdict::Missing => {
                self.missing.push(reference);
                self.problems.push(problem(
                    ProblemKind::Missing,
                    format!("{} is found nowhere, which proves nothing, so the group and its {} members stay: if it was deleted, delete the store's group or take its item out of spec.groups", link.id, group.members.len()),
                ));
                link.missing_since.or(Some(scene.now))
            }
        };
        if missing_since != link.missing_since {
            let link = GroupLink { missing_since, ..link.clone() };
            self.marks.push(Change::LinkGroup { group: reference, link });
        }
    }
}

/// Rule 8: a read without any group proves nothing about those that are linked, tombstones apart. A file has no
/// tombstones: one without any group was more likely cut than meant.
fn something_read(selection: &Selection<'_>, absent: &Absent, scene: &Scene<'_>) -> Result<(), Stop> {
    let tombstones = if scene.snapshot.absence == Absence::Unproven { absent.deleted.len() } else { 0 };
    let linked = selection.absent.len() - tombstones;
    if linked > 0 && selection.groups.is_empty() && scene.snapshot.groups.is_empty() {
        return Err(Stop::NothingRead { linked });
    }
    Ok(())
}
