//! A double of Grafana, in memory: the parts of its HTTP API that are about teams, organizations and users. Grafana itself is
//! not installed here.
//!
//! It is strict. `contract.json` is our own writing of what the vendor's documents, client and sources say: paths, queries,
//! bodies and answers by status. A request that is not in it fails the test, and so does an answer of the double itself.

mod members;
pub mod site;
mod teams;
mod users;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

pub use site::Site;
use site::{Who, no};

use super::contract::{Contract, Coverage};
use super::double::{Double, Reply};
use super::http::Message;

/// A running double, over HTTP without TLS.
pub struct Grafana {
    double: Double,
    shared: Arc<Shared>,
}

/// `tests/harness/grafana/contract.json`, read.
pub static OPERATIONS: LazyLock<Contract> = LazyLock::new(|| Contract::read(include_str!("grafana/contract.json")));

struct Shared {
    coverage: Coverage,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    site: Site,
    violations: Vec<String>,
}

/// The login of the server administrator for the program under test.
pub const USERNAME: &str = "sync";
/// Its password.
pub const PASSWORD: &str = "Correct-horse-1";
/// The token of a service account.
pub const TOKEN: &str = "glsa_token-of-sync";

impl Grafana {
    /// A server of a present version, with one organization.
    #[must_use]
    pub fn start() -> Self {
        Self::noting(Coverage::default())
    }

    /// The same. What is exercised is noted there.
    #[must_use]
    pub fn noting(coverage: Coverage) -> Self {
        let shared = Arc::new(Shared { coverage, state: Mutex::default() });
        let answering = Arc::clone(&shared);
        Self { double: Double::start(move |message| answering.answer(message)), shared }
    }

    /// Host and port.
    #[must_use]
    pub fn address(&self) -> String {
        self.double.address()
    }

    /// Looks at the server, or changes it by hand.
    pub fn with<T>(&self, look: impl FnOnce(&mut Site) -> T) -> T {
        look(&mut self.shared.lock().site)
    }
}

impl Drop for Grafana {
    fn drop(&mut self) {
        let violations = std::mem::take(&mut self.shared.lock().violations);
        assert!(thread::panicking() || violations.is_empty(), "the contract was broken: {violations:#?}");
    }
}

impl fmt::Debug for Grafana {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Grafana").field("address", &self.address()).finish_non_exhaustive()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, message: &Message) -> Reply {
        let mut state = self.lock();
        self.checked(message, &mut state.site).unwrap_or_else(|violation| {
            state.violations.push(violation.clone());
            no(599, &violation)
        })
    }

    fn checked(&self, message: &Message, site: &mut Site) -> Result<Reply, String> {
        let mut words = message.first.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let operation =
            OPERATIONS.operation(method, path).ok_or_else(|| format!("{method} {path} is not in the contract"))?;
        let query: BTreeMap<String, String> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let body: Option<Value> = match message.text() {
            text if text.is_empty() => None,
            text => Some(serde_json::from_str(&text).map_err(|error| format!("{method} {path}: {error}"))?),
        };
        if body.is_some() && message.header("content-type") != Some("application/json") {
            return Err(format!("{method} {path}: the body is not application/json"));
        }
        operation.check_request(&query, body.as_ref())?;
        if message.header("x-grafana-org-id").is_none_or(|id| id.parse::<i64>().is_err()) {
            return Err(format!("{method} {path}: it does not name an organization"));
        }
        let segments: Vec<String> = path
            .split('/')
            .skip(2)
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let (status, answer) = reply(site, message, (method, &segments), &query, &body.unwrap_or_default())?;
        operation.check_answer(status, answer.as_ref())?;
        self.coverage.note(operation, status);
        Ok((status, answer))
    }
}

fn reply(
    site: &mut Site,
    message: &Message,
    (method, segments): (&str, &[&str]),
    query: &BTreeMap<String, String>,
    body: &Value,
) -> Result<Reply, String> {
    if segments == ["health"] {
        return Ok(site.health());
    }
    let who = match who(site, message) {
        Ok(who) => who,
        Err(reply) => return Ok(reply),
    };
    if let Some(action) = needed(method, segments).filter(|action| !site.may(who, action)) {
        let message =
            format!("You'll need additional permissions to perform this action. Permissions needed: {action}");
        return Ok((403, Some(json!({"accessErrorId": "ACE0", "message": message, "title": "Access denied"}))));
    }
    Ok(match (method, segments) {
        ("GET", ["org"]) => site.organization(),
        ("GET", ["user"]) => site.own_profile(who),
        ("GET", ["access-control", "user", "permissions"]) => site.permissions(who),
        ("GET", ["org", "users"]) => site.organization_users(who),
        ("POST", ["org", "users"]) => site.add_to_organization(body),
        ("PATCH", ["org", "users", id]) => site.set_role(number(id), body),
        ("GET", ["teams", "search"]) => site.search_teams(query),
        ("POST", ["teams"]) => site.create_team(who, body),
        ("GET", ["teams", team]) => site.show_team(team),
        ("PUT", ["teams", team]) => site.change_team(team, body),
        ("DELETE", ["teams", team]) => site.delete_team(team),
        ("GET", ["teams", team, "members"]) => site.list_members(who, team),
        ("PUT", ["teams", _, "members"]) if site.version < (11, 1) => {
            return Err("this version has no PUT /api/teams/:teamId/members".to_owned());
        }
        ("PUT", ["teams", team, "members"]) => site.set_members(team, body),
        ("POST", ["teams", team, "members"]) => site.add_member(team, body),
        ("DELETE", ["teams", team, "members", user]) => site.remove_member(team, number(user)),
        ("GET", ["teams", team, "groups"]) => site.list_external_groups(team),
        ("GET", ["users", "search"]) => site.search_users(query),
        ("GET", ["users", id]) => site.show_user(number(id)),
        ("PUT", ["users", id]) => site.change_user(number(id), body),
        ("POST", ["admin", "users"]) => site.create_user(body),
        ("POST", ["admin", "users", id, "logout"]) => site.log_out(who, number(id)),
        ("POST", ["admin", "users", id, verb]) => site.disable_user(number(id), verb),
        _ => return Err(format!("the double does not know {method} {segments:?}")),
    })
}

/// What an operation needs.
fn needed(method: &str, segments: &[&str]) -> Option<&'static str> {
    Some(match (method, segments) {
        ("GET", ["org", "users"]) => "org.users:read",
        ("POST", ["org", "users"]) => "org.users:add",
        ("PATCH", ["org", "users", _]) => "org.users:write",
        ("POST", ["teams"]) => "teams:create",
        ("GET", ["teams", _]) => "teams:read",
        ("PUT", ["teams", _]) => "teams:write",
        ("DELETE", ["teams", _]) => "teams:delete",
        ("GET", ["teams", ..]) => "teams.permissions:read",
        (_, ["teams", ..]) => "teams.permissions:write",
        ("GET", ["users", ..]) => "users:read",
        ("PUT", ["users", _]) => "users:write",
        ("POST", ["admin", "users"]) => "users:create",
        (_, ["admin", "users", _, "disable"]) => "users:disable",
        (_, ["admin", "users", _, "enable"]) => "users:enable",
        (_, ["admin", "users", _, "logout"]) => "users:logout",
        _ => return None,
    })
}

fn who(site: &Site, message: &Message) -> Result<Who, Reply> {
    let header = message.header("authorization").unwrap_or_default();
    if let Some(token) = header.strip_prefix("Bearer ") {
        return if token == TOKEN { Ok(Who::ServiceAccount) } else { Err(no(401, "Invalid API key")) };
    }
    let credentials = header.strip_prefix("Basic ").and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
    let credentials = String::from_utf8_lossy(&credentials);
    match credentials.split_once(':') {
        Some((login, PASSWORD)) => site.user_id(login).map(Who::User),
        _ => None,
    }
    .ok_or_else(|| no(401, "Invalid username or password"))
}

fn number(text: &str) -> i64 {
    text.parse().unwrap_or_default()
}
