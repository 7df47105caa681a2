//! Real SCIM servers, each a library of its own in a small program. `hack/scim-servers/build` installs them once a machine.

use std::fmt::Write as _;
use std::process::Command;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::http::Connection;
use super::loopback::Loopback;
use super::process::Process;
use super::{environment, folder};

/// The content of these files is the key in the cache, as in the script.
const FILES: [&str; 5] = [
    include_str!("../../hack/scim-servers/python.txt"),
    include_str!("../../hack/scim-servers/package.json"),
    include_str!("../../hack/scim-servers/package-lock.json"),
    include_str!("../../hack/scim-servers/scim2_server_app.py"),
    include_str!("../../hack/scim-servers/scimmy_app.mjs"),
];

/// Which library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Library {
    /// scim2-server, in Python.
    Scim2Server,
    /// scim2-server as it is: it takes members that do not exist, and keeps those that are deleted.
    LooseScim2Server,
    /// SCIMMY, in JavaScript. It sends the whole list, whatever page is asked for, and adds a member again.
    Scimmy,
}

/// A running server, over HTTP without TLS, which is empty when it starts.
#[derive(Debug)]
pub struct ScimServer {
    _process: Process,
    address: String,
    base: &'static str,
    _loopback: Loopback,
    _folder: TempDir,
}

impl ScimServer {
    /// The token that it takes.
    pub const TOKEN: &'static str = "correct-horse";

    /// Starts it.
    #[must_use]
    pub fn start(library: Library) -> Self {
        let (folder, loopback) = (folder::temporary("scim"), Loopback::claim());
        let (host, port, home) = (loopback.to_string(), loopback.free_port().to_string(), home());
        let (mut program, base) = match library {
            Library::Scim2Server | Library::LooseScim2Server => {
                let mut python = Command::new(home.join("bin/python"));
                python.arg("scim2_server_app.py");
                (python, "/v2")
            }
            Library::Scimmy => {
                let mut node = Command::new("node");
                node.arg("scimmy_app.mjs");
                (node, "/scim")
            }
        };
        program.args([&host, &port, Self::TOKEN]).current_dir(home);
        if library == Library::LooseScim2Server {
            program.arg("loose");
        }
        let mut process = Process::spawn("the SCIM server", program, &folder.path().join("log"));
        let address = format!("{host}:{port}");
        process.wait_until("answers", || Connection::open(&address).is_ok());
        Self { _process: process, address, base, _loopback: loopback, _folder: folder }
    }

    /// Host and port.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.clone()
    }

    /// The path of its SCIM service.
    #[must_use]
    pub const fn base(&self) -> &'static str {
        self.base
    }

    /// Does what a person does.
    pub fn create_account(&self, username: &str, email: &str) -> String {
        let schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];
        self.create("Users", &json!({"schemas": schemas, "userName": username, "emails": [{"value": email}]}))
    }

    /// The same with a group.
    pub fn create_group(&self, name: &str) -> String {
        let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
        self.create("Groups", &json!({"schemas": schemas, "displayName": name}))
    }

    /// The id of the account or group that has this name.
    #[must_use]
    pub fn id(&self, endpoint: &str, name: &str) -> String {
        let key = if endpoint == "Users" { "userName" } else { "displayName" };
        let all = self.resources(endpoint);
        let found = all.iter().find(|it| it[key] == name).unwrap_or_else(|| panic!("no {name} among {all:?}"));
        found["id"].as_str().expect("an id").to_owned()
    }

    /// Everything below an endpoint.
    #[must_use]
    pub fn resources(&self, endpoint: &str) -> Vec<Value> {
        let all = self.call("GET", &format!("{endpoint}?count=1000"), None);
        all["Resources"].as_array().cloned().unwrap_or_default()
    }

    /// Deletes an account or a group.
    pub fn delete(&self, endpoint: &str, name: &str) {
        let id = self.id(endpoint, name);
        self.call("DELETE", &format!("{endpoint}/{id}"), None);
    }

    /// Changes a group by one operation.
    pub fn patch_group(&self, name: &str, operation: &Value) {
        let id = self.id("Groups", name);
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
        let body = json!({"schemas": schemas, "Operations": [operation]});
        self.call("PATCH", &format!("Groups/{id}"), Some(&body));
    }

    fn create(&self, endpoint: &str, body: &Value) -> String {
        self.call("POST", endpoint, Some(body))["id"].as_str().expect("an id").to_owned()
    }

    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let mut connection = Connection::open(&self.address).expect("the server listens");
        let body = body.map(Value::to_string).unwrap_or_default();
        let path = format!("{}/{path}", self.base);
        let answer = connection.call(method, &path, Some(Self::TOKEN), &body).expect("an answer");
        assert!((200..300).contains(&answer.status()), "{method} {path}: {answer:?}");
        serde_json::from_slice(&answer.body).unwrap_or_default()
    }
}

fn home() -> std::path::PathBuf {
    let mut key = String::new();
    for octet in &Sha256::digest(FILES.concat())[..8] {
        let _ = write!(key, "{octet:02x}");
    }
    let folder = environment::cache().join("scim-servers").join(key);
    let python = environment::program(&[folder.join("bin/python")], "hack/scim-servers/build");
    python.ancestors().nth(2).expect("it was joined").to_owned()
}
