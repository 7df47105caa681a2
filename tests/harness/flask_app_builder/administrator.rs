//! What an administrator does by hand, through the API that the server's own pages use.

use serde_json::{Value, json};

use super::{Content, Credentials};
use crate::harness::http::{Connection, Message};

/// A person who is signed in and names things instead of their ids. A request that the server refuses fails the test.
#[derive(Debug)]
pub struct Administrator {
    address: String,
    token: String,
}

impl Administrator {
    /// Signs in to the server at `host:port`.
    #[must_use]
    pub fn sign_in(address: &str, who: Credentials) -> Self {
        let nobody = Self { address: address.to_owned(), token: String::new() };
        let body = json!({"username": who.username, "password": who.password, "provider": "db", "refresh": false});
        let answer = nobody.expect("POST", "login", &body);
        Self { token: answer["access_token"].as_str().expect("a token").to_owned(), ..nobody }
    }

    /// The bearer token.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Adds a group without members and roles, and returns its id.
    pub fn add_group(&self, name: &str) -> u64 {
        id(&self.expect("POST", "groups/", &json!({"name": name})))
    }

    /// Changes some of a group's `name`, `label` and `description`.
    pub fn change_group(&self, name: &str, change: &Value) {
        self.expect("PUT", &self.group(name), change);
    }

    /// Gives the group another name.
    pub fn rename_group(&self, name: &str, new: &str) {
        self.change_group(name, &json!({"name": new}));
    }

    /// Deletes the group.
    pub fn delete_group(&self, name: &str) {
        self.expect("DELETE", &self.group(name), &Value::Null);
    }

    /// Replaces the members of the group.
    pub fn set_members(&self, group: &str, usernames: &[&str]) {
        let content = self.content();
        let ids: Vec<u64> = usernames.iter().map(|username| content.account(username).id).collect();
        self.expect("PUT", &self.group(group), &json!({"users": ids}));
    }

    /// Adds a member to the group.
    pub fn add_member(&self, group: &str, username: &str) {
        let content = self.content();
        let mut members = content.members(group);
        members.push(username);
        self.set_members(group, &members);
    }

    /// Removes a member from the group.
    pub fn remove_member(&self, group: &str, username: &str) {
        let content = self.content();
        let mut members = content.members(group);
        members.retain(|member| *member != username);
        self.set_members(group, &members);
    }

    /// Replaces the roles of the group.
    pub fn set_group_roles(&self, group: &str, roles: &[&str]) {
        self.expect("PUT", &self.group(group), &json!({"roles": self.roles(roles)}));
    }

    /// Adds an account with the e-mail `USERNAME@example.test` and the role `Public`, and returns its id.
    pub fn add_account(&self, username: &str) -> u64 {
        self.add_account_with(username, &json!({}))
    }

    /// The same with other values for some of `email`, `first_name`, `last_name`, `active`, `password`.
    pub fn add_account_with(&self, username: &str, values: &Value) -> u64 {
        let mut account = json!({
            "username": username, "email": format!("{username}@example.test"), "first_name": username,
            "last_name": "Person", "active": true, "password": super::PASSWORD, "roles": self.roles(&["Public"]),
        });
        for (name, value) in values.as_object().expect("an object") {
            account[name] = value.clone();
        }
        id(&self.expect("POST", "users/", &account))
    }

    /// Changes some of an account's `username`, `email`, `active`, `password`, …
    pub fn change_account(&self, username: &str, change: &Value) {
        self.expect("PUT", &self.account(username), change);
    }

    /// Replaces the roles of the account itself.
    pub fn set_account_roles(&self, username: &str, roles: &[&str]) {
        self.change_account(username, &json!({"roles": self.roles(roles)}));
    }

    /// Deletes the account.
    pub fn delete_account(&self, username: &str) {
        self.expect("DELETE", &self.account(username), &Value::Null);
    }

    /// Adds a role without any right, and returns its id.
    pub fn add_role(&self, name: &str) -> u64 {
        id(&self.expect("POST", "roles/", &json!({"name": name})))
    }

    /// Deletes a role, which also removes it from groups and accounts.
    pub fn delete_role(&self, name: &str) {
        let id = self.roles(&[name])[0];
        self.expect("DELETE", &format!("roles/{id}"), &Value::Null);
    }

    /// Sends a request below `/api/v1/security/` and returns the answer, also if it is a refusal.
    pub fn call(&self, method: &str, path: &str, body: &Value) -> Message {
        let path = format!("/api/v1/security/{path}");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let token = (!self.token.is_empty()).then_some(self.token.as_str());
        let answer = Connection::open(&self.address).and_then(|mut server| server.call(method, &path, token, &body));
        answer.unwrap_or_else(|error| panic!("{method} {path} {body}: {error}"))
    }

    fn expect(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.call(method, path, body);
        assert!(answer.status() < 300, "{method} {path} {body}: {} {}", answer.first, answer.text());
        serde_json::from_slice(&answer.body).expect("JSON")
    }

    fn content(&self) -> Content {
        Content::of(&self.address)
    }

    fn group(&self, name: &str) -> String {
        format!("groups/{}", self.content().group(name).id)
    }

    fn account(&self, username: &str) -> String {
        format!("users/{}", self.content().account(username).id)
    }

    fn roles(&self, names: &[&str]) -> Vec<u64> {
        let roles = self.content().roles;
        names.iter().map(|name| *roles.get(*name).unwrap_or_else(|| panic!("no role {name}: {roles:?}"))).collect()
    }
}

fn id(answer: &Value) -> u64 {
    answer["id"].as_u64().unwrap_or_else(|| panic!("no id: {answer}"))
}
