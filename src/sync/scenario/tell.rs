//! A plan in words, one line a change.

use std::collections::BTreeMap;

use crate::sync::found::{AccountRef, Found, GroupRef};
use crate::sync::link::{AccountLink, GroupLink};
use crate::sync::outcome::Planned;
use crate::sync::plan::{Change, Edit, Plan};

/// Every change, in order.
pub(crate) fn changes(plan: &Plan, found: &Found) -> Vec<String> {
    let names = Names::new(plan, found);
    plan.changes.iter().map(|change| names.tell(change, found)).collect()
}

/// Every clash and every problem, as `kind: whom it concerns`, sorted.
pub(crate) fn complaints(planned: &Planned) -> Vec<String> {
    let clashes = planned.duplicates.iter().map(|duplicate| {
        let former = if duplicate.former_user { " of a former user" } else { "" };
        format!("{}{former}: {}", duplicate.reason.as_str(), duplicate.name)
    });
    let problems = planned.problems.iter().map(|problem| format!("{}: {}", problem.kind.as_str(), problem.group));
    clashes.chain(problems.map(|problem| problem.trim_end_matches(": ").to_owned())).collect()
}

/// What objects are called while a plan is told: as the store calls them, new ones as they will be.
struct Names<'a> {
    groups: BTreeMap<GroupRef, &'a str>,
    accounts: BTreeMap<AccountRef, &'a str>,
}

impl<'a> Names<'a> {
    fn new(plan: &'a Plan, found: &'a Found) -> Self {
        let groups = found.groups.iter().zip(0..).map(|(group, index)| (GroupRef(index), &*group.name));
        let accounts =
            found.accounts.iter().zip(0..).map(|(account, index)| {
                (AccountRef(index), account.attributes.username.as_deref().unwrap_or("nameless"))
            });
        let mut names = Self { groups: groups.collect(), accounts: accounts.collect() };
        for change in &plan.changes {
            match change {
                Change::CreateGroup { group, name, .. } => drop(names.groups.insert(*group, name)),
                Change::CreateAccount { account, attributes, .. } => {
                    names.accounts.insert(*account, attributes.username.as_deref().unwrap_or("nameless"));
                }
                _ => {}
            }
        }
        names
    }

    fn tell(&self, change: &Change, found: &Found) -> String {
        let group = |group: &GroupRef| self.groups[group];
        let account = |account: &AccountRef| self.accounts[account];
        let all = |accounts: &[AccountRef]| accounts.iter().map(account).collect::<Vec<_>>().join(", ");
        match change {
            Change::DeleteGroup { group: g } => format!("delete group {}", group(g)),
            Change::ParkGroup { group: g, name } => format!("park group {} as {name}", group(g)),
            Change::SetGroup { group: g, name, description } => {
                format!("set group {}:{}{}", group(g), edit("name", name), edit("description", description))
            }
            Change::CreateGroup { name, .. } => format!("create group {name}"),
            Change::LinkGroup { group: g, link } => {
                let before = found.group(*g).and_then(|group| group.link.as_ref());
                format!("link group {}:{}", group(g), group_link(before, link))
            }
            Change::UnlinkGroup { group: g } => format!("unlink group {}", group(g)),
            Change::ParkAccount { account: a, username } => format!("park account {} as {username}", account(a)),
            Change::SetAccount { account: a, edits } => format!(
                "set account {}:{}{}{}{}{}{}",
                account(a),
                edit("username", &edits.username),
                edit("email", &edits.email),
                edit("first name", &edits.first_name),
                edit("last name", &edits.last_name),
                edit("display name", &edits.display_name),
                edit("phone", &edits.phone)
            ),
            Change::CreateAccount { account: a, .. } => format!("create account {}", account(a)),
            Change::LinkAccount { account: a, link } => {
                let before = found.account(*a).and_then(|account| account.link.as_ref());
                format!("link account {}:{}", account(a), account_link(before, link))
            }
            Change::UnlinkAccount { account: a } => format!("unlink account {}", account(a)),
            Change::ActivateAccount { account: a } => format!("activate account {}", account(a)),
            Change::RemoveMembers { group: g, accounts } => format!("{}: remove {}", group(g), all(accounts)),
            Change::AddMembers { group: g, accounts } => format!("{}: add {}", group(g), all(accounts)),
            Change::DeactivateAccount { account: a } => format!("deactivate account {}", account(a)),
            Change::DeleteAccount { account: a } => format!("delete account {}", account(a)),
        }
    }
}

fn edit(what: &str, edit: &Edit) -> String {
    match edit {
        Edit::Keep => String::new(),
        Edit::Clear => format!(" no {what}"),
        Edit::Set(text) => format!(" {what} {text}"),
    }
}

fn group_link(before: Option<&GroupLink>, after: &GroupLink) -> String {
    let Some(before) = before else { return " new".to_owned() };
    tell_all([
        (before.realm != after.realm || before.id != after.id, "another".to_owned()),
        (before.owner != after.owner, owner(after.owner.is_some())),
        (before.item != after.item, format!("by {}", after.item)),
        (before.origin != after.origin, format!("{:?}", after.origin).to_lowercase()),
        (before.name != after.name, format!("as {}", after.name)),
        (before.place != after.place, "moved".to_owned()),
        (before.missing_since != after.missing_since, since("missing", after.missing_since.is_some())),
        (before.empty_since != after.empty_since, since("silent", after.empty_since.is_some())),
    ])
}

fn account_link(before: Option<&AccountLink>, after: &AccountLink) -> String {
    let Some(before) = before else { return " new".to_owned() };
    tell_all([
        (before.realm != after.realm || before.id != after.id, "another".to_owned()),
        (before.owner != after.owner, owner(after.owner.is_some())),
        (before.origin != after.origin, format!("{:?}", after.origin).to_lowercase()),
        (before.username != after.username, format!("as {}", after.username)),
        (before.email != after.email, format!("at {}", after.email.as_deref().unwrap_or("nowhere"))),
        (before.place != after.place, "moved".to_owned()),
        (before.deactivated_by_us != after.deactivated_by_us, since("off by us", after.deactivated_by_us)),
        (before.unused_since != after.unused_since, since("unused", after.unused_since.is_some())),
    ])
}

fn owner(some: bool) -> String {
    if some { "ours" } else { "released" }.to_owned()
}

fn since(state: &str, begins: bool) -> String {
    if begins { state.to_owned() } else { format!("no longer {state}") }
}

fn tell_all<const N: usize>(parts: [(bool, String); N]) -> String {
    let parts = parts.into_iter().filter(|(changed, _)| *changed);
    parts.map(|(_, words)| format!(" {words}")).collect::<Vec<_>>().join(",")
}
