//! A realm, and its administrator at work, with the means of the administration API and without SCIM.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::Keycloak;

const REALM: &str = include_str!("../../../examples/scim/keycloak/realm.json");
const PROFILE: &str = include_str!("../../../examples/scim/keycloak/user-profile.json");

/// Which attributes users of a realm may, must and cannot have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// As `docs/scim.md` says: names and addresses may be missing, display names and external ids are kept.
    Documented,
    /// As a new realm has it.
    Untouched,
}

/// A realm with a client for the program under test.
#[derive(Debug)]
pub struct Realm<'a> {
    server: &'a Keycloak,
    name: String,
}

impl<'a> Realm<'a> {
    /// The id of the client.
    pub const CLIENT_ID: &'static str = "directory-group-sync";
    /// Its secret.
    pub const CLIENT_SECRET: &'static str = "let me in";

    pub(super) fn create(server: &'a Keycloak, profile: Profile) -> Self {
        static CREATED: AtomicUsize = AtomicUsize::new(0);
        let realm = Self { server, name: format!("r{}", CREATED.fetch_add(1, Ordering::Relaxed)) };
        let mut definition: Value = serde_json::from_str(REALM).expect("JSON");
        definition["realm"] = realm.name.clone().into();
        let client = &mut definition["clients"][0];
        client["secret"] = Self::CLIENT_SECRET.into();
        client["protocolMappers"][0]["config"]["included.custom.audience"] = realm.url().into();
        server.administrate("POST", "", Some(&definition));
        if profile == Profile::Documented {
            realm.set_profile(&serde_json::from_str(PROFILE).expect("JSON"));
        }
        realm
    }

    /// Where its SCIM service is, below the server's URL.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/realms/{}/scim/v2", self.name)
    }

    /// The URL of its SCIM service.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}{}", self.server.url(), self.path())
    }

    /// Where it gives tokens, below the server's URL.
    #[must_use]
    pub fn token_path(&self) -> String {
        format!("/realms/{}/protocol/openid-connect/token", self.name)
    }

    /// From now on users have these attributes.
    pub fn set_profile(&self, profile: &Value) {
        self.call("PUT", "/users/profile", Some(profile));
    }

    /// Changes settings of the realm.
    pub fn change(&self, settings: &Value) {
        self.call("PUT", "", Some(settings));
    }

    /// All accounts, or all groups: `users` or `groups`.
    #[must_use]
    pub fn all(&self, what: &str) -> Vec<Value> {
        let all = self.call("GET", &format!("/{what}?max=100000"), None);
        all.as_array().expect("a list").clone()
    }

    /// The account of this username, or the group of this name.
    #[must_use]
    pub fn named(&self, what: &str, name: &str) -> Value {
        let key = if what == "users" { "username" } else { "name" };
        let all = self.all(what);
        all.iter().find(|it| it[key] == name).unwrap_or_else(|| panic!("no {name} among {all:?}")).clone()
    }

    /// Creates an account with names.
    pub fn create_account(&self, username: &str, email: &str) {
        let body = json!({
            "username": username, "email": email, "enabled": true, "firstName": "First", "lastName": "Last",
        });
        self.call("POST", "/users", Some(&body));
    }

    /// Creates a group.
    pub fn create_group(&self, name: &str) {
        self.call("POST", "/groups", Some(&json!({ "name": name })));
    }

    /// Deletes an account or a group.
    pub fn delete(&self, what: &str, name: &str) {
        self.call("DELETE", &format!("/{what}/{}", id(&self.named(what, name))), None);
    }

    /// Deletes all accounts and groups.
    pub fn empty(&self) {
        for what in ["users", "groups"] {
            for it in self.all(what) {
                self.call("DELETE", &format!("/{what}/{}", id(&it)), None);
            }
        }
    }

    /// The usernames of a group, sorted.
    #[must_use]
    pub fn members(&self, group: &str) -> Vec<String> {
        let path = format!("/groups/{}/members?max=100000", id(&self.named("groups", group)));
        let members = self.call("GET", &path, None);
        let username = |member: &Value| member["username"].as_str().expect("a username").to_owned();
        let mut usernames: Vec<String> = members.as_array().expect("a list").iter().map(username).collect();
        usernames.sort();
        usernames
    }

    /// Adds an account to a group, or removes it.
    pub fn set_member(&self, group: &str, username: &str, is_member: bool) {
        let (group, user) = (self.named("groups", group), self.named("users", username));
        let method = if is_member { "PUT" } else { "DELETE" };
        self.call(method, &format!("/users/{}/groups/{}", id(&user), id(&group)), None);
    }

    /// From now on accounts have no attribute of this name.
    pub fn forget_attribute(&self, name: &str) {
        let mut profile = self.call("GET", "/users/profile", None);
        profile["attributes"].as_array_mut().expect("a list").retain(|attribute| attribute["name"] != name);
        self.set_profile(&profile);
    }

    /// From now on the tokens of the client are not meant for the SCIM service.
    pub fn forget_audience(&self) {
        let client = self.client(Self::CLIENT_ID);
        for mapper in client["protocolMappers"].as_array().expect("a list") {
            self.call("DELETE", &format!("/clients/{}/protocol-mappers/models/{}", id(&client), id(mapper)), None);
        }
    }

    /// From now on the client may not manage users.
    pub fn forget_role(&self) {
        let user =
            self.call("GET", &format!("/clients/{}/service-account-user", id(&self.client(Self::CLIENT_ID))), None);
        let management = self.client("realm-management");
        let path = format!("/users/{}/role-mappings/clients/{}", id(&user), id(&management));
        let roles = self.call("GET", &path, None);
        self.call("DELETE", &path, Some(&roles));
    }

    fn client(&self, name: &str) -> Value {
        self.call("GET", &format!("/clients?clientId={name}"), None)[0].clone()
    }

    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        self.server.administrate(method, &format!("/{}{path}", self.name), body)
    }
}

fn id(object: &Value) -> &str {
    object["id"].as_str().expect("an id")
}
