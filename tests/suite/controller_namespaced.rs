//! An operator for some namespaces, with the rights that the chart gives it: a namespace that is deleted goes, although
//! its `RoleBinding` may go first (`kubernetes/kubernetes#115070`).

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::chart::install;
use crate::cluster::{Cluster, condition, members};
use crate::company::{directory, server, sync};
use crate::harness::{Postgres, wait};

const GROUPS: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"]), ("Editors", &["ada"])];

#[test]
fn a_namespace_goes_although_its_role_binding_went_first() {
    let postgres = Postgres::shared();
    let (database, other_database) = (postgres.database("scoped"), postgres.database("scoped_other"));
    let cluster = Cluster::prepare("scoped");
    let other = cluster.neighbor("scoped-other");
    let release = format!("{}-release", cluster.namespace);
    let served = format!("crds.install=false,scope.namespaces={{{},{}}}", cluster.namespace, other.namespace);
    install(cluster.api, &release, &release, &["--set", &served]);
    let fullname = format!("{release}-directory-group-sync");
    let mut cluster = cluster.of_release(&release).started();
    for (space, database) in [(&*cluster, &database), (&other, &other_database)] {
        space.apply(&directory(GROUPS));
        space.apply(&server(database));
        space.apply(&[sync("teams", &["Analysts"], &json!({"deletionPolicy": "Delete", "interval": "10s"}))]);
        space.wait_for("dgs/teams", "Synced");
    }
    assert!(!cluster.log().contains("forbidden"), "{}", cluster.log());

    // What the namespace controller does, in the order in which it hurts.
    cluster.api.kubectl(&["delete", "namespace", &cluster.namespace, "--wait=false"]);
    cluster.kubectl(&["delete", "rolebinding", &fullname]);
    cluster.kubectl(&["delete", "role", &fullname]);
    // An open watch is not asked for its rights again; a new one is.
    cluster.stop();
    cluster.resume();
    cluster.kubectl(&["delete", "dgs", "teams", "--timeout=180s"]);
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "bob"], "nobody meant its groups");

    // The other namespace is served as before.
    let last = other.get("dgs/teams")["status"]["lastRun"]["startTime"].clone();
    let goes_on =
        |status: &Value| condition(status, "Ready")["reason"] == "Synced" && status["lastRun"]["startTime"] != last;
    other.wait_within(Duration::from_secs(30), "dgs/teams", "goes on", goes_on);
    other.kubectl(&["delete", "dgs", "teams", "--timeout=60s"]);
    assert_eq!(members(&other_database, "Analysts"), None);
}

#[test]
fn an_operator_that_may_not_watch_stops_when_it_is_told_to() {
    let cluster = Cluster::prepare("powerless");
    cluster.kubectl(&["create", "serviceaccount", "powerless"]);
    let token = cluster.kubectl(&["create", "token", "powerless"]);
    let kubeconfig = cluster.api.kubeconfig_with(token.trim());
    let cluster = cluster.with(&["--leader-elect=false", "--installation-id", "powerless"]);
    let mut cluster = cluster.with_kubeconfig(&kubeconfig).started();
    let forbidden = || cluster.log().contains("forbidden");
    wait::until("its watches are refused", Duration::from_mins(1), forbidden);
    let asked = Instant::now();
    cluster.stop();
    assert!(asked.elapsed() < Duration::from_secs(30), "{:?}", asked.elapsed());
}
