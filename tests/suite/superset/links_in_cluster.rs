//! What somebody who deletes the `DashboardServerLinkSet`s of a Superset loses, and the way back in `docs/links.md`.

use serde_json::{Value, json};

use super::in_cluster::{GROUPS, LATER, company, links, server};
use super::{Superset, started};
use crate::cluster::{Cluster, condition};
use crate::company::{directory, sync};
use crate::harness::folder;

const AFTER: &[(&str, &[&str])] = &[("Analysts", &["ada", "cy", "dan"]), ("Editors", &["ada"])];
const SELECT: [&str; 3] = ["dashboardserverlinksets", "--selector", "directorysync.dev/dashboard-server=bi"];

fn in_sync(superset: &Superset, name: &str) -> Cluster {
    let cluster = Cluster::start(name);
    cluster.apply(&directory(GROUPS));
    cluster.apply(&server(superset));
    cluster.apply(&[sync("teams", &["Analysts", "Editors"], &json!({"interval": "1h"}))]);
    cluster.wait_for("dgs/teams", "Synced");
    cluster
}

/// Asserts that the sync is stalled, and returns the annotation that its message tells to set.
fn way_out(cluster: &Cluster, status: &Value) -> String {
    let (ready, stalled) = (condition(status, "Ready"), condition(status, "Stalled"));
    assert_eq!((&ready["status"], &stalled["status"]), (&json!("False"), &json!("True")), "{status:#}");
    let id = cluster.get("dash/bi")["status"]["linksID"].as_str().unwrap().to_owned();
    let annotation = format!("directorysync.dev/new-links={id}");
    let message = ready["message"].as_str().unwrap();
    for part in ["restore them from a backup", &format!("kubectl annotate dashboardserver bi {annotation}")] {
        assert!(message.contains(part), "{part}: {message}");
    }
    annotation
}

#[test]
fn links_that_are_deleted_while_the_operator_runs_are_restored_from_a_backup() {
    let superset = started("links_restored");
    let cluster = in_sync(&superset, "superset-restored");
    let saved = cluster.kubectl(&[&["get"][..], &SELECT, &["--output", "yaml"]].concat());
    let saved: Vec<&str> = saved.lines().filter(|line| !line.starts_with("    resourceVersion:")).collect();
    let folder = folder::temporary("links");
    let file = folder::write(folder.path(), "links.yaml", &saved.join("\n"));

    let synced = superset.server.content();
    cluster.kubectl(&[&["delete"][..], &SELECT].concat());
    superset.proxy.forget();
    cluster.apply(&[company(LATER)]);
    way_out(&cluster, &cluster.run("dgs/teams"));
    let status = cluster.wait_for("dgs/teams", "LinksLost");
    assert_eq!((superset.writes(), superset.server.content(), links(&cluster)), (vec![], synced, vec![]), "{status:#}");

    cluster.patch("dgs/teams", &json!({"spec": {"suspend": true}}));
    cluster.kubectl(&[&["delete"][..], &SELECT].concat());
    cluster.kubectl(&["create", "--filename", file.to_str().unwrap()]);
    cluster.patch("dgs/teams", &json!({"spec": {"suspend": false}}));
    cluster.wait("dgs/teams", "the member left", |status| status["lastChange"]["members"]["removed"] == 1);
    assert_eq!(superset.server.content().members("Analysts"), ["ada", "cy"]);
}

#[test]
fn links_that_are_deleted_while_no_operator_runs_are_given_up() {
    let superset = started("links_given_up");
    let mut cluster = in_sync(&superset, "superset-given-up");
    cluster.stop();
    let synced = superset.server.content();
    cluster.kubectl(&[&["delete"][..], &SELECT].concat());
    cluster.apply(&[company(AFTER)]);
    superset.proxy.forget();
    cluster.resume();
    let annotation = way_out(&cluster, &cluster.run("dgs/teams"));
    assert_eq!(condition(&cluster.get("dgs/teams")["status"], "Ready")["reason"], "LinksLost");
    assert_eq!((superset.writes(), superset.server.content(), links(&cluster)), (vec![], synced.clone(), vec![]));

    cluster.kubectl(&["annotate", "dashboardserver", "bi", &annotation]);
    cluster.patch("dgs/teams", &json!({"spec": {"mode": "Preview"}}));
    cluster.wait("dgs/teams", "both are people's", |status| {
        let text = status["duplicates"].to_string();
        text.contains("Analysts") && text.contains("Editors")
    });
    for (name, group) in &synced.groups {
        assert_eq!(superset.server.content().group(name), group, "{name}");
    }
    cluster.patch("dash/bi", &json!({"spec": {"allowAdoption": true}}));
    let adoption = json!({"groups": "ByName", "accounts": "ByUsername"});
    cluster.patch("dgs/teams", &json!({"spec": {"adoption": adoption}}));
    cluster.wait("dgs/teams", "nothing is in the way", |status| status["duplicates"].is_null());
    assert!(!superset.server.content().accounts.contains_key("dan"), "a preview writes nothing");
    cluster.patch("dgs/teams", &json!({"spec": {"mode": "Enforce"}}));
    cluster.wait_for("dgs/teams", "Synced");
    let members = superset.server.content().members("Analysts").join(" ");
    assert!(["ada", "cy", "dan"].iter().all(|name| members.contains(name)), "{members}");
    assert_ne!(annotation.split_once('=').unwrap().1, cluster.get("dash/bi")["status"]["linksID"]);

    let before = (superset.server.content(), links(&cluster));
    superset.proxy.forget();
    cluster.run("dgs/teams");
    assert_eq!((superset.writes(), (superset.server.content(), links(&cluster))), (vec![], before));
}
