//! What only the API server can show: what may change later, what status holds, what kubectl prints.

use directory_group_sync::api::v1alpha1::directory_group_sync::status::DirectoryGroupSyncStatus;
use directory_group_sync::api::v1alpha1::{DashboardServer, Directory, DirectoryGroupSync};
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, Error};
use serde_json::{Value, json};

use super::server::{ApiServer, refusals};
use crate::harness::KubernetesApi;

fn sync(name: &str) -> DirectoryGroupSync {
    serde_json::from_value(json!({
        "apiVersion": "directorysync.dev/v1alpha1",
        "kind": "DirectoryGroupSync",
        "metadata": {"name": name},
        "spec": {
            "directoryRef": {"name": "corp"},
            "dashboardServerRef": {"name": "bi"},
            "groups": [{"name": "BI Editors"}],
        },
    }))
    .unwrap()
}

/// The fields and words of a refused change.
async fn refused<K>(api: &Api<K>, name: &str, change: Value) -> Vec<(String, String)>
where
    K: kube::Resource + Clone + std::fmt::Debug + serde::de::DeserializeOwned,
{
    match api.patch(name, &PatchParams::default(), &Patch::Merge(change)).await {
        Err(Error::Api(status)) => {
            refusals(&status).into_iter().map(|refusal| (refusal.field, refusal.message)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_sync_stays_with_its_server_and_may_change_its_directory() {
    let server = ApiServer::shared().await;
    let namespace = KubernetesApi::shared().namespace("schema");
    let api: Api<DirectoryGroupSync> = Api::namespaced(server.client(), &namespace);
    api.create(&PostParams::default(), &sync("a")).await.unwrap();
    let message = "Forbidden: cannot be changed: create another DirectoryGroupSync for another server";
    assert_eq!(
        refused(&api, "a", json!({"spec": {"dashboardServerRef": {"name": "other"}}})).await,
        [("spec.dashboardServerRef".to_owned(), message.to_owned())]
    );
    // The default kind may be written out, which is not a change.
    let kind = json!({"spec": {"dashboardServerRef": {"kind": "DashboardServer", "name": "bi"}}});
    api.patch("a", &PatchParams::default(), &Patch::Merge(kind)).await.unwrap();
    let change = json!({"spec": {"directoryRef": {"name": "other"}, "suspend": true}});
    api.patch("a", &PatchParams::default(), &Patch::Merge(change)).await.unwrap();
}

#[tokio::test]
async fn a_dashboard_server_stays_what_it_is_and_may_move() {
    let server = ApiServer::shared().await;
    let namespace = KubernetesApi::shared().namespace("schema");
    let api: Api<DashboardServer> = Api::namespaced(server.client(), &namespace);
    let object = json!({
        "apiVersion": "directorysync.dev/v1alpha1",
        "kind": "DashboardServer",
        "metadata": {"name": "bi"},
        "spec": {"sql": {"secretKeyRef": {"name": "bi-db", "key": "url"}}},
    });
    api.create(&PostParams::default(), &serde_json::from_value(object).unwrap()).await.unwrap();
    let message = "Forbidden: the kind of server cannot be changed: create another DashboardServer";
    let refusals = refused(&api, "bi", json!({"spec": {"sql": null}})).await;
    assert!(refusals.contains(&("spec".to_owned(), message.to_owned())), "{refusals:?}");
    let bold_bi = json!({"url": "https://bi.example", "secretRef": {"name": "bi"}});
    let refusals = refused(&api, "bi", json!({"spec": {"sql": null, "boldBI": bold_bi}})).await;
    assert!(refusals.contains(&("spec".to_owned(), message.to_owned())), "{refusals:?}");
    let change = json!({"spec": {"sql": {"secretKeyRef": {"name": "other-db"}}}});
    api.patch("bi", &PatchParams::default(), &Patch::Merge(change)).await.unwrap();
}

fn full_status() -> Value {
    let time = "2026-01-01T00:00:00Z";
    json!({
        "observedGeneration": 1,
        "conditions": [{
            "type": "Ready", "status": "True", "reason": "SyncedWithProblems", "message": "1 duplicate",
            "observedGeneration": 1, "lastTransitionTime": time,
        }],
        "lastHandledReconcileAt": "now",
        "otherHandledReconcileAt": "before",
        "lastApprovedHash": "fedcba9876543210",
        "lastSyncTime": time,
        "nextSyncTime": "2999-01-01T00:00:00Z",
        "current": {
            "groups": 12, "members": 512, "accounts": 340, "duplicated": 1, "invalid": 0, "unresolved": 2, "missing": 0,
            "waiting": 0, "pending": 1, "outOfScope": 3,
        },
        "pending": ["grace"],
        "lastChange": {
            "time": time,
            "groups": {"created": 1, "adopted": 5, "modified": 2, "deleted": 3, "released": 4},
            "accounts": {"created": 1, "adopted": 5, "updated": 2, "renamed": 1, "deactivated": 3, "deleted": 4},
            "members": {"added": 5, "removed": 6},
        },
        "lastRun": {
            "result": "SyncedWithProblems", "startTime": time, "completionTime": time,
            "groups": {
                "selected": 9, "created": 1, "adopted": 5, "modified": 2, "deleted": 3, "released": 4,
                "duplicated": 1, "invalid": 0, "unchanged": 5, "failed": 0,
            },
            "accounts": {
                "created": 1, "adopted": 5, "updated": 2, "renamed": 1, "deactivated": 3, "deleted": 4, "duplicated": 0,
                "invalid": 0,
            },
            "members": {"added": 5, "removed": 6, "unresolved": 2},
        },
        "duplicates": [{
            "name": "BI", "externalID": "objectGUID:6f61f619-8b86-d011-b42d-00c04fc964ff", "reason": "GroupName",
            "clashesWith": "a local group of the store",
        }],
        "duplicatesOmitted": 3,
        "problems": [{"group": "BI", "kind": "Unresolved", "message": "2 members cannot be read"}],
        "problemsOmitted": 1,
        "plan": {
            "hash": "0123456789abcdef", "heldSinceTime": time, "reasons": ["too many"],
            "groups": {"created": 0, "adopted": 0, "modified": 1, "deleted": 0, "released": 0},
            "accounts": {"created": 0, "adopted": 0, "updated": 0, "renamed": 0, "deactivated": 0, "deleted": 0},
            "members": {"added": 0, "removed": 9},
            "examples": ["remove ada from BI"], "planRef": {"name": "a"},
        },
    })
}

/// No field of a status is dropped on the way, as an unknown one would be, and kubectl shows it.
#[tokio::test]
async fn a_status_survives_its_journey_and_fills_the_columns() {
    let server = ApiServer::shared().await;
    let kubernetes = KubernetesApi::shared();
    let namespace = kubernetes.namespace("schema");
    let api: Api<DirectoryGroupSync> = Api::namespaced(server.client(), &namespace);
    api.create(&PostParams::default(), &sync("a")).await.unwrap();
    let status: DirectoryGroupSyncStatus = serde_json::from_value(full_status()).unwrap();
    assert_eq!(serde_json::to_value(&status).unwrap(), full_status(), "the types know every field");
    let patch = Patch::Merge(json!({"status": status}));
    let stored = api.patch_status("a", &PatchParams::default(), &patch).await.unwrap();
    assert_eq!(stored.status, Some(status));

    let table = kubernetes.kubectl(&["get", "dgs", "--namespace", &namespace, "--output", "wide"]);
    let lines: Vec<Vec<&str>> =
        table.lines().map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()).collect();
    let columns = [
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
        "DIRECTORY",
        "SERVER",
        "NEXT SYNC",
        "MESSAGE",
    ];
    assert_eq!(lines[0], columns);
    let row = &lines[1];
    assert_eq!(row[..8], ["a", "True", "SyncedWithProblems", "12", "512", "1", "2", "3"]);
    assert_eq!(row[11..], ["corp", "bi", "2999-01-01T00:00:00Z", "1 duplicate"]);
    let narrow = kubernetes.kubectl(&["get", "directorysync", "--namespace", &namespace]);
    assert!(narrow.contains("AGE") && !narrow.contains("NEXT SYNC"), "{narrow}");
}

/// An older definition may meet a newer operator: the words that it does not know are not an error.
#[tokio::test]
async fn words_of_a_status_that_are_new_are_taken() {
    let server = ApiServer::shared().await;
    let namespace = KubernetesApi::shared().namespace("schema");
    let syncs: Api<DirectoryGroupSync> = Api::namespaced(server.client(), &namespace);
    syncs.create(&PostParams::default(), &sync("a")).await.unwrap();
    let mut status = full_status();
    status["lastRun"]["result"] = json!("SomethingNew");
    status["duplicates"][0]["reason"] = json!("SomethingNew");
    status["problems"][0]["kind"] = json!("SomethingNew");
    status["conditions"][0]["reason"] = json!("SomethingNew");
    let stored = syncs.patch_status("a", &PatchParams::default(), &Patch::Merge(json!({"status": status}))).await;
    assert_eq!(serde_json::to_value(stored.unwrap().status).unwrap(), status, "and are read back");
    let word = json!({"status": {"lastRun": {"result": "no word"}}});
    let refused = syncs.patch_status("a", &PatchParams::default(), &Patch::Merge(word)).await.unwrap_err();
    assert!(refused.to_string().contains("status.lastRun.result"), "{refused}");
}

/// Each server is an item of its own: an applier owns those that it names and no others.
#[tokio::test]
async fn known_servers_are_a_list_by_identity() {
    let server = ApiServer::shared().await;
    let namespace = KubernetesApi::shared().namespace("schema");
    let api: Api<Directory> = Api::namespaced(server.client(), &namespace);
    let object = json!({
        "apiVersion": "directorysync.dev/v1alpha1", "kind": "Directory", "metadata": {"name": "corp"},
        "spec": {"baseDN": "DC=corp,DC=example", "ldif": {"path": "company.ldif"}},
    });
    api.create(&PostParams::default(), &serde_json::from_value(object).unwrap()).await.unwrap();
    let apply = async |manager: &str, identity: &str| {
        let known = json!({"identity": identity, "firstSeenTime": "2026-01-01T00:00:00Z"});
        let body = json!({"apiVersion": "directorysync.dev/v1alpha1", "kind": "Directory",
            "status": {"servers": [known]}});
        let stored = api.patch_status("corp", &PatchParams::apply(manager), &Patch::Apply(body)).await.unwrap();
        stored.status.unwrap().servers.into_iter().map(|server| server.identity).collect::<Vec<_>>()
    };
    assert_eq!(apply("one", "dc1").await, ["dc1"]);
    assert_eq!(apply("two", "dc2").await, ["dc1", "dc2"]);
    assert_eq!(apply("one", "dc3").await, ["dc2", "dc3"], "dc1 was the first applier's alone");
}

/// The cost of the rules is bounded for what the schema allows at most, as far as it fits into one request.
#[tokio::test]
async fn a_thousand_long_items_are_accepted() {
    let server = ApiServer::shared().await;
    let namespace = KubernetesApi::shared().namespace("schema");
    let api: Api<DirectoryGroupSync> = Api::namespaced(server.client(), &namespace);
    let mut sync = serde_json::to_value(sync("a")).unwrap();
    let long = "x".repeat(600);
    let groups: Vec<_> = (0..1000)
        .map(|n| json!({"filter": format!("(cn={n}{long})"), "baseDN": format!("OU={long},DC=corp")}))
        .collect();
    sync["spec"]["groups"] = groups.into();
    let sync = serde_json::from_value(sync).unwrap();
    let dry_run = PostParams { dry_run: true, ..PostParams::default() };
    api.create(&dry_run, &sync).await.unwrap();
}
