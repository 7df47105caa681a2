//! The program with a SCIM server.

use serde_json::{Value, json};

use super::Scim;
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

/// Why a run ended, or that it did not.
pub(super) fn result(status: &Value) -> &str {
    status["lastRun"]["result"].as_str().unwrap()
}
