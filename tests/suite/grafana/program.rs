//! The program with a Grafana.

use serde_json::{Value, json};

use super::Graf;
use crate::harness::grafana::{PASSWORD, TOKEN, USERNAME};
pub(super) use crate::program::Program;

impl Program {
    /// All groups of this directory, into a Grafana, as a server administrator who manages accounts.
    pub(super) fn into_grafana(graf: &Graf, groups: &[(&str, &[&str])]) -> Self {
        let account = json!({"username": USERNAME, "password": PASSWORD});
        let mut program = Self::with(Self::of_all_groups(), server(graf), account);
        program.patch("DashboardServer", &json!({"spec": {"accounts": "Managed"}}));
        program.have(groups);
        program
    }

    /// The same as a service account, with the accounts that people get at their first login.
    pub(super) fn into_teams(graf: &Graf, groups: &[(&str, &[&str])]) -> Self {
        let program = Self::with(Self::of_all_groups(), server(graf), json!({ "token": TOKEN }));
        program.have(groups);
        program
    }
}

fn server(graf: &Graf) -> Value {
    json!({"grafana": {
        "url": graf.proxy.url(), "secretRef": {"name": "account"}, "tls": {"allowPlaintextPassword": true},
    }})
}

/// Why a run ended, or that it did not.
pub(super) fn result(status: &Value) -> &str {
    status["lastRun"]["result"].as_str().unwrap()
}
