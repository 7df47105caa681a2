//! A double of Bold BI, in memory, with versions 5.0 and 4.0 of its REST API. There is no other server to test against: it
//! needs a license and machines of its own.
//!
//! It is strict. `contract.json` is our own writing of what the vendor's documents say: paths, queries, bodies and answers by
//! status. A request that is not in it fails the test, and so does an answer of the double itself.

pub mod site;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

pub use site::Site;
use site::no;

use super::contract::{Contract, Coverage};
use super::double::{Double, Reply};
use super::http::Message;

/// A running double, over HTTP without TLS.
pub struct BoldBi {
    double: Double,
    shared: Arc<Shared>,
}

/// `tests/harness/bold_bi/contract.json`.
pub const CONTRACT: &str = include_str!("bold_bi/contract.json");

/// The same, read.
pub static OPERATIONS: LazyLock<Contract> = LazyLock::new(|| Contract::read(CONTRACT));

struct Shared {
    /// The path of the API, such as `/bi/api/site/site1`.
    base: &'static str,
    versions: &'static [&'static str],
    coverage: Coverage,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    site: Site,
    tokens: BTreeSet<String>,
    expires_in: Option<Value>,
    sign_ins: usize,
    violations: Vec<String>,
}

/// The identifier of the site.
pub const SITE: &str = "site1";
/// The username of the account for the program under test.
pub const USERNAME: &str = "sync";
/// Its password.
pub const PASSWORD: &str = "Correct-horse-1";
/// The site's embed secret.
pub const EMBED_SECRET: &str = "embed-secret-of-site1";
/// A key of the account.
pub const API_KEY: &str = "key-of-sync";

impl BoldBi {
    /// A site with version 5.0 of the API, and 4.0.
    #[must_use]
    pub fn start() -> Self {
        Self::serving(&["v5.0", "v4.0"], Coverage::default())
    }

    /// The same with these versions alone. What is exercised is noted there.
    #[must_use]
    pub fn serving(versions: &'static [&'static str], coverage: Coverage) -> Self {
        Self::at("/bi/api/site/site1", versions, coverage)
    }

    /// A site of the cloud, which has a host of its own.
    #[must_use]
    pub fn in_the_cloud() -> Self {
        Self::at("/bi/api", &["v5.0"], Coverage::default())
    }

    fn at(base: &'static str, versions: &'static [&'static str], coverage: Coverage) -> Self {
        let state = State { expires_in: Some(json!("86399")), ..State::default() };
        let shared = Arc::new(Shared { base, versions, coverage, state: Mutex::new(state) });
        let answering = Arc::clone(&shared);
        Self { double: Double::start(move |message| answering.answer(message)), shared }
    }

    /// Host and port.
    #[must_use]
    pub fn address(&self) -> String {
        self.double.address()
    }

    /// Looks at the site, or changes it by hand.
    pub fn with<T>(&self, look: impl FnOnce(&mut Site) -> T) -> T {
        look(&mut self.shared.lock().site)
    }

    /// Forgets all tokens.
    pub fn revoke_tokens(&self) {
        self.shared.lock().tokens.clear();
    }

    /// What sign-ins say of the time that a token is good for.
    pub fn tokens_expire_in(&self, seconds: Option<Value>) {
        self.shared.lock().expires_in = seconds;
    }

    /// How often somebody has signed in.
    #[must_use]
    pub fn sign_ins(&self) -> usize {
        self.shared.lock().sign_ins
    }
}

impl Drop for BoldBi {
    fn drop(&mut self) {
        let violations = std::mem::take(&mut self.shared.lock().violations);
        assert!(thread::panicking() || violations.is_empty(), "the contract was broken: {violations:#?}");
    }
}

impl fmt::Debug for BoldBi {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("BoldBi").field("address", &self.address()).finish_non_exhaustive()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, message: &Message) -> Reply {
        let mut state = self.lock();
        self.checked(message, &mut state).unwrap_or_else(|violation| {
            state.violations.push(violation.clone());
            no(599, &violation)
        })
    }

    fn checked(&self, message: &Message, state: &mut State) -> Result<Reply, String> {
        let mut words = message.first.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = path.strip_prefix(self.base).ok_or_else(|| format!("{target} is not below {}", self.base))?;
        let operation =
            OPERATIONS.operation(method, path).ok_or_else(|| format!("{method} {path} is not in the contract"))?;
        let query = fields(query);
        let body = match message.text() {
            text if text.is_empty() => None,
            text if operation.is_form => Some(json!(fields(&text))),
            text => Some(serde_json::from_str(&text).map_err(|error| format!("{method} {path}: {error}"))?),
        };
        let content_type = if operation.is_form { "application/x-www-form-urlencoded" } else { "application/json" };
        if body.is_some() && message.header("content-type") != Some(content_type) {
            return Err(format!("{method} {path}: the body is not {content_type}"));
        }
        // A request without its body, which the server answers, is what a proxy may make of it.
        if body.is_some() || method == "GET" {
            operation.check_request(&query, body.as_ref())?;
        }
        let segments: Vec<String> = path
            .split('/')
            .skip(1)
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        if segments[0] != "token" && !self.versions.contains(&segments[0]) {
            return Ok((404, None));
        }
        let (status, answer) = state.reply(method, &segments, &query, body.as_ref(), message);
        operation.check_answer(status, answer.as_ref())?;
        self.coverage.note(operation, status);
        Ok((status, answer))
    }
}

impl State {
    fn reply(
        &mut self,
        method: &str,
        segments: &[&str],
        query: &BTreeMap<String, String>,
        body: Option<&Value>,
        message: &Message,
    ) -> Reply {
        if segments == ["token"] {
            return self.token(body);
        }
        let bearer = message.header("authorization").and_then(|header| header.strip_prefix("Bearer "));
        if !bearer.is_some_and(|token| token == API_KEY || self.tokens.contains(token)) {
            return no(401, "Access denied.");
        }
        let (version, rest) = segments.split_first().expect("a version");
        let id = |text: &str| text.parse().unwrap_or_default();
        let site = &mut self.site;
        match (method, rest, body) {
            ("GET", ["users"], _) => site.users(version, query),
            ("GET", ["users", name], _) => site.user(name, version),
            ("GET", ["groups"], _) => site.groups(version, query),
            ("GET", ["groups", group], _) => site.group(id(group)),
            ("GET", ["groups", group, "users"], _) => site.group_users(id(group), version, query),
            ("DELETE", ["users", name], _) => site.delete_user(name),
            ("DELETE", ["groups", group], _) => site.delete_group(id(group)),
            ("POST", ["users"], Some(body)) => site.add_user(body),
            ("PUT", ["users", name], Some(body)) => site.change_user(name, body),
            ("POST", ["groups"], Some(body)) => site.add_groups(body),
            ("PUT", ["groups", group], Some(body)) => site.change_group(id(group), body),
            ("POST", ["groups", group, "users"], Some(body)) => site.add_members(id(group), body),
            ("DELETE", ["groups", group, "users"], Some(body)) => site.remove_members(id(group), body),
            _ => no(400, "The content of the request body is missing or incomplete."),
        }
    }

    fn token(&mut self, body: Option<&Value>) -> Reply {
        let text = |key: &str| body.and_then(|body| body.get(key)).and_then(Value::as_str).unwrap_or_default();
        let secret = if text("grant_type") == "password" {
            (text("password"), PASSWORD)
        } else {
            (text("embed_secret"), EMBED_SECRET)
        };
        let Some(id) = self.site.account_id(text("username")) else { return no(404, "User detail not found.") };
        if secret.0 != secret.1 {
            return no(400, "The username or password you entered is incorrect.");
        }
        self.sign_ins += 1;
        let token = format!("token-{}", self.sign_ins);
        self.tokens.insert(token.clone());
        let mut answer = json!({"access_token": token, "token_type": "bearer", "Email": self.site.accounts[&id].email});
        if let Some(expires_in) = &self.expires_in {
            answer["expires_in"] = expires_in.clone();
        }
        (200, Some(answer))
    }
}

/// The fields of a query or a form.
fn fields(text: &str) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}
