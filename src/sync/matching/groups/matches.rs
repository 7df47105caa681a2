//! What matching says of the selected groups.

use std::collections::BTreeSet;

use crate::sync::found::GroupRef;
use crate::sync::problem::{Duplicate, Problem};
use crate::sync::wanted::selection::Selected;

/// Why a group is managed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Provenance {
    /// It does not exist yet.
    New,
    /// It was linked before.
    Linked,
    /// It adopts a free group.
    Adopted,
    /// It adopts the store group of a directory group that is proven deleted.
    Relinked,
}

/// A selected group that this run keeps in sync.
#[derive(Debug)]
pub(crate) struct Managed<'a> {
    /// What selected it.
    pub(crate) selected: Selected<'a>,
    /// The store group, or the one that the plan creates.
    pub(crate) group: GroupRef,
    /// Why it is managed.
    pub(crate) provenance: Provenance,
    /// The name that it has when the plan is applied.
    pub(crate) name: String,
    /// What is wrong with it although it is kept in sync.
    pub(crate) complaint: Option<Complaint>,
}

/// Why a selected group, or its name, is not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Complaint {
    /// Another object uses its name.
    Duplicate,
    /// Anything else that an administrator must fix.
    Invalid,
}

/// What the rules say of all selected groups.
#[derive(Debug, Default)]
pub(crate) struct GroupMatches<'a> {
    /// The groups to keep in sync.
    pub(crate) managed: Vec<Managed<'a>>,
    /// How many of them are created.
    pub(crate) created: usize,
    /// Selected groups that are not written at all.
    pub(crate) refused: Vec<Complaint>,
    /// Store groups that another directory group adopts although they are linked to a deleted one.
    pub(crate) relinked: BTreeSet<GroupRef>,
    /// Names that conflict.
    pub(crate) duplicates: Vec<Duplicate>,
    /// What else an administrator must fix.
    pub(crate) problems: Vec<Problem>,
}

impl GroupMatches<'_> {
    /// Leaves a selected group out.
    pub(super) fn refuse(&mut self, complaint: Complaint, problem: Option<Problem>) {
        self.refused.push(complaint);
        self.problems.extend(problem);
    }
}
