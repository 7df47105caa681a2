//! A strict double of a SCIM server, for the habits that no server of the tests has. A request that some server is known to
//! misunderstand is a violation, and so is one beyond its limits.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::double::{Double, Reply};
use super::http::Message;

/// What a server does with a removal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Removal {
    /// It removes by a path that filters, and takes a value without doing anything (Keycloak).
    #[default]
    Filter,
    /// It removes by a value, and does not implement a path that filters (django-scim2).
    Value,
    /// It says yes to both and does nothing.
    Nothing,
    /// It does not implement a path that filters, and a value removes everybody.
    Everybody,
}

/// How a server behaves.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a habit of its own, and every combination exists")]
pub struct Habits {
    /// What it does with a removal.
    pub removal: Removal,
    /// Lists of groups show no members.
    pub hides_members_in_lists: bool,
    /// A group that is read alone shows none either.
    pub hides_members: bool,
    /// It does not implement the renaming of a group by PATCH, and a PUT without members empties the group.
    pub puts: bool,
    /// It says that the whole list is twice as long as it is.
    pub lies: bool,
    /// It leaves out the schemas.
    pub has_no_schemas: bool,
    /// How many objects a page has at most; 0: 100.
    pub page: usize,
}

/// What the server has.
#[derive(Debug, Default)]
pub struct Content {
    /// The users, by id.
    pub users: BTreeMap<String, Value>,
    /// The names and the members of the groups, by id.
    pub groups: BTreeMap<String, (String, Vec<String>)>,
    /// Requests that should not have been sent.
    pub violations: Vec<String>,
    /// How it behaves.
    pub habits: Habits,
}

/// A running double.
#[derive(Debug)]
pub struct ScimDouble {
    double: Double,
    content: Arc<Mutex<Content>>,
}

/// How many members a request may name.
const MOST: usize = 100;

impl ScimDouble {
    /// Starts it with users `u0`, `u1`, … and a group `g` of all of them.
    #[must_use]
    pub fn start(habits: Habits, users: usize) -> Self {
        let mut content = Content { habits, ..Content::default() };
        for number in 0..users {
            let id = format!("{number:04}");
            content.users.insert(id.clone(), json!({"id": id, "userName": format!("u{number}")}));
        }
        let members = content.users.keys().cloned().collect();
        content.groups.insert("group".to_owned(), ("g".to_owned(), members));
        let content = Arc::new(Mutex::new(content));
        let shared = Arc::clone(&content);
        let double = Double::start(move |message| lock(&shared).answer(message));
        Self { double, content }
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/scim", self.double.address())
    }

    /// What it has now.
    pub fn content(&self) -> MutexGuard<'_, Content> {
        lock(&self.content)
    }

    /// Who is in the group.
    #[must_use]
    pub fn members(&self) -> Vec<String> {
        self.content().groups["group"].1.clone()
    }
}

fn lock(content: &Mutex<Content>) -> MutexGuard<'_, Content> {
    content.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Content {
    fn answer(&mut self, message: &Message) -> Reply {
        let mut first = message.first.split(' ');
        let (method, target) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let parts: Vec<&str> = path.trim_start_matches("/scim/").split('/').collect();
        let body: Value = serde_json::from_slice(&message.body).unwrap_or_default();
        if query.contains("filter=") {
            self.violations.push(format!("a filter: {query}"));
        }
        match (method, &parts[..]) {
            ("GET", ["ServiceProviderConfig"]) => (200, Some(json!({"patch": {"supported": true}}))),
            ("GET", ["Schemas"]) if self.habits.has_no_schemas => (404, Some(json!({}))),
            ("GET", ["Schemas"]) => {
                let members = json!({"name": "members", "returned": "default"});
                let group = json!({"id": "urn:ietf:params:scim:schemas:core:2.0:Group", "attributes": [members]});
                (200, Some(json!({"Resources": [group]})))
            }
            ("GET", ["Users"]) => self.list(query, self.users.values().cloned().collect()),
            ("GET", ["Users", id]) => self.users.get(*id).map_or((404, Some(json!({}))), |it| (200, Some(it.clone()))),
            ("GET", ["Groups"]) => {
                let hides = self.habits.hides_members_in_lists || self.habits.hides_members;
                let groups = self.groups.keys().map(|id| self.group(id, hides)).collect();
                self.list(query, groups)
            }
            ("GET", ["Groups", id]) if self.groups.contains_key(*id) => {
                (200, Some(self.group(id, self.habits.hides_members)))
            }
            ("PUT", ["Groups", id]) if self.groups.contains_key(*id) => {
                if body.get("members").is_some() {
                    self.violations.push("members in a PUT".to_owned());
                }
                let name = body["displayName"].as_str().unwrap_or_default().to_owned();
                self.groups.insert((*id).to_owned(), (name, Vec::new()));
                (200, Some(self.group(id, false)))
            }
            ("PATCH", ["Groups", id]) if self.groups.contains_key(*id) => self.patch(id, &body),
            _ => (404, Some(json!({"detail": "not found"}))),
        }
    }

    fn list(&self, query: &str, all: Vec<Value>) -> Reply {
        let number = |name: &str| {
            query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}="))?.parse::<usize>().ok())
        };
        let most = if self.habits.page == 0 { 100 } else { self.habits.page };
        let (start, count) = (number("startIndex").unwrap_or(1).max(1), number("count").unwrap_or(most).min(most));
        let total = if self.habits.lies { all.len() * 2 } else { all.len() };
        let page: Vec<Value> = all.into_iter().skip(start - 1).take(count).collect();
        // As elimity's library has it.
        let page = if page.is_empty() { Value::Null } else { page.into() };
        (200, Some(json!({"totalResults": total, "itemsPerPage": 7, "startIndex": start, "Resources": page})))
    }

    fn group(&self, id: &str, hides: bool) -> Value {
        let (name, members) = &self.groups[id];
        let mut group = json!({"id": id, "displayName": name});
        if !hides && !members.is_empty() {
            group["members"] = members.iter().map(|id| json!({"value": id})).collect();
        }
        group
    }

    fn patch(&mut self, id: &str, body: &Value) -> Reply {
        let operations = body["Operations"].as_array().cloned().unwrap_or_default();
        let paths: Vec<&str> = operations.iter().filter_map(|it| it["path"].as_str()).collect();
        let attribute = |path: &str| path.split('[').next().unwrap_or_default().to_owned();
        if paths.is_empty() || paths.iter().any(|path| attribute(path) != attribute(paths[0])) {
            self.violations.push(format!("not one attribute: {body}"));
        }
        let named = |it: &Value| it["value"].as_array().map_or(1, Vec::len);
        if operations.iter().map(named).sum::<usize>() > MOST {
            self.violations.push("more members than it takes".to_owned());
            return (400, Some(json!({"detail": "too many"})));
        }
        let no = (501, Some(json!({"detail": "not implemented"})));
        let (mut name, mut members) = self.groups[id].clone();
        for operation in &operations {
            let ids: Vec<&str> =
                operation["value"].as_array().into_iter().flatten().filter_map(|it| it["value"].as_str()).collect();
            match (operation["op"].as_str(), operation["path"].as_str().unwrap_or_default()) {
                (Some("replace"), "displayName") if self.habits.puts => return no,
                (Some("replace"), "displayName") => {
                    operation["value"].as_str().unwrap_or_default().clone_into(&mut name);
                }
                (Some("add"), "members") => {
                    if ids.iter().any(|id| !self.users.contains_key(*id)) {
                        return (400, Some(json!({"detail": "unknown member"})));
                    }
                    for id in ids.iter().filter(|id| !members.iter().any(|member| member == *id)).collect::<Vec<_>>() {
                        members.push((*id).to_owned());
                    }
                }
                (Some("remove"), "members") => match self.habits.removal {
                    _ if ids.is_empty() => self.violations.push("remove all".to_owned()),
                    Removal::Value => members.retain(|member| !ids.contains(&&**member)),
                    Removal::Everybody => members.clear(),
                    Removal::Filter | Removal::Nothing => {}
                },
                (Some("remove"), path) if path.starts_with("members[") => match self.habits.removal {
                    Removal::Filter => members.retain(|member| path != format!("members[value eq \"{member}\"]")),
                    Removal::Nothing => {}
                    Removal::Value | Removal::Everybody => return no,
                },
                _ => self.violations.push(format!("an operation that servers misunderstand: {operation}")),
            }
        }
        members.sort();
        self.groups.insert(id.to_owned(), (name, members));
        (204, None)
    }
}
