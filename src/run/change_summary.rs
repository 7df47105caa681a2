//! What a plan does, in words: group by group, account by account, and what only ties the store to the directory.

mod account;
mod group;

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

pub use self::account::{AccountAction, AccountSummary};
pub use self::group::{GroupAction, GroupSummary};
use crate::sync::escape::{listed, quoted};
use crate::sync::found::{AccountRef, Found, GroupRef};
use crate::sync::outcome::Planned;
use crate::sync::plan::{Change, Edit, Plan, Subject};
use crate::sync::tie::{Tie, tie};
use crate::sync::wording::count;

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeSummary {
    /// To a group.
    Group(GroupSummary),
    /// To an account that was there before. Those that are created are named by the groups that they join.
    Account(AccountSummary),
    /// To links alone.
    Links(LinkSummary),
}

/// Links of which nothing but what is remembered of their objects is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkSummary {
    /// Names of the groups, the first few.
    pub groups: Vec<String>,
    /// How many groups they are.
    pub group_count: usize,
    /// Usernames of the accounts, the first few.
    pub accounts: Vec<String>,
    /// How many accounts they are.
    pub account_count: usize,
    /// How many links are forgotten.
    pub forgotten: usize,
    /// Nothing else is written than what is remembered of the directory and its servers.
    pub remembered_alone: bool,
}

/// How many names a summary gives.
const NAMES: usize = 5;

/// The summaries of a plan: groups by what happens to them and their names, then accounts in the same way, then links.
#[must_use]
pub fn summarize(planned: &Planned, found: &Found) -> Vec<ChangeSummary> {
    let groups = group::summarize(planned, found);
    let accounts = account::summarize(&planned.plan, found);
    let links = links(planned, found);
    let summaries =
        groups.into_iter().map(ChangeSummary::Group).chain(accounts.into_iter().map(ChangeSummary::Account));
    summaries.chain(links.map(ChangeSummary::Links)).collect()
}

fn links(planned: &Planned, found: &Found) -> Option<LinkSummary> {
    let plan = &planned.plan;
    let counts = planned.counts(found);
    let mut summary = LinkSummary {
        forgotten: plan.forget.len(),
        remembered_alone: plan.remember.is_some() && plan.changes.is_empty() && plan.forget.is_empty(),
        ..LinkSummary::default()
    };
    if counts.links.groups + counts.links.accounts > 0 {
        let (groups, accounts) = kept(plan, found);
        (summary.group_count, summary.account_count) = (groups.len(), accounts.len());
        summary.groups = groups.iter().take(NAMES).map(|group| group_name(*group, found)).collect();
        summary.accounts = names(&accounts, found, &BTreeMap::new());
    }
    (summary != LinkSummary::default()).then_some(summary)
}

/// The groups and the accounts of which the plan writes nothing but what their links remember.
fn kept(plan: &Plan, found: &Found) -> (Vec<GroupRef>, Vec<AccountRef>) {
    let mut groups: BTreeMap<GroupRef, bool> = BTreeMap::new();
    let mut accounts: BTreeMap<AccountRef, bool> = BTreeMap::new();
    for change in &plan.changes {
        let alone = match change {
            Change::LinkGroup { group, link } => {
                tie(found.group(*group).and_then(|group| group.link.as_ref()), link) == Tie::Kept
            }
            Change::LinkAccount { account, link } => {
                tie(found.account(*account).and_then(|account| account.link.as_ref()), link) == Tie::Kept
            }
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

/// Held removals, one line each, every person named: for whoever is to approve them.
#[must_use]
pub fn lines(removals: &Plan, found: &Found) -> Vec<String> {
    let new = BTreeMap::new();
    let account = |account: AccountRef| names(&[account], found, &new).concat();
    let mut lines = Vec::new();
    for change in &removals.changes {
        match change {
            Change::DeleteGroup { group } => {
                let members = found.group(*group).map_or(0, |group| group.members.len());
                let (name, members) = (group_name(*group, found), count(members as u64, "member"));
                lines.push(format!("delete the group {} with its {members}", quoted(&name)));
            }
            Change::RemoveMembers { group, accounts } => {
                let name = group_name(*group, found);
                lines.extend(
                    accounts
                        .iter()
                        .map(|member| format!("remove {} from the group {}", listed(&account(*member)), quoted(&name))),
                );
            }
            Change::DeactivateAccount { account: held } => {
                lines.push(format!("make the account {} inactive", listed(&account(*held))));
            }
            Change::DeleteAccount { account: held } => {
                lines.push(format!("delete the account {}", listed(&account(*held))));
            }
            Change::LinkGroup { group, .. } => lines.push(format!(
                "release the group {}, which is no longer selected although spec.groups did not change",
                quoted(&group_name(*group, found))
            )),
            Change::SetGroup { group, name: Edit::Set(name), .. } => {
                lines.push(format!("rename the group {} to {}", quoted(&group_name(*group, found)), quoted(name)));
            }
            Change::SetAccount { account: renamed, edits } => {
                let both = [("username", &edits.username), ("e-mail address", &edits.email)].into_iter();
                let given = both.filter_map(|(what, edit)| match edit {
                    Edit::Set(name) => Some(format!("{what} {}", quoted(name))),
                    Edit::Keep | Edit::Clear => None,
                });
                let given = given.collect::<Vec<_>>().join(" and ");
                lines.push(format!("give the account {} the {given}", listed(&account(*renamed))));
            }
            _ => {}
        }
    }
    lines
}

/// The name of what a refusal is about, as a person knows it.
#[must_use]
pub fn name_of(subject: Subject, plan: &Plan, found: &Found) -> String {
    match subject {
        Subject::Group(group) | Subject::Members(group) => match found.group(group) {
            Some(group) => group.name.to_string(),
            None => plan
                .changes
                .iter()
                .find_map(|change| match change {
                    Change::CreateGroup { group: created, name, .. } if *created == group => Some(name.to_string()),
                    _ => None,
                })
                .unwrap_or_default(),
        },
        Subject::Account(account) => names(&[account], found, &new_usernames(plan)).concat(),
    }
}

fn group_name(group: GroupRef, found: &Found) -> String {
    found.group(group).map_or_else(String::new, |group| group.name.to_string())
}

fn new_usernames(plan: &Plan) -> BTreeMap<AccountRef, &str> {
    let username = |change| match change {
        &Change::CreateAccount { account, ref attributes, .. } => Some((account, attributes.username.as_deref()?)),
        _ => None,
    };
    plan.changes.iter().filter_map(username).collect()
}

fn names(accounts: &[AccountRef], found: &Found, new: &BTreeMap<AccountRef, &str>) -> Vec<String> {
    let username = |account: &AccountRef| match found.account(*account) {
        Some(account) => account.attributes.username.as_deref().unwrap_or_default().to_owned(),
        None => new.get(account).copied().unwrap_or_default().to_owned(),
    };
    accounts.iter().take(NAMES).map(username).collect()
}

/// Names with commas between them, and an ellipsis where there are more.
fn list(names: &[String], all: usize) -> String {
    let more = if all > names.len() { ", …" } else { "" };
    let names: Vec<String> = names.iter().map(|name| listed(name).to_string()).collect();
    format!("{}{more}", names.join(", "))
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
            said.push(format!("links forgotten: {links} to objects that are not in the store any more"));
        }
        if self.remembered_alone {
            said.push("links updated: what is remembered of the directory and its servers".to_owned());
        }
        f.write_str(&said.join("; "))
    }
}
