//! The operator in a cluster, with a Grafana whose links are in `DashboardServerLinkSet`s.

use serde_json::{Value, json};

use super::{Graf, started};
use crate::cluster::Cluster;
use crate::company::{directory, object, secret, sync};
use crate::harness::grafana::TOKEN;

const GROUPS: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"]), ("Editors", &["ada"])];

/// The DashboardServer `bi`.
fn server(graf: &Graf) -> [Value; 2] {
    let spec = json!({"interval": "10s", "grafana": {
        "url": graf.proxy.url(), "secretRef": {"name": "bi-account"}, "tls": {"allowPlaintextPassword": true},
    }});
    [secret("bi-account", json!({ "token": TOKEN })), object("DashboardServer", "bi", spec)]
}

#[test]
fn teams_follow_the_directory_and_go_with_their_sync() {
    let graf = started("in_cluster");
    graf.site.with(|site| site.add_user("ada", "ada@corp.example"));
    let cluster = Cluster::start("grafana");
    cluster.apply(&directory(GROUPS));
    cluster.apply(&server(&graf));
    cluster.apply(&[sync("teams", &["Analysts", "Editors"], &json!({"deletionPolicy": "Delete", "interval": "1h"}))]);
    let status = cluster.wait_for("dgs/teams", "Synced");
    assert_eq!((&status["pending"], &status["current"]["pending"]), (&json!(["bob"]), &json!(1)), "{status:#}");
    graf.site.with(|site| {
        assert_eq!(
            (site.members("Analysts"), site.members("Editors")),
            (vec!["ada".to_owned()], vec!["ada".to_owned()])
        );
    });
    let status = cluster.wait_for("dash/bi", "ProbeSucceeded");
    assert_eq!((&status["product"], &status["version"]), (&json!("Grafana"), &json!("12.3.1")), "{status:#}");
    assert_eq!(status["signedInAs"], "sa-1-sync", "{status:#}");

    // Somebody signs in for the first time.
    graf.site.with(|site| site.add_user("bob", "bob@corp.example"));
    let status = cluster.run("dgs/teams");
    assert_eq!(status["pending"], Value::Null, "{status:#}");
    graf.site.with(|site| assert_eq!(site.members("Analysts"), ["ada", "bob"]));
    graf.proxy.forget();
    cluster.run("dgs/teams");
    assert_eq!(graf.writes(), Vec::<String>::new());

    // What a token of another role lacks is in the status of the server.
    graf.site.with(|site| "Editor".clone_into(&mut site.role_of_token));
    let status = cluster.wait_for("dash/bi", "StoreAccessDenied");
    let missing = status["missingRights"][0].as_str().unwrap_or_default().to_owned();
    assert!(
        missing.starts_with("the role Admin in organization 1 (missing: org.users:read, teams:create"),
        "{status:#}"
    );
    graf.site.with(|site| "Admin".clone_into(&mut site.role_of_token));
    cluster.wait_for("dash/bi", "ProbeSucceeded");

    cluster.kubectl(&["delete", "dgs", "teams", "--timeout=60s"]);
    graf.site.with(|site| assert!(site.teams.is_empty() && site.user_id("ada").is_some()));
    assert!(!cluster.log().contains("panicked"), "{}", cluster.log());
}
