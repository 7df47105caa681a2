//! What `kubectl` shows of a sync, and when it runs.

use serde_json::json;

use crate::cluster::{Cluster, condition, members};
use crate::company::{config_map, directory, exported, server, sync};
use crate::harness::Postgres;

const GROUPS: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"]), ("Editors", &["ada"])];

#[test]
fn a_sync_runs_when_it_is_created_and_when_it_is_asked_to() {
    let database = Postgres::shared().database("status");
    let cluster = Cluster::start("status");
    cluster.apply(&directory(GROUPS));
    cluster.apply(&server(&database));
    cluster.apply(&[sync("teams", &["Analysts", "Editors"], &json!({}))]);
    cluster.kubectl(&["wait", "--for=condition=Ready", "--timeout=60s", "dgs/teams"]);

    let status = cluster.get("dgs/teams")["status"].clone();
    assert_eq!(condition(&status, "Ready")["reason"], "Synced", "{status:#}");
    assert_eq!(condition(&status, "DuplicatesPresent")["status"], "False");
    assert_eq!(condition(&status, "Suspended")["status"], "False");
    assert!(condition(&status, "Reconciling").is_null() && condition(&status, "Stalled").is_null(), "{status:#}");
    assert_eq!(status["observedGeneration"], 1);
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "bob"]);

    let table = cluster.kubectl(&["get", "dgs", "teams"]);
    let columns: Vec<_> = table.lines().next().unwrap().split("  ").map(str::trim).filter(|c| !c.is_empty()).collect();
    let expected = [
        "NAME",
        "READY",
        "STATUS",
        "GROUPS",
        "MEMBERS",
        "DUPLICATED",
        "MODIFIED",
        "DELETED",
        "LAST CHANGE",
        "LAST SYNC",
        "AGE",
    ];
    assert_eq!(columns, expected);
    let row: Vec<_> = table.lines().nth(1).unwrap().split_whitespace().take(8).collect();
    assert_eq!(row, ["teams", "True", "Synced", "2", "3", "0", "0", "0"]);
    let wide = cluster.kubectl(&["get", "dgs", "teams", "-o", "wide"]);
    assert!(wide.contains("2 groups, 3 members and 2 accounts in sync"), "{wide}");
    assert!(cluster.kubectl(&["get", "dir,dash"]).matches("ProbeSucceeded").count() == 2);

    // What changed in the directory comes with the run that was asked for.
    cluster.apply(&[config_map("corp", "company.ldif", &exported(&[("Analysts", &["ada"]), ("Editors", &["ada"])]))]);
    let status = cluster.run("dgs/teams");
    assert_eq!(status["lastChange"]["members"]["removed"], 1, "{status:#}");
    assert_eq!(status["lastChange"]["groups"]["modified"], 1);
    let events = cluster.events("teams");
    let told = |note: &str| events.iter().any(|(reason, text)| reason == "Synced" && text == note);
    assert!(told("1 group modified, 1 member removed: \"Analysts\" modified (+0 -1 members)"), "{events:?}");
    assert!(!events.iter().any(|(_, text)| text.contains("bob")), "no person is named: {events:?}");
}

#[test]
fn a_run_that_finds_nothing_to_do_writes_one_status_and_nothing_else() {
    let database = Postgres::shared().database("quiet");
    let cluster = Cluster::start("quiet");
    cluster.apply(&directory(GROUPS));
    cluster.apply(&server(&database));
    cluster.apply(&[sync("teams", &["Analysts", "Editors"], &json!({"interval": "10s"}))]);
    let first = cluster.wait_for("dgs/teams", "Synced");

    let others = || (cluster.status_writes("directories", "corp"), cluster.status_writes("dashboardservers", "bi"));
    let before = others();
    cluster.one_quiet_run("teams", &database);
    assert_eq!(others(), before);
    let second = cluster.get("dgs/teams")["status"].clone();
    assert_eq!(condition(&second, "Ready")["lastTransitionTime"], condition(&first, "Ready")["lastTransitionTime"]);
    let objects = cluster.requests();
    let written = objects.iter().filter(|request| {
        // The lease is renewed whether anything runs or not.
        !["get", "list", "watch"].contains(&request.verb.as_str()) && request.object.resource != "leases"
    });
    let kinds: std::collections::BTreeSet<_> = written
        .map(|request| (request.verb.as_str(), request.object.resource.as_str(), request.object.subresource.as_str()))
        .collect();
    let expected = [
        ("create", "events", ""),
        ("patch", "dashboardservers", "status"),
        ("patch", "directories", "status"),
        ("patch", "directorygroupsyncs", "status"),
    ];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn a_run_does_not_ask_the_api_server_for_the_other_syncs_of_its_store() {
    let database = Postgres::shared().database("others");
    let cluster = Cluster::start("others");
    cluster.apply(&directory(&[("Analysts", &["ada"]), ("Board", &["bob"])]));
    cluster.apply(&server(&database));
    for (name, group) in [("teams", "Analysts"), ("board", "Board")] {
        cluster.apply(&[sync(name, &[group], &json!({}))]);
        cluster.wait_for(&format!("dgs/{name}"), "Synced");
    }
    let asked = || {
        let requests = cluster.requests();
        requests.iter().filter(|request| request.verb == "get" && request.object.name == "teams").count()
    };
    let before = asked();
    // With hundreds of syncs, each run would ask hundreds of times.
    cluster.run("dgs/board");
    assert_eq!(asked(), before, "the watch has it");
}

#[test]
fn a_restart_waits_for_the_next_time() {
    let database = Postgres::shared().database("restart");
    let mut cluster = Cluster::start("restart");
    cluster.apply(&directory(GROUPS));
    cluster.apply(&server(&database));
    // A server that becomes ready later starts the syncs that have waited for it.
    cluster.wait_for("dash/bi", "ProbeSucceeded");
    cluster.apply(&[sync("teams", &["Analysts"], &json!({"interval": "1h"}))]);
    cluster.apply(&[sync("waits", &["Editors"], &json!({"directoryRef": {"name": "none"}, "retryInterval": "1h"}))]);
    let synced = cluster.wait_for("dgs/teams", "Synced");
    let waits = cluster.wait_for("dgs/waits", "DirectoryNotFound");
    assert_eq!(condition(&waits, "Reconciling")["reason"], "Waiting");
    cluster.stop();

    // An object that is new marks that the operator has looked at everything.
    cluster.resume();
    cluster.apply(&[sync("mark", &["Editors"], &json!({}))]);
    cluster.wait_for("dgs/mark", "Synced");
    assert_eq!(cluster.get("dgs/teams")["status"], synced);
    assert_eq!(cluster.get("dgs/waits")["status"], waits, "neither is a retry early");
}

#[test]
fn suspended_says_so_and_runs_again_afterwards() {
    let database = Postgres::shared().database("suspend");
    let cluster = Cluster::start("suspend");
    cluster.apply(&directory(GROUPS));
    cluster.apply(&server(&database));
    cluster.apply(&[sync("teams", &["Analysts"], &json!({"suspend": true}))]);
    let status = cluster.wait("dgs/teams", "suspended", |status| condition(status, "Suspended")["status"] == "True");
    let ready = condition(&status, "Ready");
    assert_eq!((&ready["status"], &ready["reason"]), (&json!("Unknown"), &json!("Suspended")), "{status:#}");
    assert_eq!(status["observedGeneration"], 1, "it settles");
    assert!(status["lastRun"].is_null() && members_of_nothing(&database), "{status:#}");

    cluster.patch("dgs/teams", &json!({"spec": {"suspend": false}}));
    let status = cluster.wait_for("dgs/teams", "Synced");
    assert_eq!(condition(&status, "Suspended")["status"], "False");
    assert_eq!(status["observedGeneration"], 2);

    cluster.patch("dgs/teams", &json!({"spec": {"suspend": true}}));
    let status = cluster.wait("dgs/teams", "suspended", |status| condition(status, "Suspended")["status"] == "True");
    let ready = condition(&status, "Ready");
    assert_eq!((&ready["status"], &ready["reason"]), (&json!("True"), &json!("Suspended")), "what was known stays");
    assert!(ready["message"].as_str().unwrap().contains("the last run reported Synced: "), "{ready}");
    assert_eq!(status["observedGeneration"], 3, "it settles");
    assert!(status["nextSyncTime"].is_null());
    // No sync refers to the Directory now, and its status says so; its last state is still there.
    let status = cluster.wait_for("dir/corp", "NotReferenced");
    assert_eq!(condition(&status, "Ready")["status"], "True", "{status:#}");

    cluster.patch("dgs/teams", &json!({"spec": {"suspend": false}}));
    cluster.wait("dgs/teams", "generation 4 ran", |status| {
        status["observedGeneration"] == 4 && condition(status, "Ready")["reason"] == "Synced"
    });
    cluster.wait_for("dir/corp", "ProbeSucceeded");
}

#[test]
fn a_restart_asks_nothing_about_a_sync_that_rests() {
    let database = Postgres::shared().database("rests");
    let mut cluster = Cluster::start("rests");
    cluster.apply(&directory(&[("Analysts", &["ada"]), ("Board", &["bob"])]));
    cluster.apply(&server(&database));
    cluster.apply(&[sync("rests", &["Analysts"], &json!({"suspend": true})), sync("board", &["Board"], &json!({}))]);
    cluster.wait("dgs/rests", "suspended", |status| condition(status, "Suspended")["status"] == "True");
    cluster.wait_for("dgs/board", "Synced");
    cluster.stop();
    let asked = |cluster: &Cluster| {
        let requests = cluster.requests();
        requests.iter().filter(|request| request.verb == "get" && request.object.name == "rests").count()
    };
    let before = asked(&cluster);
    assert!(before > 0, "it was asked for when it was new");
    cluster.resume();
    // All objects are looked at after a start, before a run can end.
    cluster.run("dgs/board");
    assert_eq!(asked(&cluster), before, "with thousands of syncs that would be thousands of calls");
}

#[test]
fn on_request_it_runs_when_asked_and_never_by_itself() {
    let database = Postgres::shared().database("request");
    let cluster = Cluster::start("request");
    cluster.apply(&directory(GROUPS));
    cluster.apply(&server(&database));
    cluster.apply(&[sync("teams", &["Analysts"], &json!({"trigger": "Request"}))]);
    let status = cluster.wait_for("dgs/teams", "WaitingForRequest");
    assert_eq!((&condition(&status, "Ready")["status"], &status["observedGeneration"]), (&json!("Unknown"), &json!(1)));
    assert!(status["lastRun"].is_null() && members_of_nothing(&database), "{status:#}");

    cluster.kubectl(&["annotate", "dgs/teams", "directorysync.dev/requestedAt=first"]);
    let status = cluster.wait("dgs/teams", "the first request", |status| status["lastHandledReconcileAt"] == "first");
    assert_eq!(condition(&status, "Ready")["reason"], "Synced", "{status:#}");
    assert!(status["nextSyncTime"].is_null(), "{status:#}");
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "bob"]);

    // Neither a new generation nor another Directory starts a run.
    cluster.patch("dir/corp", &json!({"spec": {"interval": "1h"}}));
    cluster.patch("dgs/teams", &json!({"spec": {"groups": [{"name": "Editors"}]}}));
    let status = cluster.wait_for("dgs/teams", "WaitingForRequest");
    assert_eq!((&condition(&status, "Ready")["status"], &status["observedGeneration"]), (&json!("True"), &json!(2)));
    cluster.wait("dir/corp", "generation 2 was probed", |status| status["observedGeneration"] == 2);
    assert_eq!(members(&database, "Editors"), None);

    // Either annotation asks for a run, and neither asks twice.
    let run = cluster.run("dgs/teams");
    assert_eq!(condition(&run, "Ready")["reason"], "Synced", "{run:#}");
    assert_eq!(run["otherHandledReconcileAt"], "first");
    assert_eq!(members(&database, "Editors").unwrap(), ["ada"]);
    cluster.kubectl(&["annotate", "--overwrite", "dgs/teams", "directorysync.dev/requestedAt=second"]);
    let last = cluster.wait("dgs/teams", "the second request", |status| status["lastHandledReconcileAt"] == "second");
    cluster.apply(&[sync("mark", &["Analysts"], &json!({}))]);
    cluster.wait("dgs/mark", "in step", |status| condition(status, "Ready")["status"] == "True");
    assert_eq!(cluster.get("dgs/teams")["status"], last, "nothing ran since");

    // What fails is tried again by itself, and then it rests.
    cluster.kubectl(&["delete", "configmap", "corp"]);
    cluster.patch("dgs/teams", &json!({"spec": {"retryInterval": "5s"}}));
    let status = cluster.run("dgs/teams");
    assert_eq!(condition(&status, "Ready")["status"], "False", "{status:#}");
    assert!(!status["nextSyncTime"].is_null(), "{status:#}");
    cluster.apply(&directory(GROUPS));
    let status = cluster.wait_for("dgs/teams", "Synced");
    assert!(status["nextSyncTime"].is_null(), "{status:#}");
}

#[test]
fn a_schedule_that_names_no_time_is_refused() {
    let database = Postgres::shared().database("never");
    let cluster = Cluster::start("never");
    cluster.apply(&directory(GROUPS));
    cluster.apply(&server(&database));
    cluster.apply(&[sync("teams", &["Analysts"], &json!({"schedule": "0 0 30 2 *"}))]);
    let status = cluster.wait_for("dgs/teams", "InvalidSpec");
    let stalled = condition(&status, "Stalled")["message"].as_str().unwrap().to_owned();
    assert!(stalled.contains("spec.schedule") && stalled.contains("never occurs"), "{stalled}");
}

fn members_of_nothing(database: &crate::harness::postgres::Database<'_>) -> bool {
    database.sql("SELECT to_regclass('groups') IS NULL").trim() == "t"
}

#[test]
fn a_preview_shows_and_writes_nothing() {
    let database = Postgres::shared().database("preview");
    let cluster = Cluster::start("preview");
    cluster.apply(&directory(GROUPS));
    cluster.apply(&server(&database));
    cluster.apply(&[sync("teams", &["Analysts"], &json!({"mode": "Preview"}))]);
    let status = cluster.wait_for("dgs/teams", "Previewed");
    assert_eq!(condition(&status, "Ready")["status"], "True");
    assert_eq!(status["plan"]["groups"]["created"], 1, "{status:#}");
    assert_eq!(status["plan"]["members"]["added"], 2);
    assert!(members_of_nothing(&database));

    cluster.patch("dgs/teams", &json!({"spec": {"mode": "Enforce"}}));
    let status = cluster.wait_for("dgs/teams", "Synced");
    assert!(status["plan"].is_null(), "{status:#}");
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "bob"]);
}

#[test]
fn what_cannot_work_stalls_with_the_path_of_its_field() {
    let database = Postgres::shared().database("invalid");
    let cluster = Cluster::start("invalid");
    cluster.apply(&directory(GROUPS));
    cluster.apply(&server(&database));
    let filter = json!({"groups": [{"filter": "(&(cn=Analysts)"}]});
    cluster.apply(&[sync("teams", &[], &filter)]);
    let status = cluster.wait_for("dgs/teams", "InvalidSpec");
    let stalled = condition(&status, "Stalled");
    assert_eq!(stalled["status"], "True", "{status:#}");
    assert!(stalled["message"].as_str().unwrap().contains("spec.groups[0].filter"), "{stalled}");
    assert_eq!(status["observedGeneration"], 1, "a stalled generation has been seen");

    cluster.patch("dgs/teams", &json!({"spec": {"groups": [{"filter": "(cn=Analysts)"}]}}));
    cluster.wait_for("dgs/teams", "Synced");

    // A path is of no use in a cluster, and a SQLite file is of no use to several processes.
    let path = json!({"spec": {"ldif": {"path": "/etc/passwd", "configMapKeyRef": null}}});
    cluster.patch("dir/corp", &path);
    let status = cluster.wait_for("dir/corp", "InvalidSpec");
    assert!(condition(&status, "Stalled")["message"].as_str().unwrap().contains("Directory spec.ldif.path"));
    cluster.apply(&[crate::company::secret("bi-db", json!({"url": "sqlite:store.db"}))]);
    cluster.run("dash/bi");
    cluster.wait_for("dash/bi", "StoreMisconfigured");
}
