//! The program with a SCIM server.

use std::fs;

use serde_json::{Value, json};

use super::Scim;
use crate::company::{closed, ldif};
use crate::harness::scim_servers::TOKEN;
pub(super) use crate::program::Program;

impl Program {
    /// All groups of this directory, into a SCIM server.
    pub(super) fn into_scim(scim: &Scim, groups: &[(&str, &[&str])]) -> Self {
        let server = json!({"scim": {
            "url": scim.url(), "auth": {"bearer": {"secretRef": {"name": "account"}}},
            "tls": {"allowPlaintextPassword": true},
        }});
        let program = Self::with(Self::of_all_groups(), server, json!({ "token": TOKEN }));
        program.have(groups);
        program
    }
}

/// From now on the directory is this text, from a file that proves that it is whole.
pub(super) fn have_entries(program: &Program, groups: &[(&str, &[&str])], changes: &[(&str, &str)]) {
    let mut entries = ldif(groups);
    for (from, to) in changes {
        assert!(entries.contains(from), "{from}");
        entries = entries.replace(from, to);
    }
    fs::write(program.folder().join("company.ldif"), closed(entries)).unwrap();
}

/// Why a run ended, or that it did not.
pub(super) fn result(status: &Value) -> &str {
    status["lastRun"]["result"].as_str().unwrap()
}
