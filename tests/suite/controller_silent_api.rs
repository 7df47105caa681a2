//! The API server falls silent without closing a connection, as behind a load balancer that has lost a flow.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cluster::{Cluster, condition};
use crate::company::{BASE, directory, ldap_directory, ldif, object, reader, server, sync};
use crate::harness::{KubernetesApi, OpenLdap, Postgres, wait};

const GROUPS: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"]), ("Editors", &["ada"])];
/// How soon every sync must run again.
const RECOVERY: Duration = Duration::from_mins(1);

#[test]
fn every_sync_runs_within_a_minute_after_new_connections_work() {
    let ldap = OpenLdap::builder(BASE).entries(&ldif(GROUPS)).entries(&reader("pw")).start();
    let database = Postgres::shared().database("silent_api");
    let api = KubernetesApi::shared();
    let link = api.link();
    let cluster = Cluster::prepare("silent-api").with_kubeconfig(&api.kubeconfig_over(&link)).started();
    cluster.apply(&directory(GROUPS));
    cluster.apply(&ldap_directory("slow", &ldap, "pw"));
    cluster.apply(&server(&database));
    let slow = json!({"directoryRef": {"name": "slow"}, "interval": "10s"});
    cluster.apply(&[sync("file", &["Analysts"], &json!({"interval": "10s"})), sync("ldap", &["Editors"], &slow)]);
    let syncs = ["dgs/file", "dgs/ldap"];
    let in_sync = |status: &Value| condition(status, "Ready")["status"] == "True";
    for name in &syncs {
        cluster.wait(name, "in sync", in_sync);
    }

    // One run has started and one look has not: the first reports, and the other asks, while nobody answers.
    ldap.freeze();
    cluster.kubectl(&["annotate", "dgs", "ldap", "reconcile.fluxcd.io/requestedAt=now"]);
    cluster.wait("dgs/ldap", "a run has started", |status| condition(status, "Ready")["status"] == "Unknown");
    link.silence();
    ldap.thaw();
    let last = |name: &str| cluster.get(name)["status"]["lastRun"]["startTime"].clone();
    let before = syncs.map(last);
    // New connections work while the requests on old ones still wait.
    let silence = Instant::now();
    wait::until("the interval has passed", Duration::from_mins(1), || silence.elapsed() > Duration::from_secs(12));
    assert_eq!(syncs.map(last), before, "nothing passes");
    link.restore();

    let restored = Instant::now();
    for (name, before) in syncs.iter().zip(&before) {
        let left = RECOVERY.saturating_sub(restored.elapsed());
        cluster.wait_within(left, name, "runs again", |status| {
            in_sync(status) && status["lastRun"]["startTime"] != *before
        });
    }
    let status = cluster.get("dgs/ldap")["status"].clone();
    assert_eq!(status["lastHandledReconcileAt"], "now", "{status:#}");

    // What an administrator commands arrives too: the watches are new.
    cluster.patch("dgs/file", &json!({"spec": {"suspend": true}}));
    cluster.wait("dgs/file", "suspended", |status| condition(status, "Suspended")["status"] == "True");
    let another = json!({"baseDN": BASE, "ldif": {"configMapKeyRef": {"name": "corp", "key": "company.ldif"}}});
    cluster.apply(&[object("Directory", "another", another)]);
    cluster.wait_for("dir/another", "NotReferenced");
}
