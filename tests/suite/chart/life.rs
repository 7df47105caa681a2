//! A release from its installation to its end.

use std::process::Command;

use serde_json::{Value, json};

use super::{CHART, CRDS, api, install, with_kubeconfig};
use crate::company::object;
use crate::harness::helm::helm;
use crate::harness::{KubernetesApi, command};

#[test]
fn the_cluster_takes_the_chart_and_keeps_the_definitions() {
    let api = api();
    // An upgrade of the shared release, which takes every object as it is.
    let upgraded = install(api, "dgs", "dgs", &[]);
    assert!(
        upgraded.contains("STATUS: deployed") && upgraded.contains("get directorygroupsyncs --watch"),
        "{upgraded}"
    );
    api.kubectl(&["wait", "--for=condition=Established", "--timeout=60s", "-f", CRDS]);

    install(api, "brief", "brief", &["--set", "crds.install=false"]);
    command::run(&mut with_kubeconfig(api, helm(&["uninstall", "brief", "--namespace", "brief"])));
    let left = api.kubectl(&["get", "deployments,serviceaccounts", "-n", "brief", "-o", "name"]);
    assert_eq!(left, "", "an uninstalled release leaves nothing");
    assert!(api.kubectl(&["get", "crds", "-o", "name"]).contains("directorygroupsyncs.directorysync.dev"));
}

/// Definitions and objects outlive the release. Another release takes the definitions over, if it is told to.
#[test]
fn a_release_is_upgraded_and_uninstalled_and_another_takes_over() {
    let api = &KubernetesApi::start();
    let notes = install(api, "first", "first", &[]);
    assert!(notes.contains("get namespace kube-system --output jsonpath='{.metadata.uid}'"), "{notes}");
    api.kubectl(&["wait", "--for=condition=Established", "--timeout=60s", "-f", CRDS]);
    let mut server = object("DashboardServer", "bi", json!({"sql": {"secretKeyRef": {"name": "bi-db", "key": "url"}}}));
    server["metadata"]["namespace"] = "default".into();
    api.apply(&server.to_string());
    let uid = || api.kubectl(&["get", "dashboardserver", "bi", "--output", "jsonpath={.metadata.uid}"]);
    let before = uid();

    let notes = install(api, "first", "first", &["--set", "replicas=2,installationID=east"]);
    assert!(notes.contains("The installation id is east."), "{notes}");
    let deployment = api.kubectl(&["get", "deployment", "first-directory-group-sync", "-n", "first", "-o", "json"]);
    let deployment: Value = serde_json::from_str(&deployment).unwrap();
    assert_eq!(deployment["spec"]["replicas"], 2);
    api.kubectl(&["get", "poddisruptionbudget", "first-directory-group-sync", "-n", "first"]);
    install(api, "first", "first", &["--set", "replicas=1"]);
    let budgets = api.kubectl(&["get", "poddisruptionbudgets", "-n", "first", "-o", "name"]);
    assert_eq!(budgets, "", "what an upgrade no longer has goes");

    command::run(&mut with_kubeconfig(api, helm(&["uninstall", "first", "--namespace", "first"])));
    let of_release = "app.kubernetes.io/instance=first";
    let left = "clusterroles,clusterrolebindings,roles,rolebindings,deployments,serviceaccounts";
    assert_eq!(api.kubectl(&["get", left, "-A", "-l", of_release, "-o", "name"]), "");
    assert_eq!(uid(), before, "objects outlive the release");

    let second = || -> Command {
        with_kubeconfig(api, helm(&["install", "second", CHART, "--namespace", "second", "--create-namespace"]))
    };
    let refused = command::output(&mut second(), "");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains("invalid ownership metadata"), "{said}");
    command::run(second().arg("--take-ownership"));
    assert_eq!(uid(), before);
    let owner = r"jsonpath={.metadata.annotations.meta\.helm\.sh/release-name}";
    let owner = api.kubectl(&["get", "crd", "dashboardservers.directorysync.dev", "--output", owner]);
    assert_eq!(owner, "second");
}
