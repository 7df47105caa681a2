//! The changes of a plan in words, by group, by account, and for links.

mod account;
mod group;
mod links;
pub mod names;
pub mod sentence;

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

pub use self::account::{AccountAction, AccountSummary};
pub use self::group::{GroupAction, GroupSummary};
pub use self::links::LinkSummary;
use crate::sync::found::{Found, GroupRef};
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
pub fn summarize(plan: &Plan, evidence: &BTreeMap<GroupRef, Evidence>, found: &Found) -> Vec<ChangeSummary> {
    let groups = group::summarize(plan, evidence, found);
    let accounts = account::summarize(plan, found);
    let links = links::summarize(plan, found);
    let summaries =
        groups.into_iter().map(ChangeSummary::Group).chain(accounts.into_iter().map(ChangeSummary::Account));
    summaries.chain(links.map(ChangeSummary::Links)).collect()
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
