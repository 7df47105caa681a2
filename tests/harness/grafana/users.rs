//! Users of the server, and who of them is in the organization.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::site::{Site, Who, no, yes};
use super::teams::text;
use crate::harness::double::Reply;

impl Site {
    pub(super) fn profile(&self, id: i64) -> Value {
        let user = &self.users[&id];
        json!({
            "id": id, "uid": user.uid, "email": user.email, "name": user.name, "login": user.login, "theme": "",
            "orgId": self.organization, "isGrafanaAdmin": user.is_server_admin, "isDisabled": user.is_disabled,
            "isExternal": user.is_external, "isExternallySynced": user.is_external,
            "isGrafanaAdminExternallySynced": false, "isProvisioned": false, "authLabels": labels(user.is_external),
            "updatedAt": "2026-01-01T00:00:00Z", "createdAt": "2026-01-01T00:00:00Z", "avatarUrl": "/avatar/0",
        })
    }

    pub(super) fn organization_users(&self, who: Who) -> Reply {
        let members = self.users.iter().filter(|(id, user)| user.role.is_some() && self.shows(who, **id));
        let mut members: Vec<_> = members.collect();
        // By login and e-mail address, not by id.
        members.sort_by_key(|(_, user)| (&user.login, &user.email));
        let row = members.into_iter().map(|(id, user)| {
            json!({
                "orgId": self.organization, "userId": id, "uid": user.uid, "email": user.email, "name": user.name,
                "avatarUrl": "/avatar/0", "login": user.login, "role": user.role,
                "lastSeenAt": "2016-01-01T00:00:00Z", "lastSeenAtAge": "10 years", "isDisabled": user.is_disabled,
                "authLabels": labels(user.is_external), "isExternallySynced": user.is_external, "isProvisioned": false,
            })
        });
        (200, Some(row.collect()))
    }

    pub(super) fn add_to_organization(&mut self, body: &Value) -> Reply {
        let Some(id) = self.user_id(&text(body, "loginOrEmail")) else { return no(404, "user not found") };
        let user = self.users.get_mut(&id).expect("its user");
        if user.role.is_some() {
            return no(409, "User is already member of this organization");
        }
        user.role = Some(text(body, "role"));
        (200, Some(json!({"message": "User added to organization", "userId": id})))
    }

    pub(super) fn set_role(&mut self, id: i64, body: &Value) -> Reply {
        let is_admin = |role: &Option<String>| role.as_deref() == Some("Admin");
        let others = self.users.iter().any(|(other, user)| *other != id && is_admin(&user.role));
        let Some(user) = self.users.get_mut(&id).filter(|user| user.role.is_some()) else {
            return no(500, "Failed update org user");
        };
        if is_admin(&user.role) && !others {
            return no(400, "Cannot change role so that there is no organization admin left");
        }
        user.role = Some(text(body, "role"));
        yes("Organization user updated")
    }

    pub(super) fn search_users(&self, query: &BTreeMap<String, String>) -> Reply {
        let mut users: Vec<_> = self.users.iter().collect();
        users.sort_by_key(|(_, user)| (&user.login, &user.email));
        let row = users.into_iter().map(|(id, user)| {
            json!({
                "id": id, "uid": user.uid, "name": user.name, "login": user.login, "email": user.email,
                "avatarUrl": "/avatar/0", "isAdmin": user.is_server_admin, "isDisabled": user.is_disabled,
                "lastSeenAt": "2016-01-01T00:00:00Z", "lastSeenAtAge": "10 years",
                "authLabels": labels(user.is_external), "isProvisioned": false,
            })
        });
        self.page("users", row.collect(), query)
    }

    pub(super) fn show_user(&self, id: i64) -> Reply {
        if !self.users.contains_key(&id) {
            return no(404, "user not found");
        }
        (200, Some(self.profile(id)))
    }

    /// Whether another user has one of these as login or e-mail address.
    fn is_taken(&self, id: i64, login: &str, email: &str) -> bool {
        let has = |name: &str| !name.is_empty() && self.user_id(name).is_some_and(|other| other != id);
        has(login) || has(email)
    }

    pub(super) fn change_user(&mut self, id: i64, body: &Value) -> Reply {
        let [login, email, name] = ["login", "email", "name"].map(|key| text(body, key));
        let Some(user) = self.users.get(&id) else { return no(404, "user not found") };
        if user.is_external {
            return no(403, "User info cannot be updated for external Users");
        }
        if self.is_taken(id, &login, &email) {
            return no(409, "Update would result in user login conflict");
        }
        let user = self.users.get_mut(&id).expect("its user");
        // An empty text changes nothing.
        for (text, field) in
            [(login.to_lowercase(), &mut user.login), (email.to_lowercase(), &mut user.email), (name, &mut user.name)]
        {
            if !text.is_empty() {
                *field = text;
            }
        }
        yes("User updated")
    }

    pub(super) fn create_user(&mut self, body: &Value) -> Reply {
        let [mut login, mut email, name] = ["login", "email", "name"].map(|key| text(body, key).trim().to_owned());
        if self.fails {
            return no(500, "failed to create user");
        }
        if login.is_empty() {
            login.clone_from(&email);
        }
        if login.is_empty() || body["orgId"].as_i64() != Some(self.organization) {
            return no(400, "Validation error, need specify either username or email");
        }
        if email.is_empty() {
            email.clone_from(&login);
        }
        if self.is_taken(self.next_user(), &login, &email) {
            return no(412, &format!("User with email '{email}' or username '{login}' already exists"));
        }
        let id = self.add_user(&login.to_lowercase(), &email.to_lowercase());
        let role = self.auto_assigns.then(|| self.auto_assigned_role.clone());
        let user = self.users.get_mut(&id).expect("a new user");
        (user.name, user.role) = (name, role);
        (200, Some(json!({"id": id, "uid": user.uid, "message": "User created"})))
    }

    pub(super) fn disable_user(&mut self, id: i64, verb: &str) -> Reply {
        let Some(user) = self.users.get_mut(&id) else { return no(404, "user not found") };
        if user.is_external {
            return no(500, &format!("Could not {verb} external user"));
        }
        user.is_disabled = verb == "disable";
        yes(&format!("User {verb}d"))
    }

    pub(super) fn log_out(&mut self, who: Who, id: i64) -> Reply {
        if who == Who::User(id) {
            return no(400, "You cannot logout yourself");
        }
        let Some(user) = self.users.get_mut(&id) else { return no(404, "user not found") };
        user.log_outs += 1;
        yes("User logged out")
    }
}

fn labels(is_external: bool) -> Value {
    if is_external { json!(["LDAP"]) } else { json!([]) }
}
