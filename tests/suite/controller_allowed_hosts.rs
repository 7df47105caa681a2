//! Rule `allowed-hosts`: where the operator connects, and where it does not.

use serde_json::{Value, json};

use crate::cluster::{Cluster, condition, members};
use crate::company::{BASE, directory, ldap_directory, ldif, linked_directory, object, reader, secret, server, sync};
use crate::harness::postgres::Database;
use crate::harness::{Link, OpenLdap, Postgres, binary, command};

const GROUPS: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"])];

/// An operator that may connect to the database server and to no other, which is not started yet.
fn of_the_database(test: &str, database: &Database<'_>) -> Cluster {
    Cluster::prepare(test).with(&["--allowed-hosts", &database.server().address()])
}

/// What a status says, which is that a host is not allowed.
fn refusal(status: &Value) -> String {
    let (ready, stalled) = (condition(status, "Ready"), condition(status, "Stalled"));
    assert_eq!((&ready["status"], &ready["reason"]), (&json!("False"), &json!("HostNotAllowed")), "{status:#}");
    assert_eq!((&stalled["status"], &stalled["reason"]), (&json!("True"), &json!("HostNotAllowed")), "{status:#}");
    ready["message"].as_str().unwrap().to_owned()
}

fn said(field: &str, address: &str) -> String {
    let (host, port) = address.rsplit_once(':').unwrap();
    format!(
        "{field}: the operator may not connect to the host \"{host}\" at port {port}, because its option --allowed-hosts \
         does not list it: correct the host, or have a cluster administrator add it to that option"
    )
}

#[test]
fn a_host_that_is_not_allowed_sees_no_connection_until_it_is() {
    let database = Postgres::shared().database("allowed");
    let ldap = OpenLdap::builder(BASE).entries(&ldif(&[("Editors", &["ada"])])).entries(&reader("pw")).start();
    let (far, trap) = (Link::to(&ldap.tls_address()), Link::to(&database.server().address()));
    let mut cluster = of_the_database("allowed", &database).started();
    cluster.apply(&directory(GROUPS));
    cluster.apply(&server(&database));
    cluster.apply(&[sync("teams", &["Analysts"], &json!({}))]);
    cluster.apply(&linked_directory("far", &ldap, &far));
    let hourly = json!({"directoryRef": {"name": "far"}, "interval": "2h"});
    cluster.apply(&[sync("editors", &["Editors"], &hourly)]);
    let expected = said("Directory spec.ldap.servers", &far.address());
    for resource in ["dir/far", "dgs/editors"] {
        assert_eq!(refusal(&cluster.wait_for(resource, "HostNotAllowed")), expected);
    }
    assert!(cluster.events("far").contains(&("HostNotAllowed".to_owned(), expected)));

    let url = format!("http://{}", trap.address());
    let reference = json!({"name": "keys"});
    let tls = json!({"allowPlaintextPassword": true});
    let tokens = json!({"secretRef": reference, "tokenURL": format!("{url}/token")});
    let here = format!("http://{}", database.server().address());
    let servers = [
        ("sql", json!({"sql": {"secretKeyRef": {"name": "keys", "key": "url"}}}), "sql.secretKeyRef"),
        ("superset", json!({"superset": {"url": url, "tls": tls, "secretRef": {"name": "apikey"}}}), "superset.url"),
        (
            "bold",
            json!({"boldBI": {"url": url, "tls": tls, "site": "a", "secretRef": {"name": "apikey"}}}),
            "boldBI.url",
        ),
        ("grafana", json!({"grafana": {"url": url, "tls": tls, "secretRef": reference}}), "grafana.url"),
        ("scim", json!({"scim": {"url": url, "tls": tls, "auth": {"bearer": {"secretRef": reference}}}}), "scim.url"),
        ("tokens", json!({"scim": {"url": here, "tls": tls, "auth": {"oauth2": tokens}}}), "scim.auth.oauth2.tokenURL"),
    ];
    let database_url = format!("postgres://u:s3cret@{}/d?sslmode=disable", trap.address());
    let keys = json!({"url": database_url, "token": "t", "clientID": "c", "clientSecret": "s"});
    cluster.apply(&[secret("keys", keys), secret("apikey", json!({"apiKey": "k"}))]);
    for (name, spec, field) in servers {
        cluster.apply(&[object("DashboardServer", name, spec)]);
        let status = cluster.wait_for(&format!("dash/{name}"), "HostNotAllowed");
        assert_eq!(refusal(&status), said(&format!("DashboardServer spec.{field}"), &trap.address()));
    }

    let status = cluster.wait_for("dgs/teams", "Synced");
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "bob"], "{status:#}");
    assert_eq!((far.accepted(), trap.accepted()), (0, 0), "{}", cluster.log());
    assert!(!cluster.log().contains("s3cret"));

    // A list that has them heals all that is usable, without an edit.
    cluster.stop();
    let mut cluster = cluster.with(&["--allowed-hosts", "127.0.0.0/8"]);
    cluster.resume();
    let status = cluster.wait_for("dgs/editors", "Synced");
    assert_eq!((&status["observedGeneration"], condition(&status, "Stalled")), (&json!(1), &Value::Null));
    assert_eq!(members(&database, "Editors").unwrap(), ["ada"]);
    cluster.wait("dash/sql", "was connected to", |status| condition(status, "Ready")["reason"] != "HostNotAllowed");
    assert!(far.accepted() > 0 && trap.accepted() > 0);
}

#[test]
fn a_secret_that_leads_to_a_host_that_is_not_allowed_stops_the_next_run() {
    let database = Postgres::shared().database("allowed_url");
    let link = Link::to(&database.server().address());
    let mut cluster = of_the_database("allowed-url", &database).started();
    cluster.apply(&directory(GROUPS));
    let [url, ca, mut bi] = server(&database);
    bi["spec"]["interval"] = json!("2h");
    cluster.apply(&[url, ca, bi]);
    let slow = |over: Value| {
        let mut fields = json!({"interval": "2h", "retryInterval": "1h"});
        fields.as_object_mut().unwrap().extend(over.as_object().unwrap().clone());
        fields
    };
    cluster.apply(&[sync("teams", &["Analysts"], &slow(json!({})))]);
    let synced = cluster.wait_for("dgs/teams", "Synced");
    cluster.wait_for("dash/bi", "ProbeSucceeded");

    let moved = database.url().replace(&database.server().address(), &link.address());
    assert_ne!(moved, database.url());
    let moved = format!("{}?sslmode=disable", moved.split('?').next().unwrap());
    cluster.apply(&[secret("bi-db", json!({"url": moved}))]);
    cluster.apply(&directory(&[("Analysts", &["ada"])])[..1]);
    let status = cluster.run("dgs/teams");
    let expected = said("DashboardServer spec.sql.secretKeyRef", &link.address());
    assert_eq!(refusal(&status), expected);
    for kept in ["storeID", "lastChange", "current"] {
        assert_eq!(status[kept], synced[kept], "{status:#}");
    }
    // Its status says it too, because the run has found it.
    assert_eq!(refusal(&cluster.wait_for("dash/bi", "HostNotAllowed")), expected);
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "bob"], "the last good state");
    assert_eq!(link.accepted(), 0, "{}", cluster.log());

    // What it created is not deleted either, over a connection that nobody allowed.
    cluster.patch("dgs/teams", &json!({"spec": {"deletionPolicy": "Delete", "retryInterval": "5s"}}));
    cluster.wait("dgs/teams", "generation 2", |status| status["observedGeneration"] == 2);
    cluster.kubectl(&["delete", "dgs", "teams", "--wait=false"]);
    let status = cluster.wait_for("dgs/teams", "DeletionBlocked");
    assert!(condition(&status, "Ready")["message"].as_str().unwrap().contains(&expected), "{status:#}");
    assert_eq!(link.accepted(), 0, "{}", cluster.log());

    cluster.stop();
    let mut cluster = cluster.with(&["--allowed-hosts", &link.address()]);
    cluster.resume();
    cluster.kubectl(&["wait", "--for=delete", "--timeout=60s", "dgs/teams"]);
    cluster.wait_for("dash/bi", "ProbeSucceeded");
    assert_eq!(members(&database, "Analysts"), None);
    assert!(link.accepted() > 0);
}

#[test]
fn a_shorter_list_holds_after_a_restart_and_the_old_one_heals() {
    let database = Postgres::shared().database("allowed_less");
    let ldap = OpenLdap::builder(BASE).entries(&ldif(GROUPS)).entries(&reader("pw")).start();
    let mut cluster = Cluster::start("allowed-less");
    cluster.apply(&ldap_directory("corp", &ldap, "pw"));
    cluster.apply(&server(&database));
    cluster.apply(&[sync("teams", &["Analysts"], &json!({"interval": "2h"}))]);
    let synced = cluster.wait_for("dgs/teams", "Synced");

    cluster.stop();
    cluster.operator.set("ALLOWED_HOSTS", database.server().address());
    cluster.resume();
    refusal(&cluster.wait_for("dir/corp", "HostNotAllowed"));
    refusal(&cluster.run("dgs/teams"));
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "bob"]);
    let bound = cluster.get("dir/corp")["status"]["bind"]["state"].clone();
    assert_eq!(bound, "Accepted", "what is known of the password stays");

    cluster.stop();
    cluster.operator.set("ALLOWED_HOSTS", format!("{},{}", database.server().address(), ldap.tls_address()));
    cluster.resume();
    let status = cluster.wait_for("dgs/teams", "Synced");
    assert_eq!(status["observedGeneration"], synced["observedGeneration"]);
    cluster.wait_for("dir/corp", "ProbeSucceeded");
}

#[test]
fn a_list_that_cannot_be_read_starts_no_operator() {
    for (list, expected) in [
        ("dc1.corp.example,https://bi.corp.example", "it is a URL: write only its host"),
        ("", "it is empty: leave out the option to allow every host"),
        ("10.1.2.3/8", "write 10.0.0.0/8"),
    ] {
        let output = command::output(&mut binary::command(&["operator", "--allowed-hosts", list]), "");
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains("--allowed-hosts") && text.contains(expected), "{text}");
    }
}
