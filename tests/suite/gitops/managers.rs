//! Two tools apply parts of one object, and the operator writes its status: none takes a field from another.

use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::company::{directory, server, sync};
use crate::harness::Postgres;

#[test]
fn managers_of_one_object_do_not_fight() {
    let database = Postgres::shared().database("managers");
    let cluster = Cluster::start("managers");
    cluster.apply(&directory(&[("Analysts", &["ada"])]));
    cluster.apply(&server(&database));
    let apply = |manager: &str, object: &Value| {
        let mut object = object.clone();
        object["metadata"]["namespace"] = cluster.namespace.clone().into();
        let arguments = ["apply", "--server-side", "--field-manager", manager, "-f", "-"];
        cluster.api.kubectl_with(&arguments, &object.to_string())
    };
    // One has the spec in Git, another one labels and annotates what it finds.
    let spec = sync("teams", &["Analysts"], &json!({"deletionPolicy": "Delete", "interval": "10s"}));
    let mut labels = json!({"apiVersion": spec["apiVersion"], "kind": spec["kind"]});
    labels["metadata"] =
        json!({"name": "teams", "labels": {"team": "bi"}, "annotations": {"owner": "bi@corp.example"}});
    apply("git", &spec);
    cluster.wait_for("dgs/teams", "Synced");
    apply("labels", &labels);

    let settled = || {
        let object = cluster.get("dgs/teams");
        (
            object["metadata"]["generation"].clone(),
            object["spec"].clone(),
            object["metadata"]["labels"].clone(),
            object["metadata"]["finalizers"].clone(),
        )
    };
    let before = settled();
    let first = cluster.get("dgs/teams")["status"]["lastRun"]["startTime"].clone();
    let mut last = first.clone();
    for _ in 0..3 {
        apply("git", &spec);
        apply("labels", &labels);
        let status = cluster.wait("dgs/teams", "another run", |status| status["lastRun"]["startTime"] != last);
        last = status["lastRun"]["startTime"].clone();
        assert_eq!(settled(), before, "nothing moves");
    }
    assert_ne!(first, last);
    let managed = cluster.kubectl(&["get", "dgs/teams", "--show-managed-fields", "-o", "json"]);
    let managed: Value = serde_json::from_str(&managed).unwrap();
    let entries = managed["metadata"]["managedFields"].as_array().unwrap();
    let mut managers: Vec<_> = entries
        .iter()
        .map(|entry| {
            let fields: Vec<&str> = entry["fieldsV1"].as_object().unwrap().keys().map(String::as_str).collect();
            (entry["manager"].as_str().unwrap(), fields)
        })
        .collect();
    managers.sort();
    // Its finalizer is a patch, and its status an apply.
    assert_eq!(
        managers,
        [
            ("directory-group-sync", vec!["f:metadata"]),
            ("directory-group-sync", vec!["f:status"]),
            ("git", vec!["f:spec"]),
            ("labels", vec!["f:metadata"]),
        ]
    );
    // What one of them no longer applies goes, and nothing else.
    labels["metadata"].as_object_mut().unwrap().remove("labels");
    apply("labels", &labels);
    let (generation, spec, labels, finalizers) = settled();
    assert_eq!((generation, spec, finalizers), (before.0, before.1, before.3));
    assert_eq!(labels, Value::Null);
}
