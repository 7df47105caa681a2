//! The program with a Superset.

use std::fs;

use serde::Deserialize as _;
use serde_json::{Value, json};

use super::Superset;
use crate::harness::FlaskAppBuilder;
pub(super) use crate::program::Program;

const QUICK_START: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/quickstart/");

impl Program {
    /// All groups of this directory, into a Superset.
    pub(super) fn of(superset: &Superset, groups: &[(&str, &[&str])]) -> Self {
        let program = Self::into_superset(superset, Self::of_all_groups());
        program.have(groups);
        program
    }

    /// The quick start's company, into a Superset.
    pub(super) fn of_quick_start(superset: &Superset) -> Self {
        let text = fs::read_to_string(format!("{QUICK_START}quickstart.yaml")).unwrap();
        let documents = serde_yaml::Deserializer::from_str(&text).map(|document| Value::deserialize(document).unwrap());
        let objects =
            documents.filter(|object| !["Secret", "DashboardServer"].iter().any(|kind| object["kind"] == *kind));
        let program = Self::into_superset(superset, objects.collect());
        for name in ["company.ldif", "change.sh"] {
            fs::copy(format!("{QUICK_START}{name}"), program.folder().join(name)).unwrap();
        }
        program
    }

    fn into_superset(superset: &Superset, objects: Vec<Value>) -> Self {
        let bot = FlaskAppBuilder::BOT;
        let server = json!({"superset": {
            "url": superset.proxy.url(), "secretRef": {"name": "account"}, "tls": {"allowPlaintextPassword": true},
        }});
        Self::with(objects, server, json!({"username": bot.username, "password": bot.password}))
    }
}
