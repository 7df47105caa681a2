//! Every combination of values renders objects that a real API server takes, with no field that it does not know.

use super::{CHART, api, documents};
use crate::harness::helm::helm;
use crate::harness::{KubernetesApi, command};

const NAMESPACE: &str = "dgs";

/// What is set, and some of the objects that follow from it.
const CASES: &[(&str, &[&str])] = &[
    ("", &["Deployment/dgs-directory-group-sync", "ClusterRole/dgs-directory-group-sync-view"]),
    ("scope.namespaces={matrix}", &["Role/dgs-directory-group-sync"]),
    ("scope.namespaces={matrix},installationID=east,rbac.clusterRoles=false", &["Role/dgs-directory-group-sync"]),
    ("rbac.create=false,serviceAccount.create=false,serviceAccount.name=mine", &[]),
    ("allowedHosts={*.corp.example:636,10.1.0.0/16}", &["Deployment/dgs-directory-group-sync"]),
    ("replicas=3", &["PodDisruptionBudget/dgs-directory-group-sync"]),
    (
        "fullnameOverride=short,commonLabels.team=bi,podLabels.tier=one,podAnnotations.a=b,deploymentAnnotations.a=b",
        &["Deployment/short"],
    ),
    ("extraArgs={--log-level=warn},extraEnv[0].name=A,extraEnv[0].value=b", &[]),
    ("extraEnv[0].name=A,extraEnv[0].valueFrom.secretKeyRef.name=s,extraEnv[0].valueFrom.secretKeyRef.key=k", &[]),
    (
        "extraVolumes[0].name=ca,extraVolumes[0].configMap.name=ca,extraVolumeMounts[0].name=ca,extraVolumeMounts[0].mountPath=/ca",
        &[],
    ),
    ("hostAliases[0].ip=192.0.2.1,hostAliases[0].hostnames={dc1.corp.example}", &[]),
    ("dnsPolicy=None,dnsConfig.nameservers={192.0.2.53},dnsConfig.options[0].name=edns0", &[]),
    (
        "topologySpreadConstraints[0].maxSkew=1,topologySpreadConstraints[0].topologyKey=zone,topologySpreadConstraints[0].whenUnsatisfiable=DoNotSchedule",
        &[],
    ),
    ("nodeSelector.disk=ssd,tolerations[0].operator=Exists,priorityClassName=high,revisionHistoryLimit=0", &[]),
    (
        "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].key=a,affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].operator=Exists",
        &[],
    ),
    (
        "metrics.serviceMonitor.enabled=true,metrics.serviceMonitor.labels.release=prometheus",
        &["ServiceMonitor/dgs-directory-group-sync"],
    ),
    (
        "metrics.alerts.enabled=true,metrics.dashboard.enabled=true",
        &["PrometheusRule/dgs-directory-group-sync", "ConfigMap/dgs-directory-group-sync-dashboard"],
    ),
];

#[test]
fn the_cluster_takes_every_combination_of_values() {
    let api = api();
    api.apply(include_str!("../../fixtures/prometheus_operator.yaml"));
    api.kubectl(&[
        "wait",
        "--for=condition=Established",
        "--timeout=60s",
        "crd",
        "servicemonitors.monitoring.coreos.com",
    ]);
    api.kubectl(&[
        "wait",
        "--for=condition=Established",
        "--timeout=60s",
        "crd",
        "prometheusrules.monitoring.coreos.com",
    ]);
    api.kubectl(&["create", "namespace", "matrix"]);
    for (values, expected) in CASES {
        command::run(&mut helm(&["lint", "--strict", CHART, "--set", values]));
        let yaml = command::run(&mut helm(&[
            "template",
            "dgs",
            CHART,
            "--namespace",
            NAMESPACE,
            "--set",
            values,
            "--set",
            "crds.install=false",
        ]));
        let names: Vec<String> = documents(&yaml)
            .iter()
            .map(|object| {
                format!("{}/{}", object["kind"].as_str().unwrap(), object["metadata"]["name"].as_str().unwrap())
            })
            .collect();
        let missing: Vec<_> = expected.iter().filter(|name| !names.contains(&(**name).to_owned())).collect();
        assert!(missing.is_empty(), "{values}: {missing:?} of {names:?}");
        let taken = dry_run(api, &yaml);
        assert_eq!(
            taken.lines().filter(|line| line.ends_with("(server dry run)")).count(),
            names.len(),
            "{values}: {taken}"
        );
    }
    let refused = api.kubectl_fails(
        &["apply", "--server-side", "--dry-run=server", "-f", "-"],
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: dgs}\ntypo: true\n",
    );
    assert!(refused.contains("typo"), "a field that does not exist is refused: {refused}");
}

/// Has the API server check the objects without storing them. Installed ones belong to Helm.
fn dry_run(api: &KubernetesApi, yaml: &str) -> String {
    api.kubectl_with(&["apply", "--server-side", "--force-conflicts", "--dry-run=server", "-f", "-"], yaml)
}
