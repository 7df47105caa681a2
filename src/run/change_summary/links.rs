//! Links of which only stored data is updated.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use super::names::{group_name, list, names};
use crate::sync::counts::counts;
use crate::sync::found::{AccountRef, Found, GroupRef};
use crate::sync::plan::{Change, Plan, Subject};
use crate::sync::tie::{Tie, tie};
use crate::sync::wording::count;

/// Links of which only stored data about their objects is updated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkSummary {
    /// Names of the groups, the first few.
    pub groups: Vec<String>,
    /// The number of these groups.
    pub group_count: usize,
    /// Usernames of the accounts, the first few.
    pub accounts: Vec<String>,
    /// The number of these accounts.
    pub account_count: usize,
    /// The number of forgotten links.
    pub forgotten: usize,
    /// Whether only data about the directory and its servers is written.
    pub remembered_alone: bool,
}

/// The summary of a plan's links. `None` if no object has only its link updated.
pub(super) fn summarize(plan: &Plan, found: &Found) -> Option<LinkSummary> {
    let counts = counts(plan, found);
    let mut summary = LinkSummary {
        forgotten: plan.forget.len(),
        remembered_alone: plan.remembers() && plan.changes.is_empty() && plan.forget.is_empty(),
        ..LinkSummary::default()
    };
    if counts.links.groups + counts.links.accounts > 0 {
        let (groups, accounts) = kept(plan, found);
        (summary.group_count, summary.account_count) = (groups.len(), accounts.len());
        summary.groups = groups.iter().take(super::names::NAMES).map(|group| group_name(*group, found)).collect();
        summary.accounts = names(&accounts, found, &BTreeMap::new());
    }
    (summary != LinkSummary::default()).then_some(summary)
}

/// The groups and the accounts of which the plan only updates the link's data.
fn kept(plan: &Plan, found: &Found) -> (Vec<GroupRef>, Vec<AccountRef>) {
    let mut groups: BTreeMap<GroupRef, bool> = BTreeMap::new();
    let mut accounts: BTreeMap<AccountRef, bool> = BTreeMap::new();
    for change in &plan.changes {
        let alone = match change {
            Change::LinkGroup { group, link } => tie(found.group_link(*group), link) == Tie::Kept,
            Change::LinkAccount { account, link } => tie(found.account_link(*account), link) == Tie::Kept,
            _ => false,
        };
        match change.subject() {
            Subject::Group(group) | Subject::Members(group) => *groups.entry(group).or_insert(true) &= alone,
            Subject::Account(account) => *accounts.entry(account).or_insert(true) &= alone,
        }
    }
    let groups = groups.into_iter().filter_map(|(group, alone)| alone.then_some(group)).collect();
    (groups, accounts.into_iter().filter_map(|(account, alone)| alone.then_some(account)).collect())
}

impl Display for LinkSummary {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut said = Vec::new();
        let of = |number: usize, noun, names: &[String]| {
            (number > 0).then(|| format!("{} ({})", count(number as u64, noun), list(names, number)))
        };
        let owners: Vec<String> = of(self.group_count, "group", &self.groups)
            .into_iter()
            .chain(of(self.account_count, "account", &self.accounts))
            .collect();
        if !owners.is_empty() {
            said.push(format!("links updated: {}", owners.join(" and ")));
        }
        if self.forgotten > 0 {
            let links = count(self.forgotten as u64, "link");
            said.push(format!("links forgotten: {links} to objects that the store no longer contains"));
        }
        if self.remembered_alone {
            said.push("links updated: only data about the directory and its servers".to_owned());
        }
        f.write_str(&said.join("; "))
    }
}
