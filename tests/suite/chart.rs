//! The chart, rendered and installed by Helm, and checked by a real API server.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use clap::Parser as _;
use directory_group_sync::cli::Cli;
use serde::Deserialize as _;
use serde_json::{Value, json};

use crate::harness::helm::helm;
use crate::harness::{KubernetesApi, command};

const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/directory-group-sync");
const CRDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/crds");

#[test]
fn the_chart_lints() {
    command::run(&mut helm(&["lint", "--strict", CHART]));
    command::run(&mut helm(&["lint", "--strict", CHART, "--set", "scope.namespaces={a,b}"]));
}

#[test]
fn the_version_is_the_crates() {
    let chart: Value = serde_yaml::from_str(&read(&Path::new(CHART).join("Chart.yaml"))).unwrap();
    assert_eq!(chart["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(chart["appVersion"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn the_definitions_are_those_of_crds() {
    let ours = yaml_files(Path::new(CRDS));
    let copied = Path::new(CHART).join("files/crds");
    assert_eq!(ours.len(), yaml_files(&copied).len());
    for file in ours {
        let copy = copied.join(file.file_name().unwrap());
        assert!(
            fs::read(&file).unwrap() == fs::read(&copy).unwrap_or_default(),
            "the chart's copy of crds/ is old: hack/generate writes it"
        );
    }
}

#[test]
fn the_rendered_definitions_are_kept_and_otherwise_those_of_crds() {
    let mut rendered = of_kind(&template(&[]), "CustomResourceDefinition");
    for definition in &mut rendered {
        let annotations = definition["metadata"].as_object_mut().unwrap().remove("annotations");
        assert_eq!(annotations, Some(json!({"helm.sh/resource-policy": "keep"})));
    }
    let files: String = yaml_files(Path::new(CRDS)).iter().map(|file| read(file)).collect();
    assert_eq!(rendered, documents(&files));

    let rendered = of_kind(&template(&["--set", "crds.keep=false"]), "CustomResourceDefinition");
    assert_eq!(rendered, documents(&files));
    assert!(of_kind(&template(&["--set", "crds.install=false"]), "CustomResourceDefinition").is_empty());
}

#[test]
fn a_value_that_does_not_exist_or_fit_is_refused() {
    for (values, expected) in [
        ("scope.namespace=a", "'/scope': additional properties 'namespace' not allowed"),
        ("replicas=0", "'/replicas'"),
        ("replica=2", "additional properties 'replica' not allowed"),
        ("scope.namespaces={Not A Name}", "'/scope/namespaces/0'"),
        ("concurrent=0", "'/concurrent'"),
        ("logging.format=xml", "'/logging/format'"),
        ("image.digest=latest", "'/image/digest'"),
    ] {
        let output = command::output(&mut helm(&["template", "x", CHART, "--set", values]), "");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(expected), "{values}: {said}");
    }
}

#[test]
fn every_value_reaches_the_pod() {
    let rendered = template(&[
        "--set",
        "image.digest=sha256:0000000000000000000000000000000000000000000000000000000000000000",
        "--set",
        "scope.namespaces={a,b,a},replicas=2,concurrent=3,installationID=east,logging.level=debug,logging.format=text",
        "--set",
        "imagePullSecrets[0].name=registry,podLabels.team=bi,podAnnotations.note=x,nodeSelector.disk=ssd",
        "--set",
        "tolerations[0].operator=Exists,affinity.podAffinity.a=b,priorityClassName=high,serviceAccount.name=other",
    ]);
    let deployment = one(&rendered, "Deployment");
    let pod = &deployment["spec"]["template"];
    let container = &pod["spec"]["containers"][0];
    assert_eq!(container["image"], format!("ghcr.io/directorysync/directory-group-sync@sha256:{:064}", 0));
    assert_eq!(
        container["args"],
        json!([
            "operator",
            "--concurrent=3",
            "--namespaces=a,b",
            "--installation-id=east",
            "--log-level=debug",
            "--log-format=text"
        ])
    );
    let typed = container["args"].as_array().unwrap().iter().map(|argument| argument.as_str().unwrap());
    Cli::try_parse_from(["directory-group-sync"].into_iter().chain(typed)).expect("arguments that the binary knows");
    assert_eq!(deployment["spec"]["replicas"], 2);
    let variables = container["env"].as_array().unwrap();
    let lease = variables.iter().find(|variable| variable["name"] == "LEASE_NAME").unwrap();
    assert_eq!(lease["value"], "dgs-directory-group-sync");
    assert_eq!(pod["metadata"]["labels"]["team"], "bi");
    assert_eq!(pod["metadata"]["annotations"]["note"], "x");
    let spec = &pod["spec"];
    assert_eq!(spec["imagePullSecrets"], json!([{"name": "registry"}]));
    assert_eq!(spec["nodeSelector"], json!({"disk": "ssd"}));
    assert_eq!(spec["tolerations"], json!([{"operator": "Exists"}]));
    assert_eq!(spec["affinity"], json!({"podAffinity": {"a": "b"}}));
    assert_eq!(spec["priorityClassName"], "high");
    assert_eq!(spec["serviceAccountName"], "other");
    assert_eq!(one(&rendered, "ServiceAccount")["metadata"]["name"], "other");

    let rendered = template(&["--set", "serviceAccount.create=false,fullnameOverride=dgs"]);
    assert!(of_kind(&rendered, "ServiceAccount").is_empty());
    let deployment = one(&rendered, "Deployment");
    assert_eq!(deployment["metadata"]["name"], "dgs");
    assert_eq!(deployment["spec"]["template"]["spec"]["serviceAccountName"], "default");
}

#[test]
fn the_readme_lists_every_value() {
    let readme = read(&Path::new(CHART).join("README.md"));
    let rows = value_rows(&read(&Path::new(CHART).join("values.yaml")));
    assert!(rows.contains("| `scope.namespaces` | `[]` |"), "{rows}");
    assert!(readme.contains(&rows), "the table of values in the chart's README should be:\n{rows}");
}

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

#[test]
fn the_pod_is_one_that_a_restricted_namespace_takes() {
    let api = api();
    let namespace = api.namespace("restricted");
    api.kubectl(&["label", "namespace", &namespace, "pod-security.kubernetes.io/enforce=restricted"]);
    let deployment = api.kubectl(&["get", "deployment", "dgs-directory-group-sync", "-n", "dgs", "-o", "json"]);
    let deployment: Value = serde_json::from_str(&deployment).unwrap();
    let template = &deployment["spec"]["template"];
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod"});
    pod["metadata"] = json!({"name": "operator", "namespace": namespace, "labels": template["metadata"]["labels"]});
    pod["spec"] = template["spec"].clone();
    assert!(api.apply(&pod.to_string()).contains("pod/operator created"));

    // That this server does refuse: without each part of it the pod is another.
    for path in ["/spec/securityContext", "/spec/containers/0/securityContext"] {
        let mut weaker = pod.clone();
        weaker["metadata"]["name"] = json!("weaker");
        *weaker.pointer_mut(path).unwrap() = json!({});
        let refusal = api.kubectl_fails(&["apply", "-f", "-"], &weaker.to_string());
        assert!(refusal.contains("violates PodSecurity \"restricted"), "{refusal}");
    }
}

#[test]
fn the_operator_may_do_what_it_needs_and_no_more() {
    let api = api();
    api.kubectl(&["create", "namespace", "team-a"]);
    api.kubectl(&["create", "namespace", "team-b"]);
    install(api, "scoped", "scoped", &["--set", "crds.install=false,scope.namespaces={team-a}"]);
    let everywhere = "system:serviceaccount:dgs:dgs-directory-group-sync";
    let scoped = "system:serviceaccount:scoped:scoped-directory-group-sync";
    let may = |who: &str, verb: &str, what: &str, namespace: &str| {
        let (what, subresource) = what.split_once("//").unwrap_or((what, ""));
        let question = ["auth", "can-i", verb, what, "--subresource", subresource, "-n", namespace, "--as", who];
        let mut kubectl = Command::new(crate::harness::kubernetes::kubectl_program());
        let answer = command::output(kubectl.arg("--kubeconfig").arg(api.kubeconfig()).args(question), "");
        String::from_utf8_lossy(&answer.stdout).trim() == "yes"
    };
    let needs = [
        ("list", "directories.directorysync.dev"),
        ("get", "dashboardservers.directorysync.dev"),
        ("watch", "directories.directorysync.dev"),
        ("patch", "directorygroupsyncs.directorysync.dev//status"),
        ("patch", "directories.directorysync.dev//status"),
        ("patch", "dashboardservers.directorysync.dev//status"),
        ("patch", "directorygroupsyncplans.directorysync.dev"),
        ("create", "directorygroupsyncplans.directorysync.dev"),
        ("delete", "directorygroupsyncplans.directorysync.dev"),
        ("get", "dashboardserverlinksets.directorysync.dev"),
        ("list", "dashboardserverlinksets.directorysync.dev"),
        ("create", "dashboardserverlinksets.directorysync.dev"),
        ("update", "dashboardserverlinksets.directorysync.dev"),
        ("delete", "dashboardserverlinksets.directorysync.dev"),
        ("get", "secrets"),
        ("get", "configmaps"),
        ("create", "events.events.k8s.io"),
        ("patch", "events.events.k8s.io"),
    ];
    for (verb, what) in needs {
        for (who, namespace, expected) in [
            (everywhere, "team-a", true),
            (everywhere, "team-b", true),
            (scoped, "team-a", true),
            (scoped, "team-b", false),
        ] {
            assert_eq!(may(who, verb, what, namespace), expected, "{who} {verb} {what} in {namespace}");
        }
    }
    for (who, release) in [(everywhere, "dgs"), (scoped, "scoped")] {
        let lease = format!("leases.coordination.k8s.io/{release}-directory-group-sync");
        for (verb, what) in [("create", "leases.coordination.k8s.io"), ("get", &lease), ("update", &lease)] {
            assert!(may(who, verb, what, release), "{who} {verb} {what}");
            assert!(!may(who, verb, what, "team-a"), "{who} {verb} {what}");
        }
        // For the finalizers of syncs in a namespace whose Role is gone already.
        for verb in ["get", "list", "watch", "patch"] {
            assert!(may(who, verb, "directorygroupsyncs.directorysync.dev", "team-b"), "{who} {verb}");
        }
        for what in ["namespaces/kube-system", "namespaces/team-a"] {
            assert!(may(who, "get", what, "team-a"), "{who} gets {what}");
        }
        for (verb, what) in [
            ("list", "secrets"),
            ("watch", "secrets"),
            ("update", "secrets"),
            ("create", "pods"),
            ("delete", "directorygroupsyncs.directorysync.dev"),
            ("get", "directorygroupsyncplans.directorysync.dev"),
            ("patch", "directories.directorysync.dev"),
            ("patch", "dashboardservers.directorysync.dev"),
            ("watch", "dashboardserverlinksets.directorysync.dev"),
            ("list", "namespaces"),
            ("get", "crds"),
            ("update", "directorygroupsyncs.directorysync.dev"),
            ("get", "nodes"),
        ] {
            assert!(!may(who, verb, what, "team-a"), "{who} may {verb} {what}");
        }
    }
    assert!(!may(scoped, "get", "namespaces/team-b", "team-b"));
}

/// Accounts that may write a Directory or a DashboardServer decide where a password is sent; and a plan names persons.
#[test]
fn people_may_edit_syncs_and_only_administrators_connections() {
    let rendered = template(&[]);
    let role = |suffix: &str| {
        let name = format!("dgs-directory-group-sync-{suffix}");
        let roles = of_kind(&rendered, "ClusterRole");
        let role = roles.into_iter().find(|role| role["metadata"]["name"] == name).unwrap();
        let label = format!("rbac.authorization.k8s.io/aggregate-to-{suffix}");
        assert_eq!(role["metadata"]["labels"][label], "true");
        role["rules"].clone()
    };
    let allows = |resources: &[&str], verbs: &[&str]| json!({"apiGroups": ["directorysync.dev"], "resources": resources, "verbs": verbs});
    let read = ["get", "list", "watch"];
    let write = ["create", "update", "patch", "delete", "deletecollection"];
    assert_eq!(role("view"), json!([allows(&["directorygroupsyncs", "directories", "dashboardservers"], &read)]));
    let edit = [allows(&["directorygroupsyncs"], &write), allows(&["directorygroupsyncplans"], &read)];
    assert_eq!(role("edit"), json!(edit));
    assert_eq!(role("admin"), json!([allows(&["directories", "dashboardservers"], &write)]));
}

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

fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    files
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("read {}: {error}", file.display()))
}

/// One row for each value that has a comment right above it; such a comment speaks for everything below its value.
fn value_rows(yaml: &str) -> String {
    let values: Value = serde_yaml::from_str(yaml).unwrap();
    let mut rows = String::new();
    let (mut comment, mut parent) = (None, "");
    for line in yaml.lines() {
        let indented = line.starts_with("  ");
        if let Some(text) = line.trim_start().strip_prefix("# ") {
            comment = Some(text);
        } else if let Some((key, _)) = line.trim_start().split_once(':') {
            if !indented {
                parent = key;
            }
            if let Some(comment) = comment.take() {
                let path = if indented { format!("{parent}.{key}") } else { key.to_owned() };
                let value = &values.pointer(&format!("/{}", path.replace('.', "/"))).unwrap();
                writeln!(rows, "| `{path}` | `{value}` | {comment} |").unwrap();
            }
        } else {
            comment = None;
        }
    }
    rows
}
