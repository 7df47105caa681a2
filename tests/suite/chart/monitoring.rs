//! What the chart has for Prometheus and Grafana: nothing, unless it is asked for.

use std::path::Path;

use serde_json::{Value, json};

use super::{CHART, of_kind, one, read, template};

const KINDS: [&str; 3] = ["ServiceMonitor", "PrometheusRule", "ConfigMap"];

#[test]
fn nothing_for_prometheus_is_there_by_default() {
    let rendered = template(&[]);
    assert!(KINDS.iter().all(|kind| of_kind(&rendered, kind).is_empty()));
}

#[test]
fn alerts_and_dashboard_are_the_given_files() {
    let values = "metrics.alerts.enabled=true,metrics.dashboard.enabled=true,metrics.alerts.labels.release=prometheus";
    let rendered = template(&["--set", values]);
    let rule = one(&rendered, "PrometheusRule");
    let given: Value = serde_yaml::from_str(&read(&Path::new(CHART).join("files/alerts.yaml"))).unwrap();
    assert_eq!(rule["spec"], given);
    assert_eq!(rule["metadata"]["labels"]["release"], "prometheus");
    let dashboard = one(&rendered, "ConfigMap");
    let given = read(&Path::new(CHART).join("files/dashboard.json"));
    assert_eq!(dashboard["data"], json!({"directory-group-sync.json": given}));
    assert_eq!(dashboard["metadata"]["labels"]["grafana_dashboard"], "1", "the label that Grafana's sidecar looks for");
    serde_json::from_str::<Value>(&given).unwrap();
}

#[test]
fn the_service_monitor_selects_what_this_release_labels() {
    let values =
        "metrics.serviceMonitor.enabled=true,metrics.serviceMonitor.interval=5m,metrics.serviceMonitor.labels.a=b";
    let rendered = template(&["--set", values]);
    let monitor = one(&rendered, "ServiceMonitor");
    assert_eq!(monitor["metadata"]["labels"]["a"], "b");
    assert_eq!(
        monitor["spec"]["endpoints"],
        json!([{"port": "http", "honorLabels": true, "path": "/metrics", "interval": "5m"}])
    );
    let own = &one(&rendered, "Deployment")["metadata"]["labels"];
    let selected = monitor["spec"]["selector"]["matchLabels"].as_object().unwrap();
    assert!(selected.iter().all(|(name, value)| own[name] == *value), "{selected:?}");
}
