//! The values: which ones there are, which are refused, and where each one goes.

use std::fmt::Write as _;
use std::path::Path;

use clap::Parser as _;
use directory_group_sync::cli::Cli;
use serde_json::{Value, json};

use super::{CHART, of_kind, one, read, template};
use crate::harness::command;
use crate::harness::helm::helm;

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
fn a_value_that_does_not_exist_or_fit_is_refused() {
    for (values, expected) in [
        ("scope.namespace=a", "'/scope': additional properties 'namespace' not allowed"),
        ("replicas=0", "'/replicas'"),
        ("replica=2", "additional properties 'replica' not allowed"),
        ("scope.namespaces={Not A Name}", "'/scope/namespaces/0'"),
        ("concurrent=0", "'/concurrent'"),
        ("allowedHosts={https://bi.corp.example}", "'/allowedHosts/0'"),
        ("allowedHosts={*}", "'/allowedHosts/0'"),
        ("allowedHosts={dc1.corp.example,a b}", "'/allowedHosts/1'"),
        ("logging.format=xml", "'/logging/format'"),
        ("image.digest=latest", "'/image/digest'"),
        ("extraArgs={operator}", "'/extraArgs/0'"),
        ("extraEnv[0].nam=A", "'/extraEnv/0'"),
        ("extraVolumeMounts[0].name=ca", "'/extraVolumeMounts/0'"),
        ("topologySpreadConstraints[0].maxSkew=1", "'/topologySpreadConstraints/0'"),
        ("hostAliases[0].ip=192.0.2.1", "'/hostAliases/0'"),
        ("dnsPolicy=Other", "'/dnsPolicy'"),
        ("dnsConfig.server=x", "'/dnsConfig'"),
        ("dnsConfig.options[0].name=ndots,dnsConfig.options[0].value=1", "'/dnsConfig/options/0/value'"),
        ("rbac.crate=false", "'/rbac'"),
        ("metrics.alerts.enable=true", "'/metrics/alerts'"),
        ("metrics.serviceMonitor.interval=often", "'/metrics/serviceMonitor/interval'"),
        ("revisionHistoryLimit=-1", "'/revisionHistoryLimit'"),
        ("rbac.clusterRoles=false,installationID=east", "needs installationID and scope.namespaces"),
        ("rbac.clusterRoles=false,scope.namespaces={a}", "needs installationID and scope.namespaces"),
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
        "allowedHosts={*.corp.example:636,10.1.0.0/16,[2001:db8::1]:443,2001:db8::/32,bi}",
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
            "--allowed-hosts=*.corp.example:636,10.1.0.0/16,[2001:db8::1]:443,2001:db8::/32,bi",
            "--installation-id=east",
            "--listen=[::]:8080",
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
    assert_eq!(spec["nodeSelector"], json!({"disk": "ssd", "kubernetes.io/os": "linux"}));
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
fn every_further_value_reaches_the_pod() {
    let rendered = template(&[
        "--set",
        "extraArgs={--log-level=warn},extraEnv[0].name=HTTPS_PROXY,extraEnv[0].value=http://proxy:3128",
        "--set",
        "extraVolumes[0].name=ca,extraVolumes[0].configMap.name=ca",
        "--set",
        "extraVolumeMounts[0].name=ca,extraVolumeMounts[0].mountPath=/ca,extraVolumeMounts[0].readOnly=true",
        "--set",
        "revisionHistoryLimit=3,deploymentAnnotations.note=x,commonLabels.team=bi,podLabels.team=pods",
        "--set",
        "hostAliases[0].ip=192.0.2.1,hostAliases[0].hostnames={dc1.corp.example},dnsPolicy=None",
        "--set",
        "dnsConfig.nameservers={192.0.2.53},dnsConfig.searches={corp.example}",
        "--set",
        "topologySpreadConstraints[0].maxSkew=1,topologySpreadConstraints[0].topologyKey=zone",
        "--set",
        "topologySpreadConstraints[0].whenUnsatisfiable=ScheduleAnyway,topologySpreadConstraints[1].maxSkew=2",
        "--set",
        "topologySpreadConstraints[1].topologyKey=host,topologySpreadConstraints[1].whenUnsatisfiable=DoNotSchedule",
        "--set",
        "topologySpreadConstraints[1].labelSelector.matchLabels.a=b",
    ]);
    let deployment = one(&rendered, "Deployment");
    assert_eq!(deployment["spec"]["revisionHistoryLimit"], 3);
    assert_eq!(deployment["metadata"]["annotations"], json!({"note": "x"}));
    assert_eq!(deployment["spec"]["template"]["metadata"]["labels"]["team"], "bi", "the common label counts");
    let spec = &deployment["spec"]["template"]["spec"];
    let container = &spec["containers"][0];
    assert_eq!(container["args"].as_array().unwrap().last().unwrap(), "--log-level=warn");
    let proxy = json!({"name": "HTTPS_PROXY", "value": "http://proxy:3128"});
    assert_eq!(container["env"].as_array().unwrap().last().unwrap(), &proxy);
    assert_eq!(container["volumeMounts"], json!([{"name": "ca", "mountPath": "/ca", "readOnly": true}]));
    assert_eq!(spec["volumes"], json!([{"name": "ca", "configMap": {"name": "ca"}}]));
    assert_eq!(spec["hostAliases"], json!([{"ip": "192.0.2.1", "hostnames": ["dc1.corp.example"]}]));
    assert_eq!(spec["dnsPolicy"], "None");
    assert_eq!(spec["dnsConfig"], json!({"nameservers": ["192.0.2.53"], "searches": ["corp.example"]}));
    let own = &deployment["spec"]["selector"];
    let selectors: Vec<&Value> =
        ["0", "1"].map(|at| &spec["topologySpreadConstraints"][at.parse::<usize>().unwrap()]["labelSelector"]).into();
    assert_eq!(selectors, [own, &json!({"matchLabels": {"a": "b"}})]);
}

/// The labels of users never replace those of the selector.
#[test]
fn common_labels_are_on_every_object() {
    let labels = r"commonLabels.team=bi,commonLabels.app\.kubernetes\.io/name=other,replicas=2,scope.namespaces={a}";
    let monitoring = "metrics.serviceMonitor.enabled=true,metrics.alerts.enabled=true,metrics.dashboard.enabled=true";
    for object in template(&["--set", labels, "--set", monitoring, "--set", "crds.install=false"]) {
        let labels = &object["metadata"]["labels"];
        assert_eq!(
            (&labels["team"], &labels["app.kubernetes.io/name"]),
            (&json!("bi"), &json!("directory-group-sync")),
            "{object:#}"
        );
    }
}

/// Two pods are drained one after the other; one pod alone would never be drained.
#[test]
fn several_pods_have_a_disruption_budget() {
    assert!(of_kind(&template(&[]), "PodDisruptionBudget").is_empty());
    let rendered = template(&["--set", "replicas=2"]);
    let budget = one(&rendered, "PodDisruptionBudget");
    assert_eq!(budget["spec"]["maxUnavailable"], 1);
    assert_eq!(budget["spec"]["selector"], one(&rendered, "Deployment")["spec"]["selector"]);
}

#[test]
fn the_readme_lists_every_value() {
    let readme = read(&Path::new(CHART).join("README.md"));
    let rows = value_rows(&read(&Path::new(CHART).join("values.yaml")));
    assert!(rows.contains("| `scope.namespaces` | `[]` |"), "{rows}");
    assert!(readme.contains(&rows), "the table of values in the chart's README should be:\n{rows}");
}

/// One row for each value that has a comment right above it; such a comment speaks for everything below its value.
fn value_rows(yaml: &str) -> String {
    let values: Value = serde_yaml::from_str(yaml).unwrap();
    let mut rows = String::new();
    let (mut comment, mut path) = (None, Vec::new());
    for line in yaml.lines() {
        let text = line.trim_start();
        if let Some(text) = text.strip_prefix("# ") {
            comment = Some(text);
        } else if let Some((key, _)) = text.split_once(':') {
            path.truncate((line.len() - text.len()) / 2);
            path.push(key);
            if let Some(comment) = comment.take() {
                let value = &values.pointer(&format!("/{}", path.join("/"))).unwrap();
                writeln!(rows, "| `{}` | `{value}` | {comment} |", path.join(".")).unwrap();
            }
        } else {
            comment = None;
        }
    }
    rows
}
