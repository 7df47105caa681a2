//! The end of a sync.

use serde_json::json;

use crate::cluster::{Cluster, condition, members};
use crate::company::{directory, secret, server, sync};
use crate::harness::Postgres;

const GROUPS: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"]), ("Editors", &["ada"])];
const FINALIZER: &str = "directorysync.dev/finalizer";

#[test]
fn deletion_takes_the_groups_that_were_created_if_the_spec_says_so() {
    let database = Postgres::shared().database("deletion");
    let cluster = Cluster::start("deletion");
    cluster.apply(&directory(GROUPS));
    cluster.apply(&server(&database));
    cluster.apply(&[sync("retained", &["Editors"], &json!({}))]);
    cluster.apply(&[sync("deleted", &["Analysts"], &json!({"deletionPolicy": "Delete"}))]);
    cluster.wait_for("dgs/retained", "Synced");
    cluster.wait_for("dgs/deleted", "Synced");
    let finalizers = |name: &str| cluster.get(&format!("dgs/{name}"))["metadata"]["finalizers"].clone();
    assert_eq!(finalizers("deleted"), json!([FINALIZER]));
    assert!(finalizers("retained").is_null());
    database.sql("INSERT INTO groups (name) VALUES ('Local')");

    cluster.kubectl(&["delete", "dgs", "deleted", "retained", "--timeout=60s"]);
    assert_eq!(members(&database, "Analysts"), None);
    assert_eq!(members(&database, "Editors").unwrap(), ["ada"]);
    assert!(members(&database, "Local").is_some());
    assert_eq!(database.sql("SELECT count(*) FROM users").trim(), "2", "accounts stay");
    assert!(cluster.events("deleted").contains(&("GroupsDeleted".to_owned(), "1 group deleted".to_owned())));
}

#[test]
fn the_finalizer_comes_and_goes_with_the_policy() {
    let database = Postgres::shared().database("finalizer");
    let cluster = Cluster::start("finalizer");
    cluster.apply(&directory(GROUPS));
    cluster.apply(&server(&database));
    cluster.apply(&[sync("teams", &["Analysts"], &json!({"deletionPolicy": "Delete"}))]);
    cluster.wait_for("dgs/teams", "Synced");
    assert_eq!(cluster.get("dgs/teams")["metadata"]["finalizers"], json!([FINALIZER]));
    cluster.patch("dgs/teams", &json!({"spec": {"deletionPolicy": "Retain"}}));
    cluster.wait("dgs/teams", "generation 2", |status| status["observedGeneration"] == 2);
    assert!(cluster.get("dgs/teams")["metadata"]["finalizers"].is_null());
}

#[test]
fn a_store_that_cannot_be_reached_blocks_until_the_groups_are_given_up() {
    let mut postgres = Postgres::start(&[]);
    let cluster = Cluster::start("blocked");
    cluster.apply(&directory(GROUPS));
    {
        let database = postgres.database("blocked");
        cluster.apply(&server(&database));
        cluster.apply(&[sync("teams", &["Analysts"], &json!({"deletionPolicy": "Delete"}))]);
        cluster.wait_for("dgs/teams", "Synced");
    }
    postgres.stop();
    cluster.kubectl(&["delete", "dgs", "teams", "--wait=false"]);
    let status = cluster.wait_for("dgs/teams", "DeletionBlocked");
    assert!(condition(&status, "Ready")["message"].as_str().unwrap().contains("Retain"), "{status:#}");
    cluster.patch("dgs/teams", &json!({"spec": {"deletionPolicy": "Retain"}}));
    cluster.kubectl(&["wait", "--for=delete", "--timeout=60s", "dgs/teams"]);
}

#[test]
fn nothing_is_deleted_where_nobody_could_have_meant_it() {
    let database = Postgres::shared().database("kept");
    let cluster = Cluster::start("kept");
    cluster.apply(&directory(GROUPS));
    cluster.apply(&server(&database));
    for (name, group) in [("suspended", "Analysts"), ("orphaned", "Editors")] {
        cluster.apply(&[sync(name, &[group], &json!({"deletionPolicy": "Delete"}))]);
        cluster.wait_for(&format!("dgs/{name}"), "Synced");
    }
    cluster.patch("dgs/suspended", &json!({"spec": {"suspend": true}}));
    cluster.kubectl(&["delete", "dgs", "suspended", "--timeout=60s"]);
    cluster.kubectl(&["delete", "secret", "bi-db"]);
    cluster.kubectl(&["delete", "dgs", "orphaned", "--timeout=60s"]);
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "bob"]);
    assert_eq!(members(&database, "Editors").unwrap(), ["ada"]);
    let cause = |name: &str| cluster.events(name).into_iter().find(|(reason, _)| reason == "GroupsRetained").unwrap().1;
    assert!(cause("suspended").contains("suspended"));
    assert!(cause("orphaned").contains("Secret"));

    // The namespace goes: the groups stay, although events are forbidden there.
    cluster.apply(&[secret("bi-db", json!({"url": database.url()}))]);
    cluster.apply(&[sync("last", &["Analysts"], &json!({"deletionPolicy": "Delete"}))]);
    cluster.wait_for("dgs/last", "Synced");
    cluster.api.kubectl(&["delete", "namespace", &cluster.namespace, "--wait=false"]);
    cluster.kubectl(&["delete", "dgs", "last", "--timeout=60s"]);
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "bob"]);
}
