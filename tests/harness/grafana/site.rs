//! What a Grafana server has, with settings for what differs between versions and installations.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::harness::double::Reply;

/// A user of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The text id.
    pub uid: String,
    /// The login.
    pub login: String,
    /// The e-mail address, which may be empty.
    pub email: String,
    /// The person's name.
    pub name: String,
    /// The role in the organization; `None`: not a member of it.
    pub role: Option<String>,
    /// Whether the user may not sign in.
    pub is_disabled: bool,
    /// Whether the user administrates the server.
    pub is_server_admin: bool,
    /// Whether the user has signed in by LDAP, OAuth or SAML.
    pub is_external: bool,
    /// How often all sessions were ended.
    pub log_outs: usize,
}

/// A team.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Team {
    /// The text id.
    pub uid: String,
    /// Its name.
    pub name: String,
    /// Its e-mail address.
    pub email: String,
    /// Whether an identity provider manages it by SCIM.
    pub is_provisioned: bool,
    /// By the id of the user.
    pub members: BTreeMap<i64, Member>,
    /// The groups of a directory that team sync takes its members from.
    pub external_groups: Vec<String>,
}

/// A membership.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Member {
    /// Whether it administrates the team.
    pub is_admin: bool,
    /// Whether team sync made it.
    pub is_external: bool,
}

/// A server.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Site {
    /// By id.
    pub users: BTreeMap<i64, User>,
    /// By id.
    pub teams: BTreeMap<i64, Team>,
    /// The id of the organization.
    pub organization: i64,
    /// Its version.
    pub version: (u32, u32),
    /// Whether it is Grafana Enterprise, with team sync.
    pub is_enterprise: bool,
    /// Whether teams are served by the new API behind the old paths.
    pub is_redirected: bool,
    /// Whether that new API is down.
    pub is_unavailable: bool,
    /// Whether new users come into the organization by themselves, and with which role.
    pub auto_assigns: bool,
    /// See above.
    pub auto_assigned_role: String,
    /// The logins that are shown to server administrators only.
    pub hidden: BTreeSet<String>,
    /// The most rows of a page.
    pub page_max: usize,
    /// Added to every `totalCount`.
    pub total_lie: i64,
    /// What it answers to a rename to a name that is taken.
    pub taken: u16,
    /// The role of the service account.
    pub role_of_token: String,
    /// Whether everything that is created fails: 500.
    pub fails: bool,
    given: i64,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    ServiceAccount,
    User(i64),
}

impl Default for Site {
    fn default() -> Self {
        let mut site = Self {
            users: BTreeMap::new(),
            teams: BTreeMap::new(),
            organization: 1,
            version: (12, 3),
            is_enterprise: false,
            is_redirected: false,
            is_unavailable: false,
            auto_assigns: true,
            auto_assigned_role: "Editor".to_owned(),
            hidden: BTreeSet::new(),
            page_max: 1_000,
            total_lie: 0,
            taken: 400,
            role_of_token: "Admin".to_owned(),
            fails: false,
            given: 0,
        };
        for login in ["admin", "sync"] {
            let id = site.add_user(login, &format!("{login}@localhost"));
            let user = site.users.get_mut(&id).expect("its user");
            (user.is_server_admin, user.role) = (true, Some("Admin".to_owned()));
        }
        site.given = 100;
        site
    }
}

/// An answer that says no.
pub(super) fn no(status: u16, message: &str) -> Reply {
    (status, Some(json!({ "message": message })))
}

/// An answer that says yes.
pub(super) fn yes(message: &str) -> Reply {
    (200, Some(json!({ "message": message })))
}

/// What an administrator of the organization may do.
const OF_ADMINISTRATORS: [&str; 9] = [
    "org.users:read",
    "org.users:add",
    "org.users:write",
    "teams:create",
    "teams:read",
    "teams:write",
    "teams:delete",
    "teams.permissions:read",
    "teams.permissions:write",
];
/// What an administrator of the server may do, too.
const OF_SERVER_ADMINISTRATORS: [&str; 6] =
    ["users:read", "users:create", "users:write", "users:disable", "users:enable", "users:logout"];

impl Site {
    /// Creates a user of the organization by hand.
    pub fn add_user(&mut self, login: &str, email: &str) -> i64 {
        self.given += 1;
        let user = User {
            uid: format!("u{:09}", self.given),
            login: login.to_owned(),
            email: email.to_owned(),
            name: String::new(),
            role: Some("Viewer".to_owned()),
            is_disabled: false,
            is_server_admin: false,
            is_external: false,
            log_outs: 0,
        };
        self.users.insert(self.given, user);
        self.given
    }

    /// Creates a team by hand.
    pub fn add_team(&mut self, name: &str) -> i64 {
        self.given += 1;
        let team = Team { uid: format!("t{:09}", self.given), name: name.to_owned(), ..Team::default() };
        self.teams.insert(self.given, team);
        self.given
    }

    /// The id of a user, by login or e-mail address, without regard to case.
    #[must_use]
    pub fn user_id(&self, name: &str) -> Option<i64> {
        let is_it = |user: &User| user.login.eq_ignore_ascii_case(name) || user.email.eq_ignore_ascii_case(name);
        self.users.iter().find(|(_, user)| is_it(user)).map(|(id, _)| *id)
    }

    /// The user of this login.
    pub fn user_mut(&mut self, login: &str) -> &mut User {
        self.users.values_mut().find(|user| user.login == login).expect("a user of this login")
    }

    /// The id of a team.
    #[must_use]
    pub fn team_id(&self, name: &str) -> Option<i64> {
        self.teams.iter().find(|(_, team)| team.name == name).map(|(id, _)| *id)
    }

    /// The team of this name.
    pub fn team_mut(&mut self, name: &str) -> &mut Team {
        self.teams.values_mut().find(|team| team.name == name).expect("a team of this name")
    }

    /// Adds a user to a team by hand.
    pub fn join(&mut self, team: &str, login: &str, member: Member) {
        let id = self.user_id(login).expect("a user of this login");
        self.team_mut(team).members.insert(id, member);
    }

    /// The logins of a team's members, in order; administrators of the team with `*`.
    #[must_use]
    pub fn members(&self, team: &str) -> Vec<String> {
        let team = &self.teams[&self.team_id(team).expect("a team of this name")];
        let login =
            |(id, it): (&i64, &Member)| format!("{}{}", self.users[id].login, if it.is_admin { "*" } else { "" });
        let mut logins: Vec<String> = team.members.iter().map(login).collect();
        logins.sort_unstable();
        logins
    }

    /// Deletes a user by hand.
    pub fn remove_user(&mut self, id: i64) {
        self.users.remove(&id);
        for team in self.teams.values_mut() {
            team.members.remove(&id);
        }
    }

    pub(super) fn next_user(&self) -> i64 {
        self.given + 1
    }

    /// Whether a user is shown to somebody.
    pub(super) fn shows(&self, who: Who, id: i64) -> bool {
        let is_server_admin = matches!(who, Who::User(own) if own == id || self.users[&own].is_server_admin);
        is_server_admin || !self.hidden.contains(&self.users[&id].login)
    }

    pub(super) fn may(&self, who: Who, action: &str) -> bool {
        let (role, is_server_admin) = match who {
            Who::ServiceAccount => (Some(&self.role_of_token), false),
            Who::User(id) => (self.users[&id].role.as_ref(), self.users[&id].is_server_admin),
        };
        (role.is_some_and(|role| role == "Admin") && OF_ADMINISTRATORS.contains(&action))
            || (is_server_admin && OF_SERVER_ADMINISTRATORS.contains(&action))
    }

    pub(super) fn health(&self) -> Reply {
        let (major, minor) = self.version;
        let mut health = json!({"commit": "0", "database": "ok", "version": format!("{major}.{minor}.1")});
        if self.is_enterprise {
            health["enterpriseCommit"] = "0".into();
        }
        (200, Some(health))
    }

    pub(super) fn organization(&self) -> Reply {
        (200, Some(json!({"id": self.organization, "name": "Main Org.", "address": {}})))
    }

    pub(super) fn own_profile(&self, who: Who) -> Reply {
        let profile = match who {
            Who::ServiceAccount => json!({"login": "sa-1-sync", "isGrafanaAdmin": false, "orgId": self.organization}),
            Who::User(id) => self.profile(id),
        };
        (200, Some(profile))
    }

    pub(super) fn permissions(&self, who: Who) -> Reply {
        let all = OF_ADMINISTRATORS.iter().chain(&OF_SERVER_ADMINISTRATORS).filter(|action| self.may(who, action));
        let scopes = |action: &&str| ((*action).to_owned(), json!(["*"]));
        (200, Some(Value::Object(all.map(scopes).collect())))
    }

    /// Rows of a page, and how many there are in all.
    pub(super) fn page(&self, key: &str, mut rows: Vec<Value>, query: &BTreeMap<String, String>) -> Reply {
        let number =
            |name: &str, default: usize| query.get(name).map_or(default, |text| text.parse().unwrap_or(default));
        let (page, size) = (number("page", 1), number("perpage", 1_000).min(self.page_max));
        let (total, first) = (rows.len(), (page - 1) * size);
        rows = rows.drain(first.min(total)..).take(size).collect();
        let said = i64::try_from(total).expect("a small number") + self.total_lie;
        (200, Some(json!({"totalCount": said, key: rows, "page": page, "perPage": size})))
    }
}
