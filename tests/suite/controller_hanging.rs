//! A directory that accepts connections and never answers hangs its own runs and nothing else.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::cluster::{Cluster, condition, members};
use crate::company::{BASE, config_map, directory, exported, ldap_directory, ldif, reader, server, sync};
use crate::harness::{OpenLdap, Postgres};

/// Far less than the time-outs of the hung Directory.
const SECONDS: Duration = Duration::from_secs(30);

#[test]
fn a_hung_directory_holds_up_nobody_and_its_runs_end_when_they_should() {
    let ldap = OpenLdap::builder(BASE).entries(&ldif(&[("Analysts", &["ada", "bob"])])).entries(&reader("pw")).start();
    let database = Postgres::shared().database("hanging");
    let mut cluster = Cluster::start("hanging");
    cluster.apply(&ldap_directory("slow", &ldap, "pw"));
    cluster.apply(&directory(&[("Editors", &["ada"])]));
    cluster.apply(&server(&database));
    let slow = json!({"directoryRef": {"name": "slow"}, "deletionPolicy": "Delete", "interval": "1h"});
    cluster.apply(&[sync("slow", &["Analysts"], &slow), sync("quick", &["Editors"], &json!({"interval": "1h"}))]);
    cluster.wait_for("dgs/slow", "Synced");
    cluster.wait_for("dgs/quick", "Synced");

    // Its run begins and does not go on; a run of another directory writes to the same store meanwhile.
    ldap.freeze();
    let hangs = |name: &str, generation: i64| {
        cluster.wait(&format!("dgs/{name}"), "a run has begun", |status| {
            let ready = condition(status, "Ready");
            ready["status"] == "Unknown" && ready["observedGeneration"] == generation
        });
    };
    cluster.kubectl(&["annotate", "dgs", "slow", "reconcile.fluxcd.io/requestedAt=now"]);
    hangs("slow", 1);
    cluster.apply(&[config_map("corp", "company.ldif", &exported(&[("Editors", &["ada", "bob"])]))]);
    let status = cluster.run("dgs/quick");
    assert_eq!(status["lastChange"]["members"]["added"], 1, "{status:#}");
    assert_eq!(members(&database, "Editors").unwrap(), ["ada", "bob"]);
    hangs("slow", 1);

    // Changed, suspended and deleted: each ends the run that hangs.
    cluster.patch("dgs/slow", &json!({"spec": {"interval": "2h"}}));
    hangs("slow", 2);
    cluster.patch("dgs/slow", &json!({"spec": {"suspend": true}}));
    cluster.wait("dgs/slow", "suspended", |status| condition(status, "Suspended")["status"] == "True");
    cluster.patch("dgs/slow", &json!({"spec": {"suspend": false}}));
    hangs("slow", 4);
    cluster.kubectl(&["delete", "dgs", "slow", "--timeout=30s"]);
    assert_eq!(members(&database, "Analysts"), None, "its groups are deleted as its spec asks");

    // The operator ends although a run hangs.
    cluster.apply(&[sync("other", &["Analysts"], &slow)]);
    hangs("other", 1);
    let asked = Instant::now();
    cluster.stop();
    assert!(asked.elapsed() < SECONDS, "{:?}", asked.elapsed());

    // The run that was started is completed when the directory answers again.
    ldap.thaw();
    cluster.resume();
    cluster.wait_for("dgs/other", "Synced");
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "bob"]);
}
