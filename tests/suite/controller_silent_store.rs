//! A database that falls silent after the sign-in, as one does behind a frozen disk or a pooler.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::cluster::{Cluster, condition, members};
use crate::company::{directory, linked_server, secret, server, sync};
use crate::harness::{Link, Postgres, wait};

/// `ReadyForQuery`, idle: the end of a sign-in.
const READY: &[u8] = b"Z\0\0\0\x05I";
/// Far less than any time limit of a silent store.
const SOON: Duration = Duration::from_secs(30);

#[test]
fn a_store_that_falls_silent_after_the_sign_in_is_given_up() {
    let postgres = Postgres::shared();
    let (silent, healthy) = (postgres.database("silent_store"), postgres.database("healthy_store"));
    let link = Link::to(&postgres.address());
    link.silence_after(READY);
    let cluster = Cluster::prepare("silent-store").with(&["--concurrent", "1"]).started();
    for name in ["silent-0", "silent-1"] {
        cluster.apply(&linked_server(name, &silent, &link));
    }
    wait::until("a probe has signed in", Duration::from_mins(1), || link.accepted() >= 1);
    cluster.apply(&server(&healthy));
    cluster.wait_within(SOON, "dash/bi", "ready", |status| condition(status, "Ready")["status"] == "True");
    for name in ["dash/silent-0", "dash/silent-1"] {
        let status = cluster.wait_within(Duration::from_mins(3), name, "unreachable", |status| {
            condition(status, "Ready")["reason"] == "StoreUnreachable"
        });
        assert_eq!(condition(&status, "Ready")["status"], "False", "{status:#}");
    }
    // What hung heals when its cause is gone.
    let url = format!("{}?sslmode=disable", silent.url());
    cluster.apply(&[secret("silent-0-db", json!({"url": url}))]);
    cluster.wait_within(Duration::from_mins(3), "dash/silent-0", "ready", |status| {
        condition(status, "Ready")["status"] == "True"
    });
}

#[test]
fn a_store_that_falls_silent_blocks_a_deletion_for_a_limited_time_and_says_so() {
    let postgres = Postgres::shared();
    let (silent, healthy) = (postgres.database("farewell"), postgres.database("farewell_other"));
    let link = Link::to(&postgres.address());
    let mut cluster = Cluster::start("farewell");
    cluster.apply(&directory(&[("Analysts", &["ada"]), ("Editors", &["bob"])]));
    cluster.apply(&linked_server("silent", &silent, &link));
    cluster.apply(&server(&healthy));
    let on_silent = json!({"dashboardServerRef": {"name": "silent"}, "deletionPolicy": "Delete", "interval": "1h",
        "timeout": "1m"});
    cluster.apply(&[sync("leaving", &["Analysts"], &on_silent), sync("staying", &["Editors"], &json!({}))]);
    cluster.wait_for("dgs/leaving", "Synced");
    cluster.wait_for("dgs/staying", "Synced");

    link.silence_after(READY);
    let tried = link.accepted();
    cluster.kubectl(&["delete", "dgs", "leaving", "--wait=false"]);
    wait::until("the deletion has signed in", Duration::from_mins(1), || link.accepted() > tried);
    let status = cluster.run("dgs/staying");
    assert_eq!(condition(&status, "Ready")["reason"], "Synced", "{status:#}");
    cluster.wait_within(Duration::from_mins(3), "dgs/leaving", "blocked", |status| {
        condition(status, "Ready")["reason"] == "DeletionBlocked"
    });
    // It is tried again, and an operator that is told to stop meanwhile stops.
    let tried = link.accepted();
    wait::until("the deletion is tried again", Duration::from_mins(3), || link.accepted() > tried);
    let asked = Instant::now();
    cluster.stop();
    assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());

    cluster.resume();
    link.restore();
    cluster.kubectl(&["wait", "--for=delete", "--timeout=180s", "dgs/leaving"]);
    assert_eq!(members(&silent, "Analysts"), None);
}
