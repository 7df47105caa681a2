//! The changes of a plan in words, by group, by account, and for links.

mod account;
mod group;
mod links;
pub mod names;
pub mod sentence;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};

pub use self::account::{AccountAction, AccountSummary};
pub use self::group::{GroupAction, GroupSummary};
pub use self::links::LinkSummary;
use crate::sync::found::{AccountRef, Found, GroupRef};
use crate::sync::outcome::Planned;
use crate::sync::plan::Plan;
use crate::sync::proof::group::Evidence;

/// The changes to one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeSummary {
    /// To a group.
    Group(GroupSummary),
    /// To an existing account. Accounts that are created are named by the groups to which they are added.
    Account(AccountSummary),
    /// To links only.
    Links(LinkSummary),
}

/// The summaries of a plan: groups by action and name, then accounts by action and name, then links.
#[must_use]
pub fn summarize(planned: &Planned, found: &Found) -> Vec<ChangeSummary> {
    summarize_plan(&planned.plan, &planned.evidence, &planned.adopted_by_email, found)
}

/// The summaries of held changes, among which are no adoptions and no proven deletions.
#[must_use]
pub fn summarize_held(held: &Plan, found: &Found) -> Vec<ChangeSummary> {
    summarize_plan(held, &BTreeMap::new(), &BTreeSet::new(), found)
}

fn summarize_plan(
    plan: &Plan,
    evidence: &BTreeMap<GroupRef, Evidence>,
    adopted_by_email: &BTreeSet<AccountRef>,
    found: &Found,
) -> Vec<ChangeSummary> {
    let groups = group::summarize(plan, evidence, found);
    let accounts = account::summarize(plan, adopted_by_email, found);
    let links = links::summarize(plan, found);
    let summaries =
        groups.into_iter().map(ChangeSummary::Group).chain(accounts.into_iter().map(ChangeSummary::Account));
    summaries.chain(links.map(ChangeSummary::Links)).collect()
}

impl ChangeSummary {
    /// Rule `adoption-by-email`: whether it is an account that is adopted by its e-mail address.
    #[must_use]
    pub const fn is_adoption_by_email(&self) -> bool {
        matches!(self, Self::Account(AccountSummary { by_email: true, .. }))
    }

    /// Whether an account gets another owner or another name with it. Such a change is always listed.
    #[must_use]
    pub const fn is_take_over(&self) -> bool {
        match self {
            Self::Account(account) => account.is_take_over(),
            Self::Group(_) | Self::Links(_) => false,
        }
    }
}

impl Display for ChangeSummary {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(summary) => summary.fmt(f),
            Self::Account(summary) => summary.fmt(f),
            Self::Links(summary) => summary.fmt(f),
        }
    }
}
