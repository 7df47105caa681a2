//! What a server contains, read page by page.

use std::collections::BTreeMap;

use serde_json::Value;

use super::ScimServer;

const PAGE: usize = 20;

/// Everything that the tests look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The groups by their displayName.
    pub groups: BTreeMap<String, Group>,
    /// The users by their userName.
    pub users: BTreeMap<String, User>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The server's id.
    pub id: String,
    /// The client's id, if it is not empty.
    pub external_id: Option<String>,
    /// The userNames of its members, sorted, as often as they are there; the id of a member who is no user.
    pub members: Vec<String>,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The server's id.
    pub id: String,
    /// The client's id, if it is not empty.
    pub external_id: Option<String>,
    /// Whether the user may sign in.
    pub is_active: bool,
    /// The first e-mail, if it is not empty.
    pub email: Option<String>,
}

impl Content {
    pub(super) fn of(server: &ScimServer) -> Self {
        let (mut users, mut names) = (BTreeMap::new(), BTreeMap::new());
        for user in every(server, "Users") {
            let name = text(&user["userName"]).expect("a userName");
            let id = text(&user["id"]).expect("an id");
            names.insert(id.clone(), name.clone());
            let (external_id, email) = (text(&user["externalId"]), text(&user["emails"][0]["value"]));
            let user = User { id, external_id, is_active: user["active"] == true, email };
            assert_eq!(users.insert(name, user), None, "two users with one name");
        }
        let mut groups = BTreeMap::new();
        for group in every(server, "Groups") {
            let member = |member: &Value| {
                let id = text(&member["value"]).expect("an id");
                names.get(&id).cloned().unwrap_or(id)
            };
            let mut members: Vec<_> = group["members"].as_array().into_iter().flatten().map(member).collect();
            members.sort();
            let (id, external_id) = (text(&group["id"]).expect("an id"), text(&group["externalId"]));
            let name = text(&group["displayName"]).expect("a displayName");
            assert_eq!(groups.insert(name, Group { id, external_id, members }), None, "two groups with one name");
        }
        Self { groups, users }
    }

    /// The userNames of the group's members.
    #[must_use]
    pub fn members(&self, group: &str) -> Vec<&str> {
        self.group(group).members.iter().map(String::as_str).collect()
    }

    /// The group with this name, which must exist.
    #[must_use]
    pub fn group(&self, name: &str) -> &Group {
        self.groups.get(name).unwrap_or_else(|| panic!("there is no group {name}: {self:?}"))
    }

    /// The user with this name, who must exist.
    #[must_use]
    pub fn user(&self, name: &str) -> &User {
        self.users.get(name).unwrap_or_else(|| panic!("there is no user {name}: {self:?}"))
    }
}

/// All resources of a type. A server that does not return as many as it tells fails the test.
fn every(server: &ScimServer, resource_type: &str) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let page = server.list(&format!("{resource_type}?startIndex={}&count={PAGE}", all.len() + 1));
        let total = page["totalResults"].as_u64().expect("a number");
        let resources = page["Resources"].as_array().cloned().unwrap_or_default();
        assert!(!resources.is_empty() || all.len() as u64 == total, "{} of {total} {resource_type}", all.len());
        all.extend(resources);
        if all.len() as u64 >= total {
            return all;
        }
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}
