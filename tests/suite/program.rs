//! The program as people run it without a cluster, with a dashboard server.

use std::fs;
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::company::{BASE, exported, object, secret};
use crate::harness::{binary, folder};

/// The files of one run: a directory in an LDIF, a DashboardServer and a sync, whose links are in `links.json`.
pub(crate) struct Program {
    folder: TempDir,
    objects: Vec<Value>,
}

impl Program {
    /// A Directory in `company.ldif`, and a sync of all groups of it into `dashboards`.
    pub(crate) fn of_all_groups() -> Vec<Value> {
        let directory = json!({"baseDN": BASE, "ldif": {"path": "company.ldif"}});
        let sync = json!({
            "directoryRef": {"name": "corp"}, "dashboardServerRef": {"name": "dashboards"},
            "groups": [{"filter": "(objectClass=groupOfNames)"}],
        });
        vec![object("Directory", "corp", directory), object("DirectoryGroupSync", "teams", sync)]
    }

    /// These objects, with the DashboardServer `dashboards` and the Secret `account` that it names.
    pub(crate) fn with(mut objects: Vec<Value>, server: Value, account: Value) -> Self {
        objects.push(secret("account", account));
        objects.push(object("DashboardServer", "dashboards", server));
        let mut program = Self { folder: folder::temporary("files"), objects };
        program.patch("DashboardServer", &json!({}));
        program
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// From now on the directory has these groups.
    pub(crate) fn have(&self, groups: &[(&str, &[&str])]) {
        fs::write(self.folder().join("company.ldif"), exported(groups)).unwrap();
    }

    /// Changes the object of this kind.
    pub(crate) fn patch(&mut self, kind: &str, change: &Value) {
        for object in self.objects.iter_mut().filter(|object| object["kind"] == kind) {
            merge(object, change);
        }
        let text: Vec<String> = self.objects.iter().map(Value::to_string).collect();
        fs::write(self.folder().join("sync.yaml"), text.join("\n---\n")).unwrap();
    }

    /// Runs the sync: the exit code, and all that is printed.
    pub(crate) fn sync(&self, more: &[&str]) -> (Option<i32>, String) {
        let output = self.command("sync", &[&["--links", "links.json"], more].concat());
        let printed = [output.stdout, output.stderr].map(|octets| String::from_utf8(octets).unwrap());
        (output.status.code(), printed.concat())
    }

    /// Checks the files: the exit code, and all that is printed.
    pub(crate) fn check(&self, more: &[&str]) -> (Option<i32>, String) {
        let output = self.command("check", &[&["--links", "links.json"], more].concat());
        let printed = [output.stdout, output.stderr].map(|octets| String::from_utf8(octets).unwrap());
        (output.status.code(), printed.concat())
    }

    /// Runs the sync, whose status it answers.
    pub(crate) fn status(&self, more: &[&str]) -> Value {
        let output = self.command("sync", &[&["--links", "links.json", "-o", "json"], more].concat());
        let objects: Result<Value, _> = serde_json::from_slice(&output.stdout);
        let objects = objects.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        objects[0]["status"].clone()
    }

    /// Where somebody else makes the accounts, settings that would change one are refused.
    pub(crate) fn refuses_what_would_change_an_account(&mut self) {
        for (field, change) in [
            ("spec.disabledAccounts", json!({"spec": {"disabledAccounts": "Deactivate"}})),
            ("spec.prune.accounts", json!({"spec": {"disabledAccounts": null, "prune": {"accounts": "Delete"}}})),
        ] {
            self.patch("DirectoryGroupSync", &change);
            let (code, printed) = self.sync(&[]);
            assert_eq!(code, Some(2), "{printed}");
            assert!(printed.contains(field) && printed.contains("accounts: Existing"), "{printed}");
        }
    }

    /// Starts the sync and does not wait for its end.
    pub(crate) fn spawn(&self, more: &[&str]) -> Child {
        let mut command = self.prepared("sync", &[&["--links", "links.json"], more].concat());
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Whether a run has created the file of links.
    pub(crate) fn has_links(&self) -> bool {
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

/// A JSON merge patch (RFC 7386).
pub(crate) fn merge(target: &mut Value, change: &Value) {
    let Some(changes) = change.as_object() else {
        *target = change.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    for (name, value) in changes {
        if value.is_null() {
            target.as_object_mut().unwrap().remove(name);
        } else {
            merge(&mut target[name], value);
        }
    }
}
