//! What an administrator does by hand, in the dialect of each server.

use serde_json::{Value, json};

use super::{Kind, ScimServer};
use crate::harness::http::{Connection, Message};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Resources have ids that the server makes. A request that it refuses fails the test, except with [`ScimServer::call`].
impl ScimServer {
    /// Adds an active user and returns the id.
    pub fn add_user(&self, username: &str, email: &str) -> String {
        self.add_user_with(username, &json!({"emails": [{"value": email, "primary": true, "type": "work"}]}))
    }

    /// The same with these attributes and no e-mail, if they have none.
    pub fn add_user_with(&self, username: &str, attributes: &Value) -> String {
        let name = json!({"givenName": username, "familyName": "Person"});
        let user = json!({"schemas": [USER], "userName": username, "name": name, "active": true});
        id(&self.expect("POST", "/Users", &with(user, attributes)))
    }

    /// Adds a group without members and returns the id.
    pub fn add_group(&self, name: &str) -> String {
        self.add_group_with(name, &json!({}))
    }

    /// The same with these attributes.
    pub fn add_group_with(&self, name: &str, attributes: &Value) -> String {
        id(&self.expect("POST", "/Groups", &with(json!({"schemas": [GROUP], "displayName": name}), attributes)))
    }

    /// Deletes the user. Only django-scim2 then removes the id from groups.
    pub fn delete_user(&self, id: &str) {
        self.expect("DELETE", &format!("/Users/{id}"), &Value::Null);
    }

    /// Deletes the group.
    pub fn delete_group(&self, id: &str) {
        self.expect("DELETE", &format!("/Groups/{id}"), &Value::Null);
    }

    /// Activates or deactivates the user.
    pub fn set_active(&self, id: &str, is_active: bool) {
        let operation = json!({"op": "replace", "path": "active", "value": is_active});
        self.expect("PATCH", &format!("/Users/{id}"), &patch(&operation));
    }

    /// Gives the group another name. It keeps its members.
    pub fn rename_group(&self, id: &str, name: &str) {
        let path = format!("/Groups/{id}");
        if self.kind() == Kind::DjangoScim2 {
            let external = &self.resource("Groups", id)["externalId"];
            let group = json!({"schemas": [GROUP], "displayName": name, "externalId": external});
            self.expect("PUT", &path, &group);
        } else {
            self.expect("PATCH", &path, &patch(&json!({"op": "replace", "path": "displayName", "value": name})));
        }
    }

    /// Adds the user to the group.
    pub fn add_member(&self, group: &str, user: &str) {
        let answer = self.patch_group(group, &json!({"op": "add", "path": "members", "value": [{"value": user}]}));
        assert!(answer.status() < 300, "{} {}", answer.first, answer.text());
    }

    /// Removes the user from the group.
    pub fn remove_member(&self, group: &str, user: &str) {
        let operation = match self.kind() {
            Kind::DjangoScim2 => remove_by_value(user),
            _ => remove_by_filter(user),
        };
        let answer = self.patch_group(group, &operation);
        assert!(answer.status() < 300, "{} {}", answer.first, answer.text());
    }

    /// Removes every member, also one who is no user.
    pub fn remove_all_members(&self, group: &str) {
        for member in self.members(group) {
            self.remove_member(group, &member);
        }
        assert_eq!(self.members(group), [""; 0]);
    }

    /// The ids of the group's members, as often as they are there.
    pub fn members(&self, group: &str) -> Vec<String> {
        let group = self.resource("Groups", group);
        let members = group["members"].as_array().into_iter().flatten();
        members.map(|member| member["value"].as_str().expect("an id").to_owned()).collect()
    }

    /// The user or the group, as the server returns it.
    pub fn resource(&self, resource_type: &str, id: &str) -> Value {
        self.expect("GET", &format!("/{resource_type}/{id}"), &Value::Null)
    }

    /// A part of a list: `Users?startIndex=1`. Blanks and quotation marks may be in it.
    pub fn list(&self, query: &str) -> Value {
        self.expect("GET", &format!("/{query}"), &Value::Null)
    }

    /// Sends one operation on the group and returns the answer, also if it is a refusal.
    pub fn patch_group(&self, id: &str, operation: &Value) -> Message {
        self.call("PATCH", &format!("/Groups/{id}"), &patch(operation))
    }

    /// Sends a request and returns the answer, also if it is a refusal.
    pub fn call(&self, method: &str, path: &str, body: &Value) -> Message {
        self.call_as(self.token(), method, path, body)
    }

    /// The same with any token.
    pub fn call_as(&self, token: &str, method: &str, path: &str, body: &Value) -> Message {
        let path = format!("{}{path}", self.kind().base_path()).replace(' ', "%20").replace('"', "%22");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        // Two of the servers end the connection after each answer.
        let answer = Connection::open(&self.address())
            .and_then(|mut connection| connection.call(method, &path, Some(token), &body));
        answer.unwrap_or_else(|error| panic!("{method} {path} {body}: {error}"))
    }

    fn expect(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.call(method, path, body);
        assert!(answer.status() < 300, "{method} {path} {body}: {} {}", answer.first, answer.text());
        serde_json::from_slice(&answer.body).unwrap_or_default()
    }
}

/// The operation that removes a member by a filter in the path.
#[must_use]
pub fn remove_by_filter(user: &str) -> Value {
    json!({"op": "remove", "path": format!(r#"members[value eq "{user}"]"#)})
}

/// The operation that removes a member by a value.
#[must_use]
pub fn remove_by_value(user: &str) -> Value {
    json!({"op": "remove", "path": "members", "value": [{"value": user}]})
}

fn patch(operation: &Value) -> Value {
    json!({"schemas": [PATCH], "Operations": [operation]})
}

fn with(mut resource: Value, attributes: &Value) -> Value {
    for (name, value) in attributes.as_object().expect("an object") {
        resource[name] = value.clone();
    }
    resource
}

fn id(resource: &Value) -> String {
    resource["id"].as_str().expect("an id").to_owned()
}
