//! What Prometheus and Grafana are given: rules with unit tests, and a dashboard.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use super::scrape::Scrape;
use super::{DOCUMENT, table};
use crate::harness::{command, folder};

const ALERTS: &str = include_str!("../../../charts/directory-group-sync/files/alerts.yaml");
const TESTS: &str = include_str!("alerts.test.yaml");
const DASHBOARD: &str = include_str!("../../../charts/directory-group-sync/files/dashboard.json");
const PREFIX: &str = "directory_group_sync_";

#[test]
fn each_alert_fires_when_it_should_and_is_explained() {
    let folder = folder::temporary("alerts");
    folder::write(folder.path(), "alerts.yaml", ALERTS);
    folder::write(folder.path(), "alerts.test.yaml", TESTS);
    let promtool =
        |arguments: &[&str]| command::run(Command::new("promtool").args(arguments).current_dir(folder.path()));
    promtool(&["check", "rules", "--lint-fatal", "alerts.yaml"]);
    promtool(&["test", "rules", "alerts.test.yaml"]);
    let rules: Value = serde_yaml::from_str(ALERTS).unwrap();
    for rule in rules["groups"][0]["rules"].as_array().unwrap() {
        let name = rule["alert"].as_str().unwrap();
        assert!(DOCUMENT.contains(&format!("\n### {name}\n")), "docs/metrics.md does not explain {name}");
        let url = rule["annotations"]["runbook_url"].as_str().unwrap();
        assert!(url.ends_with(&format!("/docs/metrics.md#{}", name.to_lowercase())), "{url}");
        let fires = TESTS.matches(&format!("alertname: {name}\n    exp_alerts:\n    - ")).count();
        let rests = TESTS.matches(&format!("alertname: {name}\n    exp_alerts: []")).count();
        assert!(fires > 0 && (rests > 0 || name == "DashboardServerNotReady"), "{name}: {fires} {rests}");
    }
}

/// The names in the rules and in the dashboard are those of a scrape, and so are their labels.
pub(super) fn check_references(scrape: &Scrape) {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap());
    let mut texts: Vec<String> = targets.map(|target| target["expr"].as_str().unwrap().to_owned()).collect();
    assert!(texts.len() > 20, "{texts:?}");
    let rules: Value = serde_yaml::from_str(ALERTS).unwrap();
    texts.extend(
        rules["groups"][0]["rules"].as_array().unwrap().iter().map(|it| it["expr"].as_str().unwrap().to_owned()),
    );
    let (known, tables) = (scrape.names(), table());
    for text in texts {
        for (start, _) in text.match_indices(PREFIX) {
            let rest = &text[start + PREFIX.len()..];
            let end = rest.find(|character: char| !character.is_ascii_alphanumeric() && character != '_');
            let name = &rest[..end.unwrap_or(rest.len())];
            assert!(known.contains(name), "{text}: no scrape shows {name}");
            let family = ["_bucket", "_sum", "_count"].iter().find_map(|part| name.strip_suffix(part));
            let labels = &tables[family.filter(|it| tables.contains_key(*it)).unwrap_or(name)];
            let selected =
                rest[name.len()..].strip_prefix('{').and_then(|rest| rest.split_once('}')).map_or("", |it| it.0);
            let used: BTreeSet<_> =
                selected.split(',').filter_map(|part| part.split(['=', '!']).next()).map(str::trim).collect();
            for label in used.into_iter().filter(|label| !label.is_empty()) {
                assert!(labels.contains(label), "{text}: {name} has no label {label}");
            }
        }
    }
}

/// What promtool says of a scrape.
pub(super) fn check_metrics(text: &str) {
    command::run_with(Command::new("promtool").args(["check", "metrics"]), text);
}
