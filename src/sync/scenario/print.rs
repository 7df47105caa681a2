//! A plan in words, one line a change.

use std::collections::BTreeMap;
use std::fmt;

use super::Scenario;
use super::group::group;
use super::ids::directory_id;
use super::user::user;
use crate::sync::found::{AccountRef, Found, GroupRef, Links};
use crate::sync::identity::{DirectoryId, ExternalId, Owner};
use crate::sync::link::{AccountLink, GroupLink, Origin};
use crate::sync::outcome::Planned;
use crate::sync::plan::{Change, Edit, Plan};
use crate::sync::role::Role;
use crate::sync::snapshot::Attributes;

/// Every change, in order.
pub(crate) fn changes(plan: &Plan, found: &Found) -> Vec<String> {
    let names = Names::new(plan, found);
    plan.changes.iter().map(|change| names.print(change, found)).collect()
}

/// Every duplicate and every problem, as `kind: what it concerns`, sorted.
pub(crate) fn complaints(planned: &Planned) -> Vec<String> {
    let duplicates = planned.duplicates.iter().map(|duplicate| {
        let former = if duplicate.former_user { " of a former user" } else { "" };
        format!("{}{former}: {}", duplicate.reason.as_str(), duplicate.name)
    });
    let problems = planned.problems.iter().map(|problem| format!("{}: {}", problem.kind.as_str(), problem.group));
    let pending = planned.pending_members.iter().map(|name| format!("pending: {name}"));
    pending.chain(duplicates).chain(problems.map(|problem| problem.trim_end_matches(": ").to_owned())).collect()
}

/// One line for each thing, so that a scenario found at random can be read.
impl fmt::Debug for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nabsence is {:?}; {:?}", self.absence, self.policy)?;
        for user in &self.users {
            let at = place(user.read().place == self::user(user.key).read().place);
            let expires = user.expires.map(|at| format!(" until {at}")).unwrap_or_default();
            writeln!(f, "user {}: {:?}{expires} {}{at}", user.key, user.state, attributes(&user.attributes))?;
        }
        for group in &self.groups {
            let read = group.read(&mut self.users.clone());
            let excluded = if read.excluded { " excluded" } else { "" };
            let memberless = if read.shows_members { "" } else { " without members" };
            let unresolved = read
                .unresolved
                .iter()
                .map(|value| format!(" {}{}", if value.id.is_some() { "id:" } else { "dn:" }, value.label));
            let (unresolved, text) = (unresolved.collect::<String>(), group.description.as_deref().unwrap_or_default());
            let at = place(read.place == self::group(group.key).read(&mut Vec::new()).place);
            writeln!(
                f,
                "group {} {:?} {text:?} by {:?}{excluded}{memberless}{at}: {}{unresolved}",
                group.key,
                group.name,
                group.selectors,
                group.members.join(" ")
            )?;
        }
        writeln!(f, "located {:?} {:?}", labels(&self.located_groups), labels(&self.located_members))?;
        for account in &self.accounts {
            let active = if account.active { "" } else { " inactive" };
            let (link, text) = (account.link.as_ref(), attributes(&account.attributes));
            let link = link.map(|link| {
                let marked = if link.deactivated_by_us { " marked" } else { "" };
                let unused = link.unused_since.map(|since| format!(" unused since {since}")).unwrap_or_default();
                let missing = if link.missing_since.is_some() { " missing" } else { "" };
                format!(
                    "{}{marked}{unused}{missing}",
                    linked(link.directory_id, link.id, link.owner.as_deref(), link.origin)
                )
            });
            writeln!(f, "account {}{active}: {text}{}", account.key, link.unwrap_or_default())?;
        }
        for group in &self.stored {
            let (link, text) = (group.link.as_ref(), group.description.as_deref().unwrap_or_default());
            let link = link.map(|link| {
                let missing = if link.missing_since.is_some() { " missing" } else { "" };
                let empty = if link.empty_since.is_some() { " empty" } else { "" };
                let of = linked(link.directory_id, link.id, link.owner.as_deref(), link.origin);
                format!("{of} by {}{missing}{empty}{}", link.selector, roles(" given", &link.roles))
            });
            let outside = if self.links == Links::Inside { "" } else { " linked outside" };
            let links = link.unwrap_or_default();
            let last = group.link.as_ref().map(|link| &*link.name).unwrap_or_default();
            let has = roles(" with", &group.roles);
            writeln!(f, "stored{outside} {:?} {last:?} {text:?}: {}{links}{has}", group.name, group.members.join(" "))?;
        }
        Ok(())
    }
}

fn place(same: bool) -> &'static str {
    if same { "" } else { " moved" }
}

fn attributes(attributes: &Attributes) -> String {
    let Attributes { username, email, phone, .. } = attributes;
    format!("{username:?} {email:?} {phone:?}")
}

fn linked(of: DirectoryId, id: ExternalId, owner: Option<&Owner>, origin: Origin) -> String {
    let elsewhere = if of == directory_id() { "" } else { " elsewhere" };
    format!(" = {}{elsewhere}, {origin:?} by {}", key(id), owner.map_or("nobody", |owner| owner.name.as_str()))
}

fn labels<T: fmt::Debug>(sightings: &BTreeMap<ExternalId, T>) -> Vec<String> {
    sightings.iter().map(|(id, sighting)| format!("{} {sighting:?}", key(*id))).collect()
}

/// The key behind an id.
fn key(id: ExternalId) -> String {
    let hex: String = id.value().chars().filter(char::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    let text: String = hex.as_bytes().chunks_exact(2).map(|pair| char::from(byte(pair))).collect();
    text[1..].trim_end_matches('.').to_owned()
}

/// What objects are called while a plan is printed: as the store calls them, new ones as they will be.
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

    fn print(&self, change: &Change, found: &Found) -> String {
        let group = |group: &GroupRef| self.groups[group];
        let account = |account: &AccountRef| self.accounts[account];
        let all = |accounts: &[AccountRef]| accounts.iter().map(account).collect::<Vec<_>>().join(", ");
        match change {
            Change::DeleteGroup { group: g } => format!("delete group {}", group(g)),
            Change::EmptyGroup { group: g, .. } => format!("empty group {}", group(g)),
            Change::SetRoles { group: g, give, take, .. } => {
                format!("{}:{}{}", group(g), roles("give", give), roles("take", take))
            }
            Change::ParkGroup { group: g, name } => format!("park group {} as {name}", group(g)),
            Change::SetGroup { group: g, name, description } => {
                format!("set group {}:{}{}", group(g), edit("name", name), edit("description", description))
            }
            Change::CreateGroup { name, link, .. } => format!("create group {name}{}", roles("with", &link.roles)),
            Change::LinkGroup { group: g, link } => {
                let before = found.group_link(*g);
                format!("link group {}:{}", group(g), group_link(before, link))
            }
            Change::ParkAccount { account: a, username: Some(username) } => {
                format!("park account {} as {username}", account(a))
            }
            Change::ParkAccount { account: a, username: None } => format!("park account {}", account(a)),
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
                let before = found.account_link(*a);
                format!("link account {}:{}", account(a), account_link(before, link))
            }
            Change::ActivateAccount { account: a } => format!("activate account {}", account(a)),
            Change::RemoveMembers { group: g, accounts } => format!("{}: remove {}", group(g), all(accounts)),
            Change::AddMembers { group: g, accounts } => format!("{}: add {}", group(g), all(accounts)),
            Change::DeactivateAccount { account: a } => format!("deactivate account {}", account(a)),
            Change::DeleteAccount { account: a } => format!("delete account {}", account(a)),
        }
    }
}

fn roles(what: &str, roles: &[Role]) -> String {
    let names: Vec<&str> = roles.iter().map(|role| &*role.name).collect();
    if names.is_empty() { String::new() } else { format!(" {what} {}", names.join(" and ")) }
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
    join([
        (before.directory_id != after.directory_id || before.id != after.id, "another".to_owned()),
        (before.owner != after.owner, owner(after.owner.is_some())),
        (before.selector != after.selector, format!("by {}", after.selector)),
        (before.origin != after.origin, format!("{:?}", after.origin).to_lowercase()),
        (before.name != after.name, format!("as {}", after.name)),
        (before.place != after.place, "moved".to_owned()),
        (before.roles != after.roles, format!("gave{}", roles("", &after.roles))),
        (before.missing_since != after.missing_since, since("missing", after.missing_since.is_some())),
        (before.empty_since != after.empty_since, since("empty", after.empty_since.is_some())),
    ])
}

fn account_link(before: Option<&AccountLink>, after: &AccountLink) -> String {
    let Some(before) = before else { return " new".to_owned() };
    join([
        (before.directory_id != after.directory_id || before.id != after.id, "another".to_owned()),
        (before.owner != after.owner, owner(after.owner.is_some())),
        (before.origin != after.origin, format!("{:?}", after.origin).to_lowercase()),
        (before.username != after.username, format!("as {}", after.username)),
        (before.email != after.email, format!("at {}", after.email.as_deref().unwrap_or("nowhere"))),
        (before.place != after.place, "moved".to_owned()),
        (before.deactivated_by_us != after.deactivated_by_us, since("off by us", after.deactivated_by_us)),
        (before.unused_since != after.unused_since, since("unused", after.unused_since.is_some())),
        (before.missing_since != after.missing_since, since("missing", after.missing_since.is_some())),
    ])
}

fn owner(some: bool) -> String {
    if some { "ours" } else { "released" }.to_owned()
}

fn since(state: &str, begins: bool) -> String {
    if begins { state.to_owned() } else { format!("no longer {state}") }
}

fn join<const N: usize>(parts: [(bool, String); N]) -> String {
    let parts = parts.into_iter().filter(|(changed, _)| *changed);
    parts.map(|(_, words)| format!(" {words}")).collect::<Vec<_>>().join(",")
}
