//! What `sync -f` needs to read LDAP servers: the files of one sync, beside the store that they name.

use std::process::Command;

use serde_json::{Value, json};

use crate::company::{config_map, object, secret};
use crate::harness::{binary, folder};
use crate::whole_run::Store;

/// The files of one sync.
pub(crate) struct LdapFiles {
    /// What it writes to.
    pub(crate) store: Store,
    base: String,
    credentials: Value,
    /// The ConfigMap `ca` with the key `ca.crt`: who signed the servers' certificates.
    authority: Value,
}

impl LdapFiles {
    /// For the directory below this base, which an account reads, and this store.
    pub(crate) fn new(store: Store, base: &str, username: &str, password: &str) -> Self {
        let credentials = json!({"username": username, "password": password});
        Self { store, base: base.to_owned(), credentials, authority: config_map("ca", "ca.crt", "") }
    }

    /// The same for servers with TLS, whose certificates this authority signed.
    pub(crate) fn trusting(self, authority: &str) -> Self {
        Self { authority: config_map("ca", "ca.crt", authority), ..self }
    }

    /// `sync -f` of the files, with `spec.ldap` of the Directory less `auth`, and these fields of the sync's spec.
    pub(crate) fn command(&self, ldap: &Value, sync: &Value, arguments: &[&str]) -> Command {
        self.command_of(ldap, sync, arguments, binary::command)
    }

    /// The same by the program that the command starts with these arguments.
    pub(crate) fn command_of(
        &self,
        ldap: &Value,
        sync: &Value,
        arguments: &[&str],
        program: impl FnOnce(&[&str]) -> Command,
    ) -> Command {
        let mut ldap = ldap.clone();
        ldap["auth"] = json!({"simple": {"secretRef": {"name": "bind"}}});
        self.command_on(&json!({"ldap": ldap}), sync, arguments, program)
    }

    /// The same for an LDIF file with this text.
    pub(crate) fn command_of_file(&self, ldif: &str, sync: &Value, arguments: &[&str]) -> Command {
        folder::write(self.store.folder(), "directory.ldif", ldif);
        self.command_on(&json!({"ldif": {"path": "directory.ldif"}}), sync, arguments, binary::command)
    }

    fn command_on(
        &self,
        directory: &Value,
        sync: &Value,
        arguments: &[&str],
        program: impl FnOnce(&[&str]) -> Command,
    ) -> Command {
        let mut directory = directory.clone();
        directory["baseDN"] = json!(self.base);
        let mut sync = sync.clone();
        sync["directoryRef"] = json!({"name": "corp"});
        sync["dashboardServerRef"] = json!({"name": "bi"});
        let file = self.store.file();
        let documents = [
            secret("bind", self.credentials.clone()),
            self.authority.clone(),
            secret("store", json!({"url": format!("sqlite:{}", file.display())})),
            object("Directory", "corp", directory),
            object("DashboardServer", "bi", json!({"sql": {"secretKeyRef": {"name": "store", "key": "url"}}})),
            object("DirectoryGroupSync", "teams", sync),
        ];
        let manifest = documents.map(|document| document.to_string()).join("\n---\n");
        let manifest = folder::write(self.store.folder(), "sync.yaml", &manifest);
        program(&[&["sync", "-f", &manifest.display().to_string()], arguments].concat())
    }
}

/// `spec.ldap` for servers with TLS.
pub(crate) fn trusted(servers: &[&str]) -> Value {
    json!({"servers": servers, "tls": {"caRef": {"kind": "ConfigMap", "name": "ca", "key": "ca.crt"}}})
}

/// `spec.ldap` for servers without TLS.
pub(crate) fn in_clear(servers: &[&str]) -> Value {
    json!({"servers": servers, "tls": {"mode": "None", "allowPlaintextPassword": true}})
}
