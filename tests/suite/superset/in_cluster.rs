//! The operator in a cluster, with a Superset whose links are in `DashboardServerLinkSet`s.

use serde_json::{Value, json};

use super::{Superset, started};
use crate::cluster::{Cluster, condition};
use crate::company::{config_map, directory, exported, object, secret, sync};
use crate::harness::FlaskAppBuilder;

pub(super) const GROUPS: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"]), ("Editors", &["ada"])];
pub(super) const LATER: &[(&str, &[&str])] = &[("Analysts", &["ada", "cy"]), ("Editors", &["ada"])];

/// The DashboardServer `bi`.
pub(super) fn server(superset: &Superset) -> [Value; 2] {
    let spec = json!({"interval": "10s", "superset": {
        "url": superset.proxy.url(), "secretRef": {"name": "bi-account"}, "tls": {"allowPlaintextPassword": true},
    }});
    [account(FlaskAppBuilder::BOT.password), object("DashboardServer", "bi", spec)]
}

fn account(password: &str) -> Value {
    secret("bi-account", json!({"username": FlaskAppBuilder::BOT.username, "password": password}))
}

pub(super) fn company(groups: &[(&str, &[&str])]) -> Value {
    config_map("corp", "company.ldif", &exported(groups))
}

/// The names and versions of the objects with the links.
pub(super) fn links(cluster: &Cluster) -> Vec<String> {
    let shown = "jsonpath={range .items[*]}{.metadata.name} {.metadata.resourceVersion}{\"\\n\"}{end}";
    let links = cluster.kubectl(&["get", "dashboardserverlinksets", "--output", shown]);
    links.lines().map(str::to_owned).collect()
}

#[test]
fn a_company_follows_its_directory_and_goes_with_its_sync() {
    let superset = started("in_cluster");
    let cluster = Cluster::start("superset");
    cluster.apply(&directory(GROUPS));
    cluster.apply(&server(&superset));
    cluster.apply(&[sync("teams", &["Analysts", "Editors"], &json!({"deletionPolicy": "Delete", "interval": "1h"}))]);
    let status = cluster.wait_for("dgs/teams", "Synced");
    assert_eq!(status["lastChange"]["groups"]["created"], 2, "{status:#}");
    let content = superset.server.content();
    assert_eq!((content.members("Analysts"), content.members("Editors")), (vec!["ada", "bob"], vec!["ada"]));
    let status = cluster.wait_for("dash/bi", "ProbeSucceeded");
    assert_eq!(
        (&status["product"], &status["version"]),
        (&json!("Superset"), &json!(superset.server.version())),
        "{status:#}"
    );
    assert_eq!((&status["signedInAs"], &status["missingRights"]), (&json!("sync"), &Value::Null), "{status:#}");
    assert!(!links(&cluster).is_empty() && status["linksID"].is_string(), "{status:#}");

    // No change, no write: neither there nor in the links.
    let before = links(&cluster);
    superset.proxy.forget();
    cluster.run("dgs/teams");
    assert_eq!((superset.writes(), superset.server.content(), links(&cluster)), (vec![], content, before));

    cluster.apply(&[company(LATER)]);
    let status = cluster.run("dgs/teams");
    let members = &status["lastChange"]["members"];
    assert_eq!((&members["added"], &members["removed"]), (&json!(1), &json!(1)), "{status:#}");
    assert_eq!(superset.server.content().members("Analysts"), ["ada", "cy"]);

    // Groups go with their sync, if nobody has given them a role; accounts stay.
    let administrator = superset.server.administrator();
    administrator.add_role("Readers");
    administrator.set_group_roles("Editors", &["Readers"]);
    cluster.kubectl(&["delete", "dgs", "teams", "--timeout=60s"]);
    let content = superset.server.content();
    assert_eq!(content.groups.keys().collect::<Vec<_>>(), ["Editors"]);
    assert_eq!(content.members("Editors"), Vec::<&str>::new());
    assert!(["ada", "bob", "cy"].iter().all(|username| content.accounts.contains_key(*username)));
    assert!(!cluster.log().contains("panicked"), "{}", cluster.log());
}

#[test]
fn a_superset_that_is_down_and_a_password_that_changes_lose_nothing() {
    let mut superset = started("outage");
    let cluster = Cluster::start("superset-outage");
    cluster.apply(&directory(GROUPS));
    cluster.apply(&server(&superset));
    cluster.apply(&[sync("teams", &["Analysts", "Editors"], &json!({"interval": "1h"}))]);
    cluster.wait_for("dgs/teams", "Synced");

    superset.server.stop();
    cluster.apply(&[company(LATER)]);
    let status = cluster.run("dgs/teams");
    assert_eq!(condition(&status, "Ready")["reason"], "StoreUnreachable", "{status:#}");
    superset.server.resume();
    cluster.wait_for("dgs/teams", "Synced");
    cluster.wait("dgs/teams", "a run after that", |status| status["lastChange"]["members"]["removed"] == 1);
    assert_eq!(superset.server.content().members("Analysts"), ["ada", "cy"]);

    // A Secret that is touched changes nothing.
    cluster.kubectl(&["label", "secret", "bi-account", "touched=yes"]);
    let status = cluster.run("dgs/teams");
    assert_eq!(condition(&status, "Ready")["reason"], "Synced", "{status:#}");

    // The password is changed on the server first, then in the Secret.
    superset.server.administrator().change_account("sync", &json!({"password": "another horse"}));
    superset.proxy.forget();
    let status = cluster.run("dgs/teams");
    let ready = condition(&status, "Ready");
    assert_eq!(ready["reason"], "StoreAccessDenied", "{status:#}");
    assert!(ready["message"].as_str().unwrap().contains("check username and password in the Secret"), "{status:#}");
    assert!(!status.to_string().contains("horse"), "{status:#}");
    cluster.apply(&[account("another horse")]);
    cluster.wait_for("dgs/teams", "Synced");
    cluster.wait_for("dash/bi", "ProbeSucceeded");
    assert!(!cluster.log().contains("horse"), "the log has a password");
}

#[test]
fn missing_rights_are_told_in_words() {
    let superset = started("rights");
    superset.only_allow(&[("can_get", "User"), ("can_info", "User"), ("can_get", "Group"), ("can_get", "Role")]);
    let cluster = Cluster::start("superset-rights");
    cluster.apply(&directory(GROUPS));
    cluster.apply(&server(&superset));
    cluster.apply(&[sync("teams", &["Analysts"], &json!({}))]);
    let status = cluster.wait("dash/bi", "rights are missing", |status| status["missingRights"].is_array());
    let expected = ["can post on User", "can put on User", "can delete on User", "can info on Group"];
    assert_eq!(status["missingRights"], json!(expected), "{status:#}");
    let status = cluster.wait_for("dgs/teams", "StoreAccessDenied");
    let message = condition(&status, "Ready")["message"].as_str().unwrap();
    assert!(message.contains("let an administrator grant: can post on User; can put on User"), "{message}");
    assert_eq!(superset.server.content().groups.len(), 0);
}
