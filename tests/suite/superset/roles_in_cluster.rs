//! Roles of groups, given in a cluster.

use serde_json::{Value, json};

use super::in_cluster::{GROUPS, links, server};
use super::{Superset, started};
use crate::cluster::Cluster;
use crate::company::{directory, sync};

fn grantable(cluster: &Cluster, roles: &[&str]) {
    cluster.patch("dash/bi", &json!({"spec": {"superset": {"grantableRoles": roles}}}));
}

fn items(analysts: &[&str], editors: &[&str]) -> Value {
    json!({"groups": [{"name": "Analysts", "roles": analysts}, {"name": "Editors", "roles": editors}]})
}

fn roles(superset: &Superset, group: &str) -> String {
    superset.server.content().groups[group].roles.iter().cloned().collect::<Vec<_>>().join(", ")
}

/// Waits until both groups have these roles.
fn await_roles(cluster: &Cluster, superset: &Superset, analysts: &str, editors: &str) {
    let both = || (roles(superset, "Analysts"), roles(superset, "Editors"));
    cluster.wait("dgs/teams", &format!("{analysts}; {editors}"), |_| both() == (analysts.into(), editors.into()));
}

/// The problems as `kubectl` shows them.
fn problems(cluster: &Cluster) -> String {
    let shown = "jsonpath={range .status.problems[*]}{.kind}: {.message}{\"\\n\"}{end}";
    cluster.kubectl(&["get", "dgs", "teams", "--output", shown])
}

/// Rule `group-roles`.
#[test]
fn groups_are_given_roles_in_a_cluster_and_those_of_people_stay() {
    let superset = started("cluster_roles");
    let administrator = superset.server.administrator();
    administrator.add_role("Sales");
    let cluster = Cluster::start("superset-roles");
    cluster.apply(&directory(GROUPS));
    cluster.apply(&server(&superset));
    grantable(&cluster, &["Public", "Nobody"]);
    let mut over = items(&["Public", "Sales", "Nobody"], &[]);
    over["interval"] = json!("1h");
    cluster.apply(&[sync("teams", &[], &over)]);
    cluster.wait("dgs/teams", "two groups", |status| status["lastChange"]["groups"]["created"] == 2);
    await_roles(&cluster, &superset, "Public", "");
    for problem in [
        "RoleNotGranted: role \"Sales\" is not given: the DashboardServer does not allow it",
        "RoleNotFound: role \"Nobody\" is not given: the dashboard server has no role",
    ] {
        assert!(problems(&cluster).contains(problem), "{problem}: {}", problems(&cluster));
    }
    assert_eq!(superset.server.content().members("Analysts"), ["ada", "bob"], "the rest of the group goes on");

    // People give roles: one that no item names, and one that an item names later.
    administrator.set_group_roles("Analysts", &["Public", "Directory sync"]);
    administrator.set_group_roles("Editors", &["Public"]);
    grantable(&cluster, &["Public", "Sales"]);
    cluster.patch("dgs/teams", &json!({"spec": items(&["Sales"], &["Public"])}));
    await_roles(&cluster, &superset, "Directory sync, Sales", "Public");
    let status = cluster.run("dgs/teams");
    assert_eq!(status["problems"], Value::Null, "{status:#}");

    let before = (superset.server.content(), links(&cluster));
    superset.proxy.forget();
    cluster.run("dgs/teams");
    assert_eq!((superset.writes(), (superset.server.content(), links(&cluster))), (vec![], before));

    // A role that somebody takes is given again.
    administrator.set_group_roles("Analysts", &["Directory sync"]);
    cluster.run("dgs/teams");
    assert_eq!(roles(&superset, "Analysts"), "Directory sync, Sales");

    // What is not allowed any more is taken back, and never what people gave.
    grantable(&cluster, &[]);
    // The syncs of a DashboardServer that changed run spread over a minute, unless somebody asks.
    cluster.run("dgs/teams");
    await_roles(&cluster, &superset, "Directory sync", "Public");
    cluster.wait("dgs/teams", "the role is listed", |_| problems(&cluster).contains("RoleNotGranted: role \"Sales\""));
    cluster.patch("dgs/teams", &json!({"spec": items(&[], &[])}));
    cluster.wait("dgs/teams", "no problem", |status| status["problems"].is_null());
    assert_eq!((roles(&superset, "Analysts"), roles(&superset, "Editors")), ("Directory sync".into(), "Public".into()));
    assert!(!cluster.log().contains("panicked"), "{}", cluster.log());
}
