//! The API server goes away, or the operator is killed: the next run completes what the last one started.

use std::time::Duration;

use serde_json::{Value, json};

use crate::cluster::{Cluster, condition, members};
use crate::company::{BASE, config_map, directory, exported, ldap_directory, ldif, reader, server, sync};
use crate::harness::{KubernetesApi, OpenLdap, Postgres, wait};

const GROUPS: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"]), ("Editors", &["ada"])];
const PATIENCE: Duration = Duration::from_mins(1);

fn in_step(status: &Value) -> bool {
    condition(status, "Ready")["status"] == "True"
}

#[test]
fn an_api_server_that_is_gone_stops_the_operator_no_longer_than_that() {
    // A server of its own, which no other test uses.
    let api: &'static KubernetesApi = Box::leak(Box::new(KubernetesApi::start()));
    let ldap = OpenLdap::builder(BASE).entries(&ldif(GROUPS)).entries(&reader("pw")).start();
    let database = Postgres::shared().database("outage");
    // Without a lease, which would be lost meanwhile, and the run with it.
    let mut cluster = Cluster::prepare_on(api, "outage").with(&["--leader-elect=false"]).started();
    cluster.apply(&ldap_directory("corp", &ldap, "pw"));
    cluster.apply(&server(&database));
    cluster.apply(&[sync("first", &["Analysts"], &json!({"interval": "1h"}))]);
    cluster.wait_for("dgs/first", "Synced");
    cluster.apply(&[sync("second", &["Analysts", "Editors"], &json!({"interval": "1h"}))]);
    cluster.wait_for("dgs/second", "SyncedWithProblems");
    let store = || (members(&database, "Analysts").unwrap(), members(&database, "Editors").unwrap());
    let owners = || database.sql("SELECT count(DISTINCT owner) FROM group_links").trim().to_owned();
    let before = store();

    // The watch does not have the other owner any more, and the API server goes away during a read, so it cannot say that this
    // owner is gone. The watch shows the request after the deletion.
    ldap.freeze();
    cluster.kubectl(&["delete", "dgs", "first", "--timeout=60s"]);
    cluster.kubectl(&["annotate", "dgs", "second", "reconcile.fluxcd.io/requestedAt=now"]);
    cluster.wait("dgs/second", "a run has begun", |status| condition(status, "Ready")["status"] == "Unknown");
    let asked = |cluster: &Cluster| cluster.log().matches("asking whether an owner is gone").count();
    assert_eq!(asked(&cluster), 0);
    api.kill();
    ldap.thaw();
    wait::until("a run asks in vain", PATIENCE, || asked(&cluster) > 0);
    wait::until("a look at an object fails", PATIENCE, || cluster.log().contains("cannot reconcile an object"));
    assert_eq!((store(), owners()), (before.clone(), "2".to_owned()), "an owner that nobody asked for is not gone");

    api.resume();
    let status = cluster.wait("dgs/second", "handled", |status| status["lastHandledReconcileAt"] == "now");
    assert_eq!(status["problems"][0]["kind"], "OwnedElsewhere", "{status:#}");
    let status = cluster.run("dgs/second");
    assert!(in_step(&status) && status["problems"].is_null(), "now it is known to be gone: {status:#}");
    assert_eq!((store(), owners()), (before, "1".to_owned()));
    assert!(!cluster.log().contains("panicked"), "{}", cluster.log());
    cluster.stop();
}

#[test]
fn an_operator_that_is_killed_while_it_writes_leaves_nothing_half_done() {
    let database = Postgres::shared().database("killed");
    let mut cluster = Cluster::start("killed");
    cluster.apply(&directory(GROUPS));
    cluster.apply(&server(&database));
    cluster.apply(&[sync("teams", &["Analysts", "Editors"], &json!({"interval": "1h"}))]);
    cluster.wait_for("dgs/teams", "Synced");

    // Accounts are written before memberships, for which the run waits now.
    let after: &[(&str, &[&str])] = &[("Analysts", &["ada", "cy"]), ("Editors", &["ada"])];
    cluster.apply(&[config_map("corp", "company.ldif", &exported(after))]);
    let holder = database.hold("group_members");
    cluster.kubectl(&["annotate", "dgs", "teams", "reconcile.fluxcd.io/requestedAt=now"]);
    wait::until("the run writes", PATIENCE, || database.waiting() > 0);
    cluster.kill();
    drop(holder);
    wait::until("nobody waits any more", PATIENCE, || database.waiting() == 0);
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    wait::until("its session has ended", PATIENCE, || database.sql(others).trim() == "0");
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "bob"]);
    assert_eq!(database.sql("SELECT count(*) FROM users").trim(), "2");

    cluster.resume();
    cluster.wait("dgs/teams", "handled", |status| status["lastHandledReconcileAt"] == "now" && in_step(status));
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "cy"]);
    assert_eq!(database.sql("SELECT count(*) FROM users").trim(), "3");
}
