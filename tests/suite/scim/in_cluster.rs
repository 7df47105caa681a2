//! The operator in a cluster, with a SCIM server whose links are in `DashboardServerLinkSet`s.

use serde_json::{Value, json};

use super::{Scim, started};
use crate::cluster::{Cluster, condition};
use crate::company::{config_map, directory, exported, object, secret, sync};
use crate::harness::http_faults::{Answer, Fault};
use crate::harness::scim_servers::{Kind, TOKEN};

const GROUPS: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"]), ("Editors", &["ada"])];
const LATER: &[(&str, &[&str])] = &[("Analysts", &["ada", "cy"]), ("Editors", &["ada"])];

/// The DashboardServer `bi`.
fn server(scim: &Scim) -> [Value; 2] {
    let spec = json!({"interval": "10s", "scim": {
        "url": scim.url(), "auth": {"bearer": {"secretRef": {"name": "bi-token"}}}, "tls": {"allowPlaintextPassword": true},
    }});
    [token(TOKEN), object("DashboardServer", "bi", spec)]
}

fn token(token: &str) -> Value {
    secret("bi-token", json!({ "token": token }))
}

fn company(groups: &[(&str, &[&str])]) -> Value {
    config_map("corp", "company.ldif", &exported(groups))
}

/// The names and versions of the objects with the links.
fn links(cluster: &Cluster) -> Vec<String> {
    let shown = "jsonpath={range .items[*]}{.metadata.name} {.metadata.resourceVersion}{\"\\n\"}{end}";
    let links = cluster.kubectl(&["get", "dashboardserverlinksets", "--output", shown]);
    links.lines().map(str::to_owned).collect()
}

fn in_sync(scim: &Scim, test: &str, over: &Value) -> Cluster {
    let cluster = Cluster::start(test);
    cluster.apply(&directory(GROUPS));
    cluster.apply(&server(scim));
    cluster.apply(&[sync("teams", &["Analysts", "Editors"], over)]);
    cluster.wait_for("dgs/teams", "Synced");
    cluster
}

#[test]
fn a_company_follows_its_directory_and_goes_with_its_sync() {
    let scim = started(Kind::DjangoScim2);
    let cluster = in_sync(&scim, "scim", &json!({"deletionPolicy": "Delete", "interval": "1h"}));
    assert_eq!(
        (scim.members("Analysts").join(" "), scim.members("Editors").join(" ")),
        ("ada bob".into(), "ada".into())
    );
    let status = cluster.wait_for("dash/bi", "ProbeSucceeded");
    assert_eq!((&status["product"], &status["version"]), (&json!("SCIM"), &json!("2.0")), "{status:#}");
    assert!(!links(&cluster).is_empty() && status["linksID"].is_string(), "{status:#}");

    // No change, no write: neither there nor in the links.
    let (before, content) = (links(&cluster), scim.server.content());
    scim.proxy.forget();
    cluster.run("dgs/teams");
    assert_eq!((scim.writes(), scim.server.content(), links(&cluster)), (vec![], content, before));

    // A removal and a new member: what was learned of the server is in its status.
    cluster.apply(&[company(LATER)]);
    let status = cluster.run("dgs/teams");
    let members = &status["lastChange"]["members"];
    assert_eq!((&members["added"], &members["removed"]), (&json!(1), &json!(1)), "{status:#}");
    assert_eq!(scim.members("Analysts"), ["ada", "cy"]);
    cluster.wait("dash/bi", "it was learned", |status| {
        let dialect = status["dialect"].as_array().cloned().unwrap_or_default();
        dialect.contains(&json!("memberRemoval: Value")) && dialect.contains(&json!("membersInList: Always"))
    });

    // Groups go with their sync; accounts stay.
    cluster.kubectl(&["delete", "dgs", "teams", "--timeout=60s"]);
    let content = scim.server.content();
    assert_eq!(content.groups.len(), 0);
    assert_eq!(content.users.keys().collect::<Vec<_>>(), ["ada", "bob", "cy"]);
    assert!(!cluster.log().contains("panicked"), "{}", cluster.log());
}

#[test]
fn a_server_that_is_down_a_token_that_ends_and_lost_links_lose_nothing() {
    let scim = started(Kind::Elimity);
    let cluster = in_sync(&scim, "scim-outage", &json!({"interval": "1h"}));

    scim.proxy.rule(|_| Fault::HangUp);
    cluster.apply(&[company(LATER)]);
    let status = cluster.run("dgs/teams");
    assert_eq!(condition(&status, "Ready")["reason"], "StoreUnreachable", "{status:#}");
    scim.proxy.pass();
    cluster.wait_for("dgs/teams", "Synced");
    cluster.wait("dgs/teams", "a run after that", |status| status["lastChange"]["members"]["removed"] == 1);
    assert_eq!(scim.members("Analysts"), ["ada", "cy"]);

    // The token is not good any more, and is replaced in the Secret.
    scim.proxy.rule(|request| {
        let is_old = request.authorization.as_deref() == Some(&*format!("Bearer {TOKEN}"));
        if is_old { Fault::Instead(Answer::says(401, "the token has ended")) } else { Fault::Forward }
    });
    let status = cluster.run("dgs/teams");
    assert_eq!(condition(&status, "Ready")["reason"], "StoreAccessDenied", "{status:#}");
    assert!(!status.to_string().contains(TOKEN), "{status:#}");
    scim.proxy.pass();
    cluster.wait_for("dgs/teams", "Synced");

    // Without links, runs stop until somebody gives them up or restores them.
    cluster.kubectl(&["delete", "dashboardserverlinksets", "--selector", "directorysync.dev/dashboard-server=bi"]);
    let before = scim.server.content();
    scim.proxy.forget();
    cluster.apply(&[company(GROUPS)]);
    let status = cluster.run("dgs/teams");
    assert_eq!(condition(&status, "Ready")["reason"], "LinksLost", "{status:#}");
    assert_eq!((scim.writes(), scim.server.content()), (vec![], before), "{status:#}");
    assert!(!cluster.log().contains(TOKEN), "the log has a token");
}
