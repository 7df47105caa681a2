//! A changed Directory or DashboardServer starts its syncs, even if the operator ended right after it had reported the
//! change and before it had started them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::cluster::{Cluster, condition, members};
use crate::company::{config_map, directory, exported, server, sync};
use crate::harness::Postgres;

/// Changes of other objects start syncs within five minutes, each at a time of its own.
const SPREAD: Duration = Duration::from_mins(6);
/// Never within a test.
const AT_NIGHT: &str = "0 2 30 12 *";

#[test]
fn a_change_whose_start_was_lost_is_noticed_by_its_generation() {
    let database = Postgres::shared().database("level");
    let mut cluster = Cluster::start("level");
    cluster.apply(&directory(&[("Analysts", &["ada", "bob"])]));
    cluster.apply(&[config_map("later", "company.ldif", &exported(&[("Analysts", &["ada", "bob", "cy"])]))]);
    cluster.apply(&server(&database));
    cluster.wait_for("dash/bi", "ProbeSucceeded");
    cluster.apply(&[sync("teams", &["Analysts"], &json!({"schedule": AT_NIGHT}))]);
    cluster.apply(&[sync("resting", &["Analysts"], &json!({"trigger": "Request"}))]);
    cluster.wait_for("dgs/teams", "Synced");
    cluster.wait_for("dgs/resting", "WaitingForRequest");

    // The operator was killed between the status of the Directory and the start of its syncs.
    cluster.kill();
    cluster.patch("dir/corp", &json!({"spec": {"ldif": {"configMapKeyRef": {"name": "later"}}}}));
    report_generation(&cluster, "dir/corp");
    cluster.resume();
    let second = cluster.wait_within(SPREAD, "dgs/teams", "the new Directory was read", |status| {
        status["lastChange"]["members"]["added"] == 1 && condition(status, "Ready")["reason"] == "Synced"
    });
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "bob", "cy"]);

    // The same for the DashboardServer.
    cluster.kill();
    cluster.patch("dash/bi", &json!({"spec": {"protected": {"accounts": ["nobody"]}}}));
    report_generation(&cluster, "dash/bi");
    cluster.resume();
    let third = cluster.wait_within(SPREAD, "dgs/teams", "ran for the new DashboardServer", |status| {
        status["lastRun"]["startTime"] != second["lastRun"]["startTime"]
            && condition(status, "Ready")["reason"] == "Synced"
    });

    // Once each. An object that is new marks that the operator has looked at everything.
    cluster.kill();
    cluster.resume();
    cluster.apply(&[sync("mark", &["Analysts"], &json!({"schedule": AT_NIGHT}))]);
    cluster.wait("dgs/mark", "in sync", |status| condition(status, "Ready")["status"] == "True");
    assert_eq!(cluster.get("dgs/teams")["status"]["lastRun"], third["lastRun"]);
    let resting = cluster.get("dgs/resting")["status"].clone();
    assert!(resting["lastRun"].is_null(), "a change of another object is no request: {resting:#}");
}

/// Writes what the operator reported last before it was killed: it has seen the present generation.
fn report_generation(cluster: &Cluster, name: &str) {
    let object = cluster.get(name);
    let generation = &object["metadata"]["generation"];
    let mut conditions = object["status"]["conditions"].clone();
    let all: &mut Vec<Value> = conditions.as_array_mut().unwrap();
    for condition in all {
        condition["observedGeneration"] = generation.clone();
    }
    let status = json!({"status": {"observedGeneration": generation, "conditions": conditions}});
    cluster.kubectl(&["patch", name, "--subresource=status", "--type=merge", "-p", &status.to_string()]);
}
