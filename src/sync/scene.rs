//! What every step of planning reads.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use jiff::Timestamp;

use super::found::{AccountRef, Found};
use super::hold::Withheld;
use super::index::Index;
use super::policy::Policy;
use super::proof::absence::Witnesses;
use super::proof::server::AddsOnly;
use super::proof::store::Broken;
use super::snapshot::Snapshot;

/// Both sides, joined, with the policy and the time that one plan is made for.
pub(crate) struct Scene<'a> {
    pub(crate) snapshot: &'a Snapshot,
    /// What the store holds, without the links that hold no more.
    pub(crate) found: &'a Found,
    pub(crate) broken: &'a Broken,
    pub(crate) index: &'a Index,
    pub(crate) policy: &'a Policy,
    /// From [`super::matching::protected::accounts`].
    pub(crate) protected: &'a BTreeSet<AccountRef>,
    /// From [`super::matching::accounts::held_by_owner`].
    pub(crate) held_by_owner: &'a [bool],
    /// Why nothing is removed but on positive evidence.
    pub(crate) adds_only: Option<&'a AddsOnly>,
    /// What is left out because it waits for a person.
    pub(crate) withheld: &'a Withheld,
    pub(crate) now: Timestamp,
    /// See [`Self::witnesses`].
    pub(crate) witnesses: OnceCell<Witnesses>,
}

impl Scene<'_> {
    /// What shows that a place can be read. Most plans need none.
    pub(crate) fn witnesses(&self) -> &Witnesses {
        self.witnesses.get_or_init(|| Witnesses::of(self.snapshot, self.index))
    }
}
