//! The content of a Flask-AppBuilder's database.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::harness::http::Connection;

/// Accounts, groups and roles. Two are equal if none of these values has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// By username.
    pub accounts: BTreeMap<String, Account>,
    /// By name.
    pub groups: BTreeMap<String, Group>,
    /// The ids of the roles, by name.
    pub roles: BTreeMap<String, u64>,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: u64,
    /// The person's name, in two parts.
    pub name: (String, String),
    /// The e-mail address.
    pub email: String,
    /// Whether it may sign in.
    pub is_active: bool,
    /// The id of the account that created it.
    pub created_by: Option<u64>,
    /// Its own roles, without those of its groups.
    pub roles: BTreeSet<String>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: u64,
    /// The label, if it has one.
    pub label: Option<String>,
    /// The description, if it has one.
    pub description: Option<String>,
    /// Its roles.
    pub roles: BTreeSet<String>,
    /// The usernames of its members.
    pub members: BTreeSet<String>,
}

impl Content {
    pub(super) fn of(address: &str) -> Self {
        let rows: Rows = serde_json::from_str(&call(address, "GET", "content", "")).expect("the answer of test_bed.py");
        rows.content()
    }

    /// The usernames of the group's members, in order. Panics if there is no such group.
    #[must_use]
    pub fn members(&self, group: &str) -> Vec<&str> {
        self.group(group).members.iter().map(String::as_str).collect()
    }

    /// The group. Panics if there is none of this name.
    #[must_use]
    pub fn group(&self, name: &str) -> &Group {
        self.groups.get(name).unwrap_or_else(|| panic!("no group {name}: {:?}", self.groups.keys()))
    }

    /// The account. Panics if there is none of this name.
    #[must_use]
    pub fn account(&self, username: &str) -> &Account {
        self.accounts.get(username).unwrap_or_else(|| panic!("no account {username}: {:?}", self.accounts.keys()))
    }
}

pub(super) fn load(address: &str, accounts: &[(String, String)], groups: &[(String, Vec<String>)]) {
    let accounts: Vec<Value> = accounts
        .iter()
        .map(|(username, email)| {
            json!({"username": username, "email": email, "first_name": username, "last_name": "", "active": true})
        })
        .collect();
    let groups: Vec<Value> = groups.iter().map(|(name, members)| json!({"name": name, "members": members})).collect();
    call(address, "POST", "load", &json!({"users": accounts, "groups": groups}).to_string());
}

fn call(address: &str, method: &str, path: &str, body: &str) -> String {
    let path = format!("/test-bed/{path}");
    let answer = Connection::open(address).and_then(|mut server| server.call(method, &path, None, body));
    let answer = answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
    assert!(answer.status() < 300, "{method} {path}: {} {}", answer.first, answer.text());
    answer.text()
}

#[derive(Debug, Deserialize)]
struct Rows {
    users: Vec<UserRow>,
    groups: Vec<GroupRow>,
    roles: Vec<RoleRow>,
    user_roles: BTreeSet<(u64, u64)>,
    group_roles: BTreeSet<(u64, u64)>,
    members: BTreeSet<(u64, u64)>,
}

#[derive(Debug, Deserialize)]
struct UserRow {
    id: u64,
    username: String,
    first_name: String,
    last_name: String,
    email: String,
    active: bool,
    created_by_fk: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct GroupRow {
    id: u64,
    name: String,
    label: Option<String>,
    description: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RoleRow {
    id: u64,
    name: String,
}

impl Rows {
    fn content(self) -> Content {
        let role_names: BTreeMap<u64, String> = self.roles.iter().map(|role| (role.id, role.name.clone())).collect();
        let usernames: BTreeMap<u64, String> = self.users.iter().map(|user| (user.id, user.username.clone())).collect();
        let groups = self.groups.into_iter().map(|row| {
            let (roles, members) =
                (named(&self.group_roles, row.id, &role_names), named(&self.members, row.id, &usernames));
            let GroupRow { id, name, label, description } = row;
            (name, Group { id, label, description, roles, members })
        });
        let accounts = self.users.into_iter().map(|row| {
            let roles = named(&self.user_roles, row.id, &role_names);
            let UserRow { id, username, first_name, last_name, email, active, created_by_fk: created_by } = row;
            (username, Account { id, name: (first_name, last_name), email, is_active: active, created_by, roles })
        });
        let roles = self.roles.into_iter().map(|role| (role.name, role.id)).collect();
        Content { accounts: accounts.collect(), groups: groups.collect(), roles }
    }
}

/// The names of all ids that are paired with this one. On SQLite, pairs of deleted groups stay in the database.
fn named(pairs: &BTreeSet<(u64, u64)>, first: u64, names: &BTreeMap<u64, String>) -> BTreeSet<String> {
    pairs.range((first, 0)..=(first, u64::MAX)).filter_map(|(_, second)| names.get(second).cloned()).collect()
}
