//! Directories that hang take places for runs, and never those that deletions and other namespaces need.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cluster::{Cluster, condition, members};
use crate::company::{BASE, directory, ldif, linked_directory, reader, server, sync};
use crate::harness::{Link, OpenLdap, Postgres, wait};
use crate::space::Space;

/// Far less than the time-outs of the hung Directories.
const SOON: Duration = Duration::from_secs(30);
const GROUPS: [&str; 8] = ["Group 0", "Group 1", "Group 2", "Group 3", "Group 4", "Group 5", "Group 6", "Group 7"];

fn company() -> OpenLdap {
    let groups = GROUPS.map(|name| (name, &["ada"][..]));
    OpenLdap::builder(BASE).entries(&ldif(&groups)).entries(&reader("pw")).start()
}

/// A sync for each group, by turns from these Directories; all have run once.
fn syncs_of(space: &Space, directories: &[&str]) -> Vec<String> {
    let names = (0..GROUPS.len()).map(|number| {
        let name = format!("sync-{number}");
        let directory = directories[number % directories.len()];
        let spec = json!({"directoryRef": {"name": directory}, "interval": "1h"});
        space.apply(&[sync(&name, &[GROUPS[number]], &spec)]);
        format!("dgs/{name}")
    });
    let names: Vec<String> = names.collect();
    for name in &names {
        space.wait_for(name, "Synced");
    }
    names
}

fn has_started(status: &Value) -> bool {
    condition(status, "Ready")["status"] == "Unknown"
}

/// Asks for all runs and waits until so many have started, which are those that hang.
fn hang(space: &Space, link: &Link, syncs: &[String], expected: usize) {
    link.silence();
    space.kubectl(&[&["annotate"], &*texts(syncs), &["reconcile.fluxcd.io/requestedAt=now"]].concat());
    wait::until("the runs hang", Duration::from_mins(1), || {
        syncs.iter().filter(|name| has_started(&space.get(name)["status"])).count() >= expected
    });
}

fn texts(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

#[test]
fn four_directories_that_hang_stop_no_deletion_and_no_suspension() {
    let ldap = company();
    let link = Link::to(&ldap.tls_address());
    let database = Postgres::shared().database("places");
    let cluster = Cluster::start("places");
    cluster.apply(&directory(&[("Leaving", &["ada"]), ("Resting", &["ada"])]));
    let hung = ["hung-0", "hung-1", "hung-2", "hung-3"];
    for name in &hung {
        cluster.apply(&linked_directory(name, &ldap, &link));
    }
    cluster.apply(&server(&database));
    cluster.apply(&[sync("leaving", &["Leaving"], &json!({"deletionPolicy": "Delete", "interval": "1h"}))]);
    cluster.apply(&[sync("resting", &["Resting"], &json!({"interval": "1h"}))]);
    for name in ["dgs/leaving", "dgs/resting"] {
        cluster.wait_for(name, "Synced");
    }
    let syncs = syncs_of(&cluster, &hung);
    // Eight runs are what `--concurrent` allows; a namespace alone may get fewer.
    hang(&cluster, &link, &syncs, 4);

    let asked = Instant::now();
    cluster.kubectl(&["delete", "dgs", "leaving", "--timeout=30s"]);
    assert_eq!(members(&database, "Leaving"), None);
    cluster.patch("dgs/resting", &json!({"spec": {"suspend": true}}));
    cluster.wait("dgs/resting", "suspended", |status| condition(status, "Suspended")["status"] == "True");
    // One of those that hang, and one that waits for its place or hangs too.
    cluster.kubectl(&["delete", "dgs", "sync-0", "sync-7", "--timeout=30s"]);
    assert!(asked.elapsed() < 2 * SOON, "{:?}", asked.elapsed());

    // One that gets no place says so after two minutes.
    let waits = |status: &Value| {
        let reconciling = condition(status, "Reconciling");
        reconciling["status"] == "True" && reconciling["reason"] == "Waiting"
    };
    wait::until("a sync says that it waits", Duration::from_mins(3), || {
        syncs[1..7].iter().any(|name| waits(&cluster.get(name)["status"]))
    });

    // When the cause is gone, all goes on; those that waited need no restart.
    link.cut();
    link.restore();
    for name in &syncs[1..7] {
        cluster.wait_within(Duration::from_mins(3), name, "its run has ended", |status| {
            status["lastHandledReconcileAt"] == "now" && condition(status, "Ready")["reason"] == "Synced"
        });
    }
}

#[test]
fn a_namespace_whose_runs_hang_leaves_places_to_others() {
    let ldap = company();
    let link = Link::to(&ldap.tls_address());
    let [database, of_other] = ["fairness", "fairness_other"].map(|name| Postgres::shared().database(name));
    let cluster = Cluster::prepare("fairness");
    let other = cluster.neighbor("fairness-other");
    let cluster = cluster.with(&["--namespaces", &other.namespace, "--concurrent", "4"]).started();
    let hung = GROUPS.map(|name| name.to_lowercase().replace(' ', "-"));
    for name in &hung {
        cluster.apply(&linked_directory(name, &ldap, &link));
    }
    for (space, database) in [(&*cluster, &database), (&other, &of_other)] {
        space.apply(&server(database));
    }
    let syncs = syncs_of(&cluster, &texts(&hung));
    hang(&cluster, &link, &syncs, 2);

    let asked = Instant::now();
    other.apply(&directory(&[("Editors", &["ada"]), ("Viewers", &["bob"])]));
    let groups = [("editors", "Editors"), ("viewers", "Viewers")];
    for (name, group) in &groups {
        other.apply(&[sync(name, &[group], &json!({"interval": "1h"}))]);
    }
    let in_sync = |status: &Value| condition(status, "Ready")["status"] == "True";
    for name in ["dgs/editors", "dgs/viewers"] {
        other.wait_within(SOON, name, "in sync", in_sync);
    }
    assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
    // Not only because it was new.
    let status = other.run("dgs/editors");
    assert_eq!(condition(&status, "Ready")["reason"], "Synced", "{status:#}");

    // A namespace that is alone may use them, and those that hung go on by themselves.
    link.cut();
    link.restore();
    for name in &syncs {
        cluster.wait_within(Duration::from_mins(3), name, "its run has ended", |status| {
            status["lastHandledReconcileAt"] == "now" && condition(status, "Ready")["reason"] == "Synced"
        });
    }
}
