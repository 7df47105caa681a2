//! The program as people run it without a cluster, with a Superset.

use std::fs;
use std::process::{Child, Command, Output, Stdio};

use serde::Deserialize as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::Superset;
use crate::company::{BASE, exported, object, secret};
use crate::documents::merge;
use crate::harness::{FlaskAppBuilder, binary, folder};

const QUICK_START: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/quickstart/");

/// The files of one run: a directory in an LDIF, a DashboardServer and a sync, whose links are in `links.json`.
pub(super) struct Program {
    folder: TempDir,
    objects: Vec<Value>,
}

impl Program {
    /// All groups of this directory, into a Superset.
    pub(super) fn of(superset: &Superset, groups: &[(&str, &[&str])]) -> Self {
        let directory = json!({"baseDN": BASE, "ldif": {"path": "company.ldif"}});
        let sync = json!({
            "directoryRef": {"name": "corp"}, "dashboardServerRef": {"name": "dashboards"},
            "groups": [{"filter": "(objectClass=groupOfNames)"}],
        });
        let objects = vec![object("Directory", "corp", directory), object("DirectoryGroupSync", "teams", sync)];
        let program = Self::with(superset, objects);
        program.have(groups);
        program
    }

    /// The quick start's company, into a Superset.
    pub(super) fn of_quick_start(superset: &Superset) -> Self {
        let text = fs::read_to_string(format!("{QUICK_START}quickstart.yaml")).unwrap();
        let documents = serde_yaml::Deserializer::from_str(&text).map(|document| Value::deserialize(document).unwrap());
        let objects =
            documents.filter(|object| !["Secret", "DashboardServer"].iter().any(|kind| object["kind"] == *kind));
        let program = Self::with(superset, objects.collect());
        for name in ["company.ldif", "change.sh"] {
            fs::copy(format!("{QUICK_START}{name}"), program.folder().join(name)).unwrap();
        }
        program
    }

    fn with(superset: &Superset, mut objects: Vec<Value>) -> Self {
        let bot = FlaskAppBuilder::BOT;
        let server = json!({"superset": {
            "url": superset.proxy.url(), "secretRef": {"name": "superset"}, "tls": {"allowPlaintextPassword": true},
        }});
        objects.push(secret("superset", json!({"username": bot.username, "password": bot.password})));
        objects.push(object("DashboardServer", "dashboards", server));
        let mut program = Self { folder: folder::temporary("superset"), objects };
        program.patch("DashboardServer", &json!({}));
        program
    }

    /// Its folder.
    pub(super) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// From now on the directory has these groups.
    pub(super) fn have(&self, groups: &[(&str, &[&str])]) {
        fs::write(self.folder().join("company.ldif"), exported(groups)).unwrap();
    }

    /// Changes the object of this kind.
    pub(super) fn patch(&mut self, kind: &str, change: &Value) {
        for object in self.objects.iter_mut().filter(|object| object["kind"] == kind) {
            merge(object, change);
        }
        let text: Vec<String> = self.objects.iter().map(Value::to_string).collect();
        fs::write(self.folder().join("sync.yaml"), text.join("\n---\n")).unwrap();
    }

    /// Runs the sync: the exit code, and all that is printed.
    pub(super) fn sync(&self, more: &[&str]) -> (Option<i32>, String) {
        let output = self.command("sync", &[&["--links", "links.json"], more].concat());
        let printed = [output.stdout, output.stderr].map(|octets| String::from_utf8(octets).unwrap());
        (output.status.code(), printed.concat())
    }

    /// Checks the files: the exit code, and all that is printed.
    pub(super) fn check(&self, more: &[&str]) -> (Option<i32>, String) {
        let output = self.command("check", &[&["--links", "links.json"], more].concat());
        let printed = [output.stdout, output.stderr].map(|octets| String::from_utf8(octets).unwrap());
        (output.status.code(), printed.concat())
    }

    /// Runs the sync, whose status it answers.
    pub(super) fn status(&self, more: &[&str]) -> Value {
        let output = self.command("sync", &[&["--links", "links.json", "-o", "json"], more].concat());
        let objects: Result<Value, _> = serde_json::from_slice(&output.stdout);
        let objects = objects.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        objects[0]["status"].clone()
    }

    /// Starts the sync and does not wait for its end.
    pub(super) fn spawn(&self, more: &[&str]) -> Child {
        let mut command = self.prepared("sync", &[&["--links", "links.json"], more].concat());
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Whether a run has created the file of links.
    pub(super) fn has_links(&self) -> bool {
        self.folder().join("links.json").exists()
    }

    fn command(&self, command: &str, more: &[&str]) -> Output {
        self.prepared(command, more).output().unwrap()
    }

    fn prepared(&self, command: &str, more: &[&str]) -> Command {
        let mut command = binary::command(&[command, "-f", "sync.yaml"]);
        command.args(more).current_dir(self.folder());
        command
    }
}
