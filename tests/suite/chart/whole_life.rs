//! The operator with the account, the arguments and the roles that the chart gives it, from its first run to the last
//! deletion. The API server's audit log and the roles are compared: no request is refused, and no right is unused.

mod right;

use serde_json::{Value, json};

use self::right::{is_used_by, rights_of};
use super::{CHART, api, install, with_kubeconfig};
use crate::cluster::{Cluster, members};
use crate::company::{config_map, directory, exported, object, secret, server, sync};
use crate::harness::grafana::TOKEN;
use crate::harness::helm::helm;
use crate::harness::postgres::Database;
use crate::harness::{Grafana, KubernetesApi, Postgres, command, wait};

const GROUPS: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"]), ("Editors", &["ada"])];
const LATER: &[(&str, &[&str])] = &[("Analysts", &["ada"]), ("Editors", &["ada", "bob"])];

#[test]
fn an_operator_for_all_namespaces_needs_all_its_rights() {
    // It would see what other tests do.
    let api: &'static KubernetesApi = Box::leak(Box::new(KubernetesApi::start()));
    let database = Postgres::shared().database("life_everywhere");
    let cluster = Cluster::prepare_on(api, "everywhere");
    install(api, "all", "all", &["--set", "crds.install=false"]);
    live(cluster.of_release("all"), &database, "all");
}

#[test]
fn an_operator_for_one_namespace_needs_all_its_rights() {
    let database = Postgres::shared().database("life_scoped");
    let cluster = Cluster::prepare_on(api(), "scoped-life");
    let values = format!("crds.install=false,scope.namespaces={{{}}}", cluster.namespace);
    install(api(), "one", "one", &["--set", &values]);
    live(cluster.of_release("one"), &database, "one");
}

/// A tenant that may do anything in two namespaces and nothing in the cluster installs the chart and lives with it.
#[test]
fn an_operator_without_cluster_roles_needs_all_its_rights() {
    let api = api();
    let database = Postgres::shared().database("life_tenant");
    let cluster = Cluster::prepare_on(api, "tenant-life");
    let release = "tenant";
    api.kubectl(&["create", "namespace", release]);
    for namespace in [release, &cluster.namespace] {
        api.kubectl(&[
            "create",
            "rolebinding",
            "tenant",
            "--clusterrole=cluster-admin",
            "--user=tenant",
            "-n",
            namespace,
        ]);
    }
    let values = format!(
        "crds.install=false,rbac.clusterRoles=false,installationID=east,scope.namespaces={{{}}}",
        cluster.namespace
    );
    let install = ["install", release, CHART, "--namespace", release, "--kube-as-user", "tenant", "--set"];
    let install = |values: &str| with_kubeconfig(api, helm(&[&install[..], &[values]].concat()));
    let refused = command::output(&mut install(&values.replace("rbac.clusterRoles=false,", "")), "");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains("clusterroles"), "{said}");
    let notes = command::run(&mut install(&values));
    assert!(notes.contains("Delete a DirectoryGroupSync with deletionPolicy: Delete before its namespace"), "{notes}");
    let cluster = live(cluster.of_release(release), &database, release);

    // What such an operator cannot do: remove its finalizer where its Role is gone already.
    cluster.apply(&[sync("teams", &["Analysts"], &json!({"deletionPolicy": "Delete"}))]);
    cluster.wait_for("dgs/teams", "Synced");
    cluster.kubectl(&["delete", "rolebinding", "tenant-directory-group-sync"]);
    cluster.kubectl(&["delete", "dgs", "teams", "--wait=false"]);
    let refused =
        || api.audit().iter().any(|request| request.user.username == account(release) && request.status.code == 403);
    wait::until("the operator is refused", std::time::Duration::from_mins(1), refused);
    assert_ne!(cluster.get("dgs/teams")["metadata"]["deletionTimestamp"], Value::Null);
    cluster.patch("dgs/teams", &json!({"metadata": {"finalizers": null}}));
    cluster.kubectl(&["wait", "--for=delete", "dgs/teams", "--timeout=60s"]);
}

fn account(release: &str) -> String {
    format!("system:serviceaccount:{release}:{release}-directory-group-sync")
}

/// Everything that an operator does, and then the comparison.
fn live(mut cluster: Cluster, database: &Database<'_>, release: &str) -> Cluster {
    let grafana = Grafana::start();
    for name in ["ada", "bob"] {
        grafana.with(|site| site.add_user(name, &format!("{name}@corp.example")));
    }
    cluster.resume();
    cluster.apply(&directory(GROUPS));
    cluster.apply(&server(database));
    let over = |over: Value| sync("teams", &["Analysts", "Editors"], &over);
    cluster.apply(&[over(json!({"deletionPolicy": "Delete", "mode": "Preview"}))]);
    cluster.wait_for("dgs/teams", "Previewed");
    cluster.kubectl(&["get", "directorygroupsyncplan", "teams"]);
    cluster.apply(&[over(json!({"deletionPolicy": "Delete", "mode": "Enforce"}))]);
    cluster.wait_for("dgs/teams", "Synced");
    cluster.kubectl(&["wait", "--for=delete", "directorygroupsyncplan/teams", "--timeout=60s"]);
    assert_eq!(members(database, "Analysts").unwrap(), ["ada", "bob"]);

    // A server whose links are in the cluster, and changes of them.
    cluster.apply(&dashboard(&grafana));
    let mut teams = sync("links", &["Analysts", "Editors"], &json!({"deletionPolicy": "Delete"}));
    teams["spec"]["dashboardServerRef"]["name"] = "grafana".into();
    cluster.apply(&[teams]);
    cluster.wait_for("dgs/links", "Synced");
    // A writer that stopped in the middle has left a part behind, which the next one deletes.
    let mut part = cluster.get("dashboardserverlinkset/grafana");
    part["metadata"] = json!({"name": "grafana-left", "labels": part["metadata"]["labels"]});
    cluster.apply(&[part]);
    cluster.apply(&[config_map("corp", "company.ldif", &exported(LATER))]);
    let status = cluster.run("dgs/links");
    assert_eq!(status["lastChange"]["members"]["removed"], 1, "{status:#}");
    cluster.kubectl(&["delete", "dgs", "links", "--timeout=60s"]);

    if release == "all" {
        by_cluster_directory(&cluster, release);
    }

    // Another process of the release takes the same lease.
    cluster.stop();
    cluster.resume();
    cluster.run("dgs/teams");
    cluster.kubectl(&["delete", "dgs", "teams", "--timeout=60s"]);
    assert_eq!(members(database, "Analysts"), None);

    let mut requests = cluster.api.audit();
    requests.retain(|request| request.user.username == account(release));
    let refused: Vec<_> = requests.iter().filter(|request| matches!(request.status.code, 401 | 403)).collect();
    assert!(refused.is_empty(), "{refused:#?}");
    let rights = rights_of(cluster.api, release);
    let unused: Vec<_> =
        rights.iter().filter(|right| !requests.iter().any(|request| is_used_by(right, request))).collect();
    assert!(unused.is_empty() && !rights.is_empty(), "rights that no request needed: {unused:#?}");
    cluster
}

/// A sync by a ClusterDirectory, whose file is in the namespace of the operator, and whose labels are asked for.
fn by_cluster_directory(cluster: &Cluster, release: &str) {
    let [mut file, mut corp] = directory(GROUPS);
    file["metadata"]["namespace"] = release.into();
    cluster.api.apply(&file.to_string());
    corp["kind"] = "ClusterDirectory".into();
    corp["spec"]["allowedNamespaces"] = json!({"selector": {}});
    let over = json!({"mode": "Preview", "directoryRef": {"kind": "ClusterDirectory", "name": "corp"}});
    cluster.apply(&[corp, sync("central", &["Analysts"], &over)]);
    cluster.wait_for("dgs/central", "Previewed");
    cluster.kubectl(&["delete", "dgs", "central", "--timeout=60s"]);
}

fn dashboard(grafana: &Grafana) -> [Value; 2] {
    let spec = json!({"interval": "10s", "grafana": {
        "url": format!("http://{}", grafana.address()), "secretRef": {"name": "grafana-account"},
        "tls": {"allowPlaintextPassword": true},
    }});
    [secret("grafana-account", json!({ "token": TOKEN })), object("DashboardServer", "grafana", spec)]
}
