//! The chart, rendered and installed by Helm, and checked by a real API server.

mod definitions;
mod life;
mod matrix;
mod monitoring;
mod people;
mod pod;
mod rights;
mod values;
mod whole_life;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use serde::Deserialize as _;
use serde_json::Value;

use crate::harness::helm::helm;
use crate::harness::{KubernetesApi, command};

const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/directory-group-sync");
const CRDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/crds");

/// A server with the chart installed as `dgs` in the namespace `dgs`.
fn api() -> &'static KubernetesApi {
    static API: OnceLock<KubernetesApi> = OnceLock::new();
    API.get_or_init(|| {
        let api = KubernetesApi::start();
        install(&api, "dgs", "dgs", &[]);
        api
    })
}

pub(crate) fn install(api: &KubernetesApi, release: &str, namespace: &str, arguments: &[&str]) -> String {
    let mut helm = helm(&["upgrade", "--install", release, CHART, "--namespace", namespace, "--create-namespace"]);
    helm.args(arguments);
    command::run(&mut with_kubeconfig(api, helm))
}

fn with_kubeconfig(api: &KubernetesApi, mut helm: Command) -> Command {
    helm.arg("--kubeconfig").arg(api.kubeconfig());
    helm
}

/// The objects that the chart renders as the release `dgs` in the namespace `dgs`.
fn template(arguments: &[&str]) -> Vec<Value> {
    let mut helm = helm(&["template", "dgs", CHART, "--namespace", "dgs"]);
    documents(&command::run(helm.args(arguments)))
}

fn documents(yaml: &str) -> Vec<Value> {
    let all = serde_yaml::Deserializer::from_str(yaml).map(|document| Value::deserialize(document).unwrap());
    all.filter(|document| !document.is_null()).collect()
}

fn of_kind(objects: &[Value], kind: &str) -> Vec<Value> {
    objects.iter().filter(|object| object["kind"] == kind).cloned().collect()
}

fn one(objects: &[Value], kind: &str) -> Value {
    let mut found = of_kind(objects, kind);
    assert_eq!(found.len(), 1, "{kind}");
    found.remove(0)
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("read {}: {error}", file.display()))
}
