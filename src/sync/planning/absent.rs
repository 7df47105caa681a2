//! Section 5, rules 4 and 8: what becomes of the linked groups that were not seen.

use std::collections::{BTreeMap, BTreeSet};

use crate::sync::escape::quoted;
use crate::sync::found::{Group, GroupRef};
use crate::sync::hold::Reason;
use crate::sync::link::{GroupLink, Origin};
use crate::sync::matching::protected;
use crate::sync::plan::Change;
use crate::sync::policy::PruneGroups;
use crate::sync::problem::{Problem, ProblemKind};
use crate::sync::proof::absence::{Wait, begun};
use crate::sync::proof::group::{Evidence, Verdict, verdict};
use crate::sync::proof::server::AddsOnly;
use crate::sync::scene::Scene;
use crate::sync::wanted::selection::Selection;
use crate::sync::wording::count;

/// What becomes of them.
#[derive(Default)]
pub(super) struct Absent {
    /// Proven deleted.
    pub(super) deleted: BTreeSet<GroupRef>,
    /// Those that the store loses too, with why.
    pub(super) leaving: BTreeMap<GroupRef, Evidence>,
    /// Those of them that only a person's approval deletes.
    pub(super) unproven: BTreeSet<GroupRef>,
    /// Why those wait for a person.
    pub(super) reasons: Vec<Reason>,
    /// Proven deleted groups that the store keeps: adopted ones, or `prune.groups: Retain`.
    pub(super) released: Vec<GroupRef>,
    /// How many are found nowhere.
    pub(super) missing: usize,
    /// Changes of links whose absence began or ended.
    pub(super) marks: Vec<Change>,
    /// Why the others stay.
    pub(super) problems: Vec<Problem>,
}

/// Judges each by what its look-up found.
pub(super) fn judge(selection: &Selection<'_>, scene: &Scene<'_>) -> Absent {
    let mut absent = Absent::default();
    if scene.adds_only.is_some_and(AddsOnly::whatever_is_proven) {
        return absent;
    }
    let nothing_read = selection.groups.is_empty() && scene.snapshot.groups.is_empty();
    let mut hidden = 0;
    for reference in &selection.absent {
        if let Some(group) = scene.found.group(*reference)
            && let Some(link) = &group.link
        {
            let verdict = verdict(link, nothing_read, scene);
            hidden += usize::from(verdict == Verdict::Missing(Wait::AnyGroup));
            absent.add(*reference, group, link, verdict, scene);
        }
    }
    if hidden > 0 {
        absent.reasons.push(Reason::NothingRead { linked: hidden });
    }
    absent
}

impl Absent {
    fn add(&mut self, reference: GroupRef, group: &Group, link: &GroupLink, verdict: Verdict, scene: &Scene<'_>) {
        let ours = link.origin == Origin::Created && scene.policy.prune_groups == PruneGroups::Delete;
        let deletes = ours && !protected::group(group, scene.policy);
        let missing_since = match verdict {
            Verdict::Deleted(evidence) => {
                self.delete(reference, evidence, deletes, scene);
                if !scene.withheld.deletion(reference) {
                    return;
                }
                link.missing_since
            }
            // To be seen without being read is to be found: the time without a trace of it ends.
            Verdict::Unreadable => {
                let message = format!(
                    "group {} ({}) exists in the directory and cannot be read, so it is kept as it is: grant the bind account read access to it",
                    quoted(&group.name),
                    link.id
                );
                self.list(group, ProblemKind::Unreadable, message);
                None
            }
            Verdict::Ambiguous => {
                let message = format!(
                    "{} and another id that is linked too are ids of one entry, so both groups stay as they are: delete one of the two groups in the store",
                    link.id
                );
                self.list(group, ProblemKind::Ambiguous, message);
                None
            }
            Verdict::Missing(wait) => {
                let since = link.missing_since.unwrap_or(scene.now);
                if deletes && matches!(wait, Wait::Witness | Wait::AnyGroup) {
                    self.unproven.insert(reference);
                    if wait == Wait::Witness {
                        self.reasons.push(Reason::Unproven { group: group.name.to_string(), since });
                    }
                    self.delete(reference, Evidence::Approved, true, scene);
                    if !scene.withheld.deletion(reference) {
                        return;
                    }
                }
                self.missing += 1;
                let what = match wait {
                    Wait::LookUp => "was linked while the directory was read, so nothing is known of it yet".to_owned(),
                    _ => format!("is found nowhere since {since:.0}, and its deletion is not proven"),
                };
                let (name, members) = (quoted(&group.name), count(group.members.len() as u64, "member"));
                let message = format!(
                    "group {name} ({}) {what}, so it is kept with its {members}: {}",
                    link.id,
                    prospect(wait, deletes)
                );
                self.list(group, ProblemKind::Missing, message);
                if wait == Wait::LookUp { link.missing_since } else { begun(link.missing_since, scene) }
            }
        };
        if missing_since != link.missing_since {
            let link = GroupLink { missing_since, ..link.clone() };
            self.marks.push(Change::LinkGroup { group: reference, link });
        }
    }

    fn delete(&mut self, reference: GroupRef, evidence: Evidence, deletes: bool, scene: &Scene<'_>) {
        if scene.withheld.deletion(reference) {
            return;
        }
        if evidence != Evidence::Approved {
            self.deleted.insert(reference);
        }
        if deletes {
            self.leaving.insert(reference, evidence);
        } else {
            self.released.push(reference);
        }
    }

    fn list(&mut self, group: &Group, kind: ProblemKind, message: String) {
        self.problems.push(Problem { group: group.name.to_string(), kind, message });
    }
}

/// What a person may expect, or do.
fn prospect(wait: Wait, deletes: bool) -> String {
    match wait {
        Wait::Until(time) if deletes => format!("it is deleted by a run after {time:.0} that still misses it"),
        Wait::Until(time) => format!("it is released by a run after {time:.0} that still misses it"),
        Wait::LookUp | Wait::Reading => "the next run looks for it".to_owned(),
        Wait::Server => "nothing is removed because of what a new or restored server does not show".to_owned(),
        Wait::Witness => format!(
            "no entry beside it is shown either; grant the bind account read access to where it was{}",
            if deletes { ", or approve its deletion" } else { "" }
        ),
        Wait::AnyGroup => format!(
            "no group is shown at all; grant the bind account read access to the groups{}",
            if deletes { ", or approve the deletions" } else { "" }
        ),
    }
}
