//! A ClusterDirectory: one connection for the namespaces that it allows, and none for the others.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::chart::install;
use crate::cluster::{Cluster, condition, members};
use crate::company::{
    directory, exported, ldap_directory, ldif, linked_server, reader, reads_of, secret, server, sync,
};
use crate::harness::{KubernetesApi, Link, OpenLdap, Postgres, wait};
use crate::space::Space;
use crate::sync_files::SyncFiles;

const GROUPS: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"])];
const BASE: &str = "dc=corp,dc=example";

/// An operator for all namespaces, as the chart installs it as the release `all` in the namespace `all`. It has an API server of
/// its own, because it would see what other tests do.
fn started(test: &str) -> Cluster {
    let api: &'static KubernetesApi = Box::leak(Box::new(KubernetesApi::start()));
    let cluster = Cluster::prepare_on(api, test);
    install(api, "all", "all", &["--set", "crds.install=false"]);
    cluster.of_release("all").started()
}

/// The ClusterDirectory with the description of a Directory.
fn cluster_directory(directory: &Value, allowed: &Value) -> Value {
    let mut object = directory.clone();
    object["kind"] = "ClusterDirectory".into();
    object["spec"]["allowedNamespaces"] = allowed.clone();
    object
}

fn from_cluster(over: Value) -> Value {
    let mut over = over;
    over["directoryRef"] = json!({"kind": "ClusterDirectory", "name": "corp"});
    sync("teams", &["Analysts"], &over)
}

/// Applies objects in the namespace of the operator.
fn apply_beside_the_operator(cluster: &Cluster, objects: &[Value]) {
    for object in objects {
        let mut object = object.clone();
        object["metadata"]["namespace"] = "all".into();
        cluster.api.apply(&object.to_string());
    }
}

fn reason(status: &Value) -> &str {
    condition(status, "Ready")["reason"].as_str().unwrap_or_default()
}

#[test]
fn only_namespaces_that_it_allows_are_read_for() {
    let ldap = OpenLdap::builder(BASE).entries(&ldif(GROUPS)).entries(&reader("pw")).start();
    let postgres = Postgres::shared();
    let databases = ["named", "labelled", "stranger"].map(|name| postgres.database(&format!("cluster_{name}")));
    let named = started("named");
    let (labelled, stranger) = (named.neighbor("labelled"), named.neighbor("stranger"));
    let spaces: [&Space; 3] = [&named, &labelled, &stranger];
    let [bind, ca, description] = ldap_directory("corp", &ldap, "pw");
    apply_beside_the_operator(&named, &[bind, ca]);
    named.apply(&[cluster_directory(&description, &Value::Null)]);
    for (space, database) in spaces.into_iter().zip(&databases) {
        space.apply(&server(database));
        // A Secret of the tenant with the same name is not the one that is meant.
        space.apply(&[secret("corp-bind", json!({"username": format!("cn=reader,{BASE}"), "password": "decoy"}))]);
        space.apply(&[from_cluster(json!({"interval": "1h"}))]);
    }
    let binds = || ldap.log().lines().filter(|line| line.contains("BIND dn=\"cn=reader")).count();

    // It allows nobody yet.
    for space in spaces {
        let status = space.wait_for("dgs/teams", "NamespaceNotAllowed");
        let message = condition(&status, "Ready")["message"].as_str().unwrap();
        assert!(message.contains(&space.namespace) && message.contains("spec.allowedNamespaces"), "{message}");
        assert_eq!(condition(&status, "Reconciling")["reason"], "Waiting");
    }
    named.wait_for("cdir/corp", "NotReferenced");
    assert_eq!((binds(), reads_of("Analysts", &ldap)), (0, 0), "nothing is read for nobody");

    named.api.kubectl(&["label", "namespace", &labelled.namespace, "team=bi"]);
    let allowed = json!({"names": [named.namespace], "selector": {"matchLabels": {"team": "bi"}}});
    named.patch("cdir/corp", &json!({"spec": {"allowedNamespaces": allowed}}));
    for (space, database) in [(spaces[0], &databases[0]), (spaces[1], &databases[1])] {
        space.wait_for("dgs/teams", "Synced");
        assert_eq!(members(database, "Analysts").unwrap(), ["ada", "bob"]);
    }
    assert_eq!(reason(&stranger.run("dgs/teams")), "NamespaceNotAllowed");
    let tables = databases[2].sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'");
    assert_eq!(tables.trim(), "0", "nothing is made there");
    assert_eq!(named.wait_for("cdir/corp", "ProbeSucceeded")["bind"]["state"], "Accepted");

    // What is done for one namespace is not done for another: a label that goes takes the permission along.
    let reads = reads_of("Analysts", &ldap);
    named.api.kubectl(&["label", "namespace", &labelled.namespace, "team-"]);
    assert_eq!(reason(&labelled.run("dgs/teams")), "NamespaceNotAllowed");
    assert_eq!(reads_of("Analysts", &ldap), reads);
    assert_eq!(members(&databases[1], "Analysts").unwrap(), ["ada", "bob"], "nothing is removed for it");
    assert_eq!(reason(&named.run("dgs/teams")), "Synced");

    // Without it, its syncs wait.
    named.kubectl(&["delete", "cdir", "corp"]);
    let status = named.run("dgs/teams");
    assert_eq!(reason(&status), "DirectoryNotFound");
    let message = condition(&status, "Ready")["message"].as_str().unwrap();
    assert!(message.contains("there is no ClusterDirectory \"corp\""), "{message}");
    assert_eq!(members(&databases[0], "Analysts").unwrap(), ["ada", "bob"]);
    assert!(!named.log().contains("forbidden"), "{}", named.log());
}

#[test]
fn a_refused_bind_is_tried_once_for_all_namespaces() {
    let ldap = OpenLdap::builder(BASE).entries(&ldif(GROUPS)).entries(&reader("pw")).start();
    let first = started("first");
    let second = first.neighbor("second");
    let [bind, ca, description] = ldap_directory("corp", &ldap, "pw");
    apply_beside_the_operator(&first, &[bind, ca]);
    first.apply(&[cluster_directory(&description, &json!({"selector": {}}))]);
    let databases = ["first", "second"].map(|name| Postgres::shared().database(&format!("cluster_bind_{name}")));
    for (space, database) in [(&*first, &databases[0]), (&second, &databases[1])] {
        space.apply(&server(database));
        space.apply(&[from_cluster(json!({"interval": "1h"}))]);
        space.wait_for("dgs/teams", "Synced");
    }
    let binds =
        || ldap.log().lines().filter(|line| line.contains("BIND dn=\"cn=reader") && line.contains("method")).count();
    let before = binds();
    ldap.modify(&format!("dn: cn=reader,{BASE}\nchangetype: modify\nreplace: userPassword\nuserPassword: other"));
    // A run is the first to use a password that stopped working.
    for space in [&*first, &second] {
        let status = space.run("dgs/teams");
        assert_eq!(reason(&status), "BindRefused", "{status:#}");
    }
    let status = first.wait_for("cdir/corp", "BindRefused");
    assert_eq!(status["bind"]["state"], "Refused", "{status:#}");
    assert_eq!(binds(), before + 1, "{}", first.log());
}

/// The server of one namespace hangs while its two syncs read it. The other namespace finds a place at the directory.
#[test]
fn a_namespace_whose_runs_hang_keeps_no_other_from_it() {
    let groups: &[(&str, &[&str])] = &[("Analysts", &["ada"]), ("Editors", &["bob"])];
    let ldap = OpenLdap::builder(BASE).entries(&ldif(groups)).entries(&reader("pw")).start();
    let postgres = Postgres::shared();
    let databases = ["hangs", "waits"].map(|name| postgres.database(&format!("cluster_{name}")));
    let hangs = started("hangs");
    let waits = hangs.neighbor("waits");
    let [bind, ca, description] = ldap_directory("corp", &ldap, "pw");
    apply_beside_the_operator(&hangs, &[bind, ca]);
    hangs.apply(&[cluster_directory(&description, &json!({"selector": {}}))]);
    let link = Link::to(&postgres.address());
    hangs.apply(&linked_server("bi", &databases[0], &link));
    let syncs = [("one", "Analysts"), ("two", "Editors")];
    for (name, group) in syncs {
        let mut object = from_cluster(json!({"interval": "1h", "groups": [{"name": group}]}));
        object["metadata"]["name"] = name.into();
        hangs.apply(&[object]);
        hangs.wait_for(&format!("dgs/{name}"), "Synced");
    }
    waits.apply(&server(&databases[1]));
    waits.apply(&[from_cluster(json!({"interval": "1h"}))]);
    waits.wait_for("dgs/teams", "Synced");

    link.silence();
    let request = "reconcile.fluxcd.io/requestedAt=now";
    hangs.kubectl(&["annotate", "dgs/one", "dgs/two", request]);
    let is_running = |name| condition(&hangs.get(name)["status"], "Ready")["status"] == "Unknown";
    wait::until("a run hangs", Duration::from_mins(1), || is_running("dgs/one") || is_running("dgs/two"));
    let asked = Instant::now();
    assert_eq!(reason(&waits.run("dgs/teams")), "Synced");
    assert!(asked.elapsed() < Duration::from_secs(20), "{:?}", asked.elapsed());
    assert!(is_running("dgs/one") || is_running("dgs/two"), "the others have not ended yet");
}

/// Rule `claimed-directory-id`.
#[test]
fn it_goes_first_whichever_directory_came_before() {
    let groups: &[(&str, &[&str])] = &[("Analysts", &["ada"]), ("Editors", &["bob"])];
    let ldap = OpenLdap::builder(BASE).entries(&ldif(groups)).entries(&reader("pw")).start();
    let database = Postgres::shared().database("cluster_claim");
    let tenant = started("tenant");
    let central = tenant.neighbor("central");
    // A tenant has its own Directory, which says that it is the same.
    let [_, own] = directory(&[]);
    tenant.apply(&[crate::company::config_map("corp", "company.ldif", &exported(&[("Analysts", &["mallory"])])), own]);
    tenant.apply(&server(&database));
    tenant.apply(&[sync("teams", &["Analysts"], &json!({"interval": "1h"}))]);
    tenant.wait_for("dgs/teams", "Synced");

    let [bind, ca, description] = ldap_directory("corp", &ldap, "pw");
    apply_beside_the_operator(&tenant, &[bind, ca]);
    tenant.apply(&[cluster_directory(&description, &json!({"names": [central.namespace]}))]);
    central.apply(&server(&database));
    central.apply(&[from_cluster(json!({"interval": "1h", "groups": [{"name": "Editors"}]}))]);
    central.wait_for("dgs/teams", "Synced");
    assert_eq!(members(&database, "Editors").unwrap(), ["bob"]);
    let status = tenant.run("dgs/teams");
    assert_eq!(reason(&status), "DirectoryIDClaimed", "{status:#}");
    let message = condition(&status, "Ready")["message"].as_str().unwrap();
    assert!(message.contains("a ClusterDirectory (installation"), "{message}");
}

#[test]
fn an_operator_of_single_namespaces_says_that_it_does_not_use_it() {
    let cluster = Cluster::start("no-cluster-directory");
    let database = Postgres::shared().database("no_cluster_directory");
    cluster.apply(&server(&database));
    cluster.apply(&[from_cluster(json!({}))]);
    let status = cluster.wait_for("dgs/teams", "DirectoryNotFound");
    let message = condition(&status, "Ready")["message"].as_str().unwrap();
    assert!(message.contains("watches single namespaces"), "{message}");
}

/// In files a ClusterDirectory is read for whoever has the files, with the only Secret of that name.
#[test]
fn files_may_have_one_too() {
    let ldap = OpenLdap::builder(BASE).entries(&ldif(GROUPS)).entries(&reader("pw")).start();
    let files = SyncFiles::for_sqlite();
    files.write_manifest("sqlite:store.db", "groups: [{name: Analysts}]", "", "");
    let [mut bind, ca, description] = ldap_directory("corp", &ldap, "pw");
    bind["metadata"]["namespace"] = "directory-group-sync".into();
    let of_cluster = cluster_directory(&description, &json!({"names": ["other"]}));
    let file = files.folder().join("sync.yaml");
    let own = std::fs::read_to_string(&file).unwrap();
    let (_, rest) = own.split_once("---\n").unwrap();
    let rest = rest.replace("directoryRef: {name: corp}", "directoryRef: {kind: ClusterDirectory, name: corp}");
    let with = |objects: &[&Value]| {
        let objects: Vec<String> = objects.iter().map(ToString::to_string).chain([rest.clone()]).collect();
        std::fs::write(&file, objects.join("\n---\n")).unwrap();
    };
    with(&[&bind, &ca, &of_cluster]);
    let (code, said) = files.check();
    assert!(code == Some(0) && said.contains("ClusterDirectory corp: ok: connected"), "{said}");
    let (code, said) = files.sync();
    assert!(code == Some(5), "{said}");
    let (code, said) = files.sync();
    assert!(code == Some(0), "{said}");
    // Which of two is meant is not known.
    let mut second = bind.clone();
    second["metadata"]["namespace"] = "bi".into();
    with(&[&bind, &second, &ca, &of_cluster]);
    let (code, said) = files.sync();
    assert!(
        code == Some(2) && said.contains("ClusterDirectory spec.ldap.auth.simple.secretRef: there is no"),
        "{said}"
    );
    with(&[&bind, &ca]);
    let (code, said) = files.sync();
    assert!(code == Some(2) && said.contains("there is no ClusterDirectory \"corp\" in these files"), "{said}");
}
