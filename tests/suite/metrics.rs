//! Probes and metrics, as those ask for them who watch an operator.

mod rules;
mod scrape;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::json;

use self::scrape::{Scrape, ask, wait_for_endpoint};
use crate::cluster::Cluster;
use crate::company::{BASE, ldap_directory, ldif, reader, server, sync};
use crate::harness::{KubernetesApi, OpenLdap, Postgres, wait};

const LISTEN: [&str; 2] = ["--listen", "127.0.0.1:0"];
const GROUPS: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"]), ("Editors", &["ada"])];
const DOCUMENT: &str = include_str!("../../docs/metrics.md");

#[test]
fn what_a_scrape_shows_is_what_status_and_the_table_say() {
    let ldap = OpenLdap::builder(BASE).entries(&ldif(GROUPS)).entries(&reader("pw")).start();
    let database = Postgres::shared().database("metrics");
    let cluster = Cluster::prepare("metrics").with(&LISTEN).started();
    cluster.apply(&ldap_directory("corp", &ldap, "pw"));
    cluster.apply(&server(&database));
    cluster.apply(&[sync("teams", &["Analysts", "Editors"], &json!({"interval": "1h"}))]);
    cluster.apply(&[sync("rests", &["Editors"], &json!({"suspend": true}))]);
    cluster.wait_for("dgs/teams", "Synced");
    let (namespace, endpoint) = (cluster.namespace.clone(), wait_for_endpoint(|| cluster.operator.log()));
    let of = |name: &str| {
        BTreeMap::from([("namespace".to_owned(), namespace.clone()), ("name".to_owned(), name.to_owned())])
    };
    let with = |mut labels: BTreeMap<String, String>, more: &[(&str, &str)]| {
        labels.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        labels
    };
    let scrape = || Scrape::of(&endpoint);
    // The watch delivers a status a moment after it was written.
    wait::until("the scrape shows the status", Duration::from_mins(1), || {
        let (scrape, suspended) = (scrape(), [("kind", "DirectoryGroupSync"), ("type", "Suspended")]);
        scrape.value("members", &of("teams")) == Some(3.0)
            && scrape.value("condition", &with(of("rests"), &suspended)) == Some(1.0)
    });
    let shown = scrape();
    assert_eq!(shown.value("groups", &of("teams")), Some(2.0));
    assert_eq!(shown.value("accounts", &of("teams")), Some(2.0));
    assert_eq!(shown.value("interval_seconds", &of("teams")), Some(3600.0));
    assert_eq!(shown.value("lateness_seconds", &of("teams")), Some(0.0));
    assert_eq!(shown.value("held_changes", &of("teams")), Some(0.0));
    assert_eq!(shown.value("leader", &BTreeMap::new()), Some(1.0));
    let condition = |kind, name, kind_of_condition| {
        shown.value("condition", &with(of(name), &[("kind", kind), ("type", kind_of_condition)]))
    };
    assert_eq!(condition("DirectoryGroupSync", "teams", "Ready"), Some(1.0));
    assert_eq!(condition("DirectoryGroupSync", "teams", "Held"), Some(0.0));
    assert_eq!(condition("DirectoryGroupSync", "rests", "Ready"), None, "it is not known, so nobody is alerted");
    assert_eq!(condition("Directory", "corp", "Ready"), Some(1.0));
    assert_eq!(condition("DashboardServer", "bi", "Ready"), Some(1.0));
    let changed =
        |object, change| shown.value("changes_total", &with(of("teams"), &[("object", object), ("change", change)]));
    assert_eq!((changed("Group", "created"), changed("Account", "created")), (Some(2.0), Some(2.0)));
    assert_eq!((changed("Member", "added"), changed("Member", "removed")), (Some(3.0), Some(0.0)));
    assert_eq!(shown.value("runs_total", &with(of("teams"), &[("result", "Synced")])), Some(1.0));
    for step in ["read_directory", "read_store", "plan", "wait_for_store", "apply"] {
        let labels = with(BTreeMap::new(), &[("step", step)]);
        assert_eq!(shown.value("step_seconds_count", &labels), Some(1.0), "{step}");
    }
    let sent = shown.value("directory_request_seconds_count", &of("corp")).unwrap();
    let received = shown.value("directory_received_bytes_total", &of("corp")).unwrap();
    assert!(sent > 5.0 && received > 1000.0, "{sent} {received}");

    // Everything that is shown is in the table, with these labels, and the other way round.
    assert_eq!(shown.families(), table().keys().cloned().collect::<BTreeSet<_>>());
    for (family, labels) in shown.labels() {
        assert_eq!(labels, table()[&family], "{family}");
    }
    assert!(!shown.text().contains("ada"), "no person is named");
    rules::check_metrics(shown.text());
    rules::check_references(&shown);

    // Series end with their object.
    cluster.kubectl(&["delete", "dgs/teams"]);
    wait::until("the series end", Duration::from_secs(20), || !scrape().text().contains("\"teams\""));
    assert!(scrape().value("directory_received_bytes_total", &of("corp")).is_some(), "the Directory is still there");
}

#[test]
fn one_replica_works_and_both_are_ready() {
    let mut cluster = Cluster::prepare("ready").with(&LISTEN).started();
    let leader = wait_for_endpoint(|| cluster.operator.log());
    wait::until("it works", Duration::from_secs(30), || {
        Scrape::of(&leader).value("leader", &BTreeMap::new()) == Some(1.0)
    });
    let mut standby = cluster.another("standby").with(&LISTEN);
    standby.resume();
    let other = wait_for_endpoint(|| standby.log());
    for endpoint in [&leader, &other] {
        wait::until("it is ready", Duration::from_secs(30), || ask(endpoint, "/readyz") == (200, "ok\n".to_owned()));
        assert_eq!(ask(endpoint, "/healthz"), (200, "ok\n".to_owned()));
        assert_eq!(ask(endpoint, "/").0, 404);
    }
    assert_eq!(Scrape::of(&other).value("leader", &BTreeMap::new()), Some(0.0));
    cluster.stop();
    wait::until("the other one works", Duration::from_secs(30), || {
        Scrape::of(&other).value("leader", &BTreeMap::new()) == Some(1.0)
    });
    standby.stop();
}

#[test]
fn an_operator_is_not_ready_while_the_definitions_lack_a_field() {
    let api: &'static KubernetesApi = Box::leak(Box::new(KubernetesApi::start()));
    let cluster = Cluster::prepare_on(api, "older").with(&LISTEN);
    // A definition from before `spec.timeout`.
    let remove =
        r#"[{"op": "remove", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/timeout"}]"#;
    let crd = "crd/directorygroupsyncs.directorysync.dev";
    api.kubectl(&["patch", crd, "--type=json", "-p", remove]);
    let cluster = cluster.started();
    let endpoint = wait_for_endpoint(|| cluster.operator.log());
    let lacks = "the API server's definitions are older than this operator, they lack DirectoryGroupSync spec.timeout: apply crds/\n";
    wait::until("it says what is missing", Duration::from_mins(1), || {
        ask(&endpoint, "/readyz") == (503, lacks.to_owned())
    });
    assert_eq!(ask(&endpoint, "/healthz").0, 200, "a restart would not help");
    api.kubectl(&["apply", "--server-side", "--force-conflicts", "-f", concat!(env!("CARGO_MANIFEST_DIR"), "/crds")]);
    wait::until("it is ready", Duration::from_mins(1), || ask(&endpoint, "/readyz").0 == 200);
}

/// The metrics of the document, with their labels.
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let rows = DOCUMENT.lines().filter_map(|line| line.strip_prefix("| `directory_group_sync_"));
    rows.map(|row| {
        let (name, rest) = row.split_once("` | ").unwrap();
        let labels = rest.split('|').next().unwrap().split(", ").map(|label| label.trim_matches(['`', ' ']).to_owned());
        (name.to_owned(), labels.filter(|label| !label.is_empty()).collect())
    })
    .collect()
}
