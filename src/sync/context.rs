//! What every rule of a plan reads.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::found::{AccountRef, Found};
use super::identity::Owner;
use super::index::Index;
use super::ownership::{may_write_attributes, used_by_owner};
use super::pairing::broken_links::BrokenLinks;
use super::pairing::server::AddsOnly;
use super::policy::Policy;
use super::protection::protected_accounts;
use super::snapshot::Snapshot;
use super::withheld::Withheld;
use super::witnesses::Witnesses;

/// Both sides, joined, with the policy and the time that a plan is made for.
pub(crate) struct PlanContext<'a> {
    pub(crate) snapshot: &'a Snapshot,
    /// What the store holds, without the broken links.
    pub(crate) found: &'a Found,
    pub(crate) broken: &'a BrokenLinks,
    pub(crate) policy: &'a Policy,
    /// Why nothing is removed but on positive evidence.
    pub(crate) adds_only: Option<&'a AddsOnly>,
    pub(crate) now: Timestamp,
    /// The sync that plans, as the links that it writes share it.
    pub(crate) owner: Arc<Owner>,
    pub(crate) index: Index,
    /// Rule `protection`: the accounts that are not touched.
    pub(crate) protected: BTreeSet<AccountRef>,
    /// What is left out of the plan because it is held; nothing at first.
    pub(crate) withheld: Withheld,
    used_by_owner: Vec<bool>,
    witnesses: OnceCell<Witnesses>,
}

impl<'a> PlanContext<'a> {
    /// Joins the two sides.
    pub(crate) fn new(
        snapshot: &'a Snapshot,
        found: &'a Found,
        broken: &'a BrokenLinks,
        policy: &'a Policy,
        adds_only: Option<&'a AddsOnly>,
        now: Timestamp,
    ) -> Self {
        Self {
            snapshot,
            found,
            broken,
            policy,
            adds_only,
            now,
            owner: Arc::new(policy.owner.clone()),
            index: Index::new(snapshot, found),
            protected: protected_accounts(found, &policy.protected),
            withheld: Withheld::default(),
            used_by_owner: used_by_owner(found, policy),
            witnesses: OnceCell::new(),
        }
    }

    /// What shows that a place can be read. Most plans need none.
    pub(crate) fn witnesses(&self) -> &Witnesses {
        self.witnesses.get_or_init(|| Witnesses::in_read(self.snapshot, &self.index))
    }

    /// Whether this sync may write the attributes of an account. `is_undecided`: it is unknown whether the directory
    /// account of its user may be used.
    pub(crate) fn may_write_attributes(&self, account: AccountRef, is_undecided: bool) -> bool {
        may_write_attributes(account, is_undecided, self.found, &self.used_by_owner, self.policy)
    }
}
