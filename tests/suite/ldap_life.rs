//! A group's life on an LDAP server and SQLite, through `sync -f` as an administrator runs it.

use std::process::Output;

use serde_json::{Value, json};

use crate::entries::SUFFIX;
use crate::ldap_files::{LdapFiles, trusted};
use crate::whole_run::Store;

/// A directory, a store, and the sync between them: three groups by name, everything else as it is by default.
pub(crate) struct Life<Server> {
    pub(crate) directory: Server,
    pub(crate) files: LdapFiles,
    pub(crate) sync: Value,
    address: String,
    authority: String,
}

impl<Server> Life<Server> {
    /// With this server at this address with TLS, whose certificate this authority signed, read by an account with its
    /// password.
    pub(crate) fn new(directory: Server, address: String, authority: &str, (account, password): (&str, &str)) -> Self {
        let files = LdapFiles::new(Store::new(), SUFFIX, account, password).trusting(authority);
        let sync = json!({"groups": [{"name": "Analysts"}, {"name": "Editors"}, {"name": "Writers"}]});
        Self { directory, files, sync, address, authority: authority.to_owned() }
    }

    /// The same, read by another account from now on.
    pub(crate) fn read_by(self, account: &str, password: &str) -> Self {
        let files = LdapFiles::new(self.files.store, SUFFIX, account, password).trusting(&self.authority);
        Self { files, ..self }
    }

    pub(crate) fn sync(&self, arguments: &[&str]) -> Output {
        let ldap = trusted(&[&self.address]);
        self.files.command(&ldap, &self.sync, arguments).output().unwrap()
    }

    /// Runs once, expects this exit code, and returns the status. Where something needs fixing, the code says that
    /// before it says whether something was written (5) or not (0), which is looked for in the status then.
    pub(crate) fn status(&self, code: i32) -> Value {
        let output = self.sync(&["-o", "json", "--exit-code"]);
        let errors = String::from_utf8_lossy(&output.stderr);
        let printed = String::from_utf8(output.stdout).unwrap();
        let objects: Value = serde_json::from_str(&printed).unwrap();
        let status = objects[0]["status"].clone();
        let is_well = [0, 5].contains(&code);
        let needs_fixing = is_well && (!kinds(&status).is_empty() || status["duplicates"].is_array());
        assert_eq!(output.status.code(), Some(if needs_fixing { 6 } else { code }), "{printed}\n{errors}");
        assert!(!is_well || status["lastChange"].is_object() == (code == 5), "{printed}\n{errors}");
        status
    }

    /// Runs once and expects that nothing is written, to the last octet.
    pub(crate) fn quiet(&self) -> Value {
        let before = self.octets();
        let status = self.status(0);
        assert!(self.octets() == before, "the store is not as it was: {status:#}");
        status
    }

    /// A group of the store with its members.
    pub(crate) async fn group(&self, name: &str) -> Option<String> {
        self.files.store.content().await.group(name)
    }

    pub(crate) fn octets(&self) -> Vec<u8> {
        std::fs::read(self.files.store.file()).unwrap()
    }
}

/// A change record for an entry below the naming context.
pub(crate) fn change(dn: &str, lines: &str) -> String {
    format!("dn: {dn},{SUFFIX}\nchangetype: modify\n{lines}\n")
}

/// The kinds of a status's problems.
pub(crate) fn kinds(status: &Value) -> Vec<&str> {
    status["problems"].as_array().into_iter().flatten().filter_map(|problem| problem["kind"].as_str()).collect()
}
