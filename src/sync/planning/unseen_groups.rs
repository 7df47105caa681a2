//! Rules `missing-group` and `deleted-group`: what happens to linked groups that the read did not show.

use std::collections::{BTreeMap, BTreeSet};

use crate::sync::context::PlanContext;
use crate::sync::escape::quoted;
use crate::sync::found::{Group, GroupRef};
use crate::sync::hold::Reason;
use crate::sync::link::{GroupLink, Origin};
use crate::sync::pairing::server::AddsOnly;
use crate::sync::plan::Change;
use crate::sync::policy::PruneGroups;
use crate::sync::problem::{Problem, ProblemKind};
use crate::sync::proof::absence::{Wait, noted_since};
use crate::sync::proof::group::{Evidence, UnseenGroup, unseen_group};
use crate::sync::protection::is_protected;
use crate::sync::wanted::selection::Selection;
use crate::sync::wording::{count, utc};

/// What happens to them.
#[derive(Default)]
pub(super) struct UnseenGroups {
    /// Groups whose deletion is proven.
    pub(super) gone: BTreeSet<GroupRef>,
    /// Groups that the plan deletes from the store, with why.
    pub(super) deleted: BTreeMap<GroupRef, Evidence>,
    /// Those of them that are deleted only with an approval.
    pub(super) unproven: BTreeSet<GroupRef>,
    /// Why those wait for an approval.
    pub(super) reasons: Vec<Reason>,
    /// Groups whose deletion is proven and that the store keeps: adopted ones, or `prune.groups: Retain`.
    pub(super) released: Vec<GroupRef>,
    /// How many are found nowhere.
    pub(super) missing: usize,
    /// Changes of links that remember since when a group is missing.
    pub(super) link_changes: Vec<Change>,
    /// Why the others stay.
    pub(super) problems: Vec<Problem>,
}

/// Rules `missing-group` and `deleted-group`: decides about each group by what its look-up found.
pub(super) fn unseen_groups(selection: &Selection<'_>, context: &PlanContext<'_>) -> UnseenGroups {
    let mut groups = UnseenGroups::default();
    if context.adds_only.is_some_and(AddsOnly::despite_evidence) {
        return groups;
    }
    let nothing_read = selection.groups.is_empty() && context.snapshot.groups.is_empty();
    let mut hidden = 0;
    for reference in &selection.unseen {
        if let Some(group) = context.found.group(*reference)
            && let Some(link) = &group.link
        {
            let known = unseen_group(link, nothing_read, context);
            hidden += usize::from(known == UnseenGroup::Missing(Wait::AnyGroup));
            groups.add(*reference, group, link, known, context);
        }
    }
    if hidden > 0 {
        groups.reasons.push(Reason::NothingRead { linked: hidden });
    }
    groups
}

impl UnseenGroups {
    fn add(
        &mut self,
        reference: GroupRef,
        group: &Group,
        link: &GroupLink,
        known: UnseenGroup,
        context: &PlanContext<'_>,
    ) {
        let ours = link.origin == Origin::Created && context.policy.prune_groups == PruneGroups::Delete;
        let deletes = ours && !is_protected(group, &context.policy.protected);
        let missing_since = match known {
            UnseenGroup::Deleted(evidence) => {
                self.delete(reference, evidence, deletes, context);
                if !context.withheld.deletion(reference) {
                    return;
                }
                link.missing_since
            }
            // An entry that is shown and cannot be read is found, so it is not missing any more.
            UnseenGroup::Unreadable => {
                let message = format!(
                    "group {} ({}) exists in the directory and cannot be read, so it is kept as it is: grant the bind account read access to it",
                    quoted(&group.name),
                    link.id
                );
                self.list(group, ProblemKind::Unreadable, message);
                None
            }
            UnseenGroup::Ambiguous => {
                let message = format!(
                    "group {}: the entry with the id {} has another id that is linked too, so both groups are kept as they are: delete one of the two groups in the store",
                    quoted(&group.name),
                    link.id
                );
                self.list(group, ProblemKind::Ambiguous, message);
                None
            }
            UnseenGroup::Missing(wait) => {
                if deletes && matches!(wait, Wait::Witness | Wait::AnyGroup) {
                    self.propose_deletion(reference, group, link, wait, context);
                    if !context.withheld.deletion(reference) {
                        return;
                    }
                }
                self.list_missing(group, link, wait, deletes, context);
                if wait == Wait::LookUp { link.missing_since } else { noted_since(link.missing_since, context) }
            }
        };
        if missing_since != link.missing_since {
            let link = GroupLink { missing_since, ..link.clone() };
            self.link_changes.push(Change::LinkGroup { group: reference, link });
        }
    }

    /// Rule `hold`: a deletion without proof, which only an approval makes.
    fn propose_deletion(
        &mut self,
        reference: GroupRef,
        group: &Group,
        link: &GroupLink,
        wait: Wait,
        context: &PlanContext<'_>,
    ) {
        self.unproven.insert(reference);
        if wait == Wait::Witness {
            let since = link.missing_since.unwrap_or(context.now);
            self.reasons.push(Reason::Unproven { group: group.name.to_string(), since });
        }
        self.delete(reference, Evidence::Approved, true, context);
    }

    fn list_missing(&mut self, group: &Group, link: &GroupLink, wait: Wait, deletes: bool, context: &PlanContext<'_>) {
        self.missing += 1;
        let since = link.missing_since.unwrap_or(context.now);
        let what = match wait {
            Wait::LookUp => "was linked while this run read the directory, so this run did not look for it".to_owned(),
            _ => format!("has been missing from the directory since {}, and its deletion is not proven", utc(since)),
        };
        let (name, members) = (quoted(&group.name), count(group.members.len() as u64, "member"));
        let message =
            format!("group {name} ({}) {what}, so it is kept with its {members}: {}", link.id, prospect(wait, deletes));
        self.list(group, ProblemKind::Missing, message);
    }

    fn delete(&mut self, reference: GroupRef, evidence: Evidence, deletes: bool, context: &PlanContext<'_>) {
        if context.withheld.deletion(reference) {
            return;
        }
        if evidence != Evidence::Approved {
            self.gone.insert(reference);
        }
        if deletes {
            self.deleted.insert(reference, evidence);
        } else {
            self.released.push(reference);
        }
    }

    fn list(&mut self, group: &Group, kind: ProblemKind, message: String) {
        self.problems.push(Problem { group: group.name.to_string(), kind, message });
    }
}

/// What an administrator may expect, or do.
fn prospect(wait: Wait, deletes: bool) -> String {
    match wait {
        Wait::Until(time) => {
            let what = if deletes { "deletes" } else { "releases" };
            format!("a run after {} that still does not find it {what} it", utc(time))
        }
        Wait::LookUp | Wait::Reading => "the next run looks for it".to_owned(),
        Wait::Server => "the server that answered is new or restored, so nothing is removed yet".to_owned(),
        Wait::Witness => format!(
            "no other entry is visible where it was; grant the bind account read access to that place{}",
            if deletes { ", or approve its deletion" } else { "" }
        ),
        Wait::AnyGroup => format!(
            "no group is visible at all; grant the bind account read access to the groups{}",
            if deletes { ", or approve the deletions" } else { "" }
        ),
    }
}
