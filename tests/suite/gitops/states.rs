//! Objects in each state that the operator writes, as the API server shows them, and what the tools make of them.

use serde_json::{Value, json};

use super::{argo_cd, flux, kstatus};
use crate::cluster::Cluster;
use crate::company::{directory, object, secret, server, sync};
use crate::harness::Postgres;

const GROUPS: &[(&str, &[&str])] = &[
    ("Held", &["ada", "bob", "cy"]),
    ("Previewed", &["ada"]),
    ("Suspended", &["ada"]),
    ("Asked", &["ada"]),
    ("Edited", &["ada"]),
    ("Deleted", &["ada"]),
];
const LATER: &[(&str, &[&str])] = &[
    ("Held", &["ada"]),
    ("Previewed", &["ada"]),
    ("Suspended", &["ada"]),
    ("Asked", &["ada"]),
    ("Edited", &["ada"]),
    ("Deleted", &["ada"]),
];

/// Objects, each with what kstatus, Flux and Argo CD should say.
#[derive(Default)]
struct States(Vec<(&'static str, Value, [&'static str; 3])>);

impl States {
    fn see(&mut self, cluster: &Cluster, what: &'static str, resource: &str, expected: [&'static str; 3]) {
        self.0.push((what, cluster.get(resource), expected));
    }
}

#[test]
fn flux_and_argo_cd_see_what_each_state_means() {
    let database = Postgres::shared().database("states");
    let mut cluster = Cluster::prepare("states");
    let mut seen = States::default();
    let held = json!({"limits": {"memberRemovals": {"allow": 0, "percent": 0}}});
    cluster.apply(&[sync("held", &["Held"], &held)]);
    // kstatus knows no better. Flux waits, because its expressions find no status.
    seen.see(&cluster, "new", "dgs/held", ["Current", "Unknown", "Progressing"]);
    cluster.resume();
    cluster.wait_for("dgs/held", "DirectoryNotFound");
    seen.see(&cluster, "waiting", "dgs/held", ["InProgress", "InProgress", "Progressing"]);

    cluster.apply(&directory(GROUPS));
    cluster.apply(&server(&database));
    cluster.wait_for("dgs/held", "Synced");
    cluster.wait_for("dir/corp", "ProbeSucceeded");
    cluster.wait_for("dash/bi", "ProbeSucceeded");
    for resource in ["dgs/held", "dir/corp", "dash/bi"] {
        seen.see(&cluster, "ready", resource, ["Current", "Current", "Healthy"]);
    }
    cluster.apply(&directory(LATER));
    cluster.run("dgs/held");
    cluster.wait_for("dgs/held", "Held");
    seen.see(&cluster, "held", "dgs/held", ["Current", "Current", "Healthy"]);

    cluster.apply(&[sync("previewed", &["Previewed"], &json!({"mode": "Preview"}))]);
    cluster.wait_for("dgs/previewed", "Previewed");
    seen.see(&cluster, "previewed", "dgs/previewed", ["Current", "Current", "Healthy"]);

    cluster.apply(&[sync("never", &["Suspended"], &json!({"suspend": true}))]);
    cluster.wait_for("dgs/never", "Suspended");
    seen.see(&cluster, "suspended before its first run", "dgs/never", ["InProgress", "InProgress", "Suspended"]);
    cluster.apply(&[sync("suspended", &["Suspended"], &json!({}))]);
    cluster.wait_for("dgs/suspended", "Synced");
    cluster.patch("dgs/suspended", &json!({"spec": {"suspend": true}}));
    cluster.wait_for("dgs/suspended", "Suspended");
    seen.see(&cluster, "suspended", "dgs/suspended", ["Current", "Current", "Suspended"]);

    cluster.apply(&[sync("asked", &["Asked"], &json!({"trigger": "Request"}))]);
    cluster.wait_for("dgs/asked", "WaitingForRequest");
    seen.see(&cluster, "not yet requested", "dgs/asked", ["InProgress", "InProgress", "Suspended"]);
    cluster.run("dgs/asked");
    cluster.wait_for("dgs/asked", "Synced");
    seen.see(&cluster, "requested", "dgs/asked", ["Current", "Current", "Healthy"]);

    let [_, mut unused] = directory(GROUPS);
    unused["metadata"]["name"] = "unused".into();
    cluster.apply(&[unused]);
    cluster.wait_for("dir/unused", "NotReferenced");
    seen.see(&cluster, "not referenced", "dir/unused", ["InProgress", "InProgress", "Suspended"]);

    cluster.apply(&[sync("stalled", &["Edited"], &json!({"schedule": "0 0 30 2 *"}))]);
    cluster.wait_for("dgs/stalled", "InvalidSpec");
    seen.see(&cluster, "stalled", "dgs/stalled", ["Failed", "Failed", "Degraded"]);

    cluster.apply(&unreachable());
    let mut retried = sync("retried", &["Edited"], &json!({"deletionPolicy": "Delete"}));
    retried["spec"]["dashboardServerRef"]["name"] = "away".into();
    cluster.apply(&[retried]);
    cluster.wait_for("dgs/retried", "StoreUnreachable");
    seen.see(&cluster, "tried again", "dgs/retried", ["InProgress", "InProgress", "Progressing"]);
    cluster.wait_for("dash/away", "StoreUnreachable");
    seen.see(&cluster, "unreachable", "dash/away", ["InProgress", "InProgress", "Progressing"]);
    cluster.kubectl(&["delete", "dgs", "retried", "--wait=false"]);
    cluster.wait_for("dgs/retried", "DeletionBlocked");
    seen.see(&cluster, "deletion blocked", "dgs/retried", ["Terminating", "InProgress", "Progressing"]);
    cluster.patch("dgs/retried", &json!({"spec": {"deletionPolicy": "Retain"}}));
    cluster.kubectl(&["wait", "--for=delete", "--timeout=60s", "dgs/retried"]);

    cluster.stop();
    cluster.patch("dgs/asked", &json!({"spec": {"trigger": "Schedule"}}));
    seen.see(&cluster, "edited", "dgs/asked", ["InProgress", "InProgress", "Progressing"]);

    let objects: Vec<Value> = seen.0.iter().map(|(_, object, _)| object.clone()).collect();
    let expected: Vec<_> = seen.0.iter().map(|(what, _, expected)| (*what, expected.map(str::to_owned))).collect();
    let (kstatus, flux) = (kstatus::statuses(&objects).into_iter(), flux::statuses(&objects).into_iter());
    let judged = kstatus.zip(flux).zip(objects.iter().map(argo_cd::health));
    let found = judged.zip(&seen.0).map(|(((kstatus, flux), argo_cd), (what, ..))| (*what, [kstatus, flux, argo_cd]));
    assert_eq!(found.collect::<Vec<_>>(), expected);
}

/// A DashboardServer where nothing listens.
fn unreachable() -> [Value; 2] {
    let spec = json!({"sql": {"secretKeyRef": {"name": "away-db", "key": "url"}}});
    [
        secret("away-db", json!({"url": "postgres://sync:pw@127.0.0.1:1/bi?sslmode=disable"})),
        object("DashboardServer", "away", spec),
    ]
}
