//! `status.bind` of a Directory: what a run has found out is replaced as a whole by what a probe finds out.

use serde_json::{Value, json};

use crate::cluster::{Cluster, condition};
use crate::company::{BASE, ldap_directory, ldif, reader, server, sync};
use crate::harness::{OpenLdap, Postgres};

#[test]
fn a_refusal_that_a_run_met_leaves_nothing_behind() {
    let ldap = OpenLdap::builder(BASE).entries(&ldif(&[("Analysts", &["ada"])])).entries(&reader("pw")).start();
    let database = Postgres::shared().database("bind_status");
    let cluster = Cluster::start("bind-status");
    let [bind, ca, mut corp] = ldap_directory("corp", &ldap, "pw");
    cluster.apply(&[bind, ca, corp.clone()]);
    cluster.apply(&server(&database));
    cluster.apply(&[sync("teams", &["Analysts"], &json!({"interval": "1h"}))]);
    cluster.wait_for("dgs/teams", "Synced");

    // The password stops working, and a run is the first to use it.
    let password = |password: &str| {
        ldap.modify(&format!(
            "dn: cn=reader,{BASE}\nchangetype: modify\nreplace: userPassword\nuserPassword: {password}"
        ));
    };
    password("changed");
    let status = cluster.run("dgs/teams");
    assert_eq!(condition(&status, "Ready")["reason"], "BindRefused", "{status:#}");
    let status = cluster.wait("dir/corp", "refused", |status| status["bind"]["state"] == "Refused");
    assert!(!status["bind"]["notBeforeTime"].is_null(), "{status:#}");

    // The Secret is fixed: an accepted bind shows nothing of the refusal.
    let [bind, ..] = ldap_directory("corp", &ldap, "changed");
    cluster.apply(&[bind]);
    cluster.run("dir/corp");
    let status = cluster.wait("dir/corp", "accepted", |status| status["bind"]["state"] == "Accepted");
    let bind = status["bind"].as_object().unwrap();
    assert!(!bind.contains_key("diagnostic") && !bind.contains_key("notBeforeTime"), "{status:#}");
    cluster.wait_for("dgs/teams", "Synced");

    // Without a bind, there is nothing to say of one, and status can still be written.
    corp["spec"]["ldap"]["auth"] = json!({"anonymous": {}});
    replace(&cluster, &corp);
    let probed = |status: &Value| status["observedGeneration"] == 2 && condition(status, "Ready")["status"] == "True";
    let status = cluster.wait("dir/corp", "generation 2 was probed", probed);
    assert!(status["bind"].is_null(), "{status:#}");
    // As a word: the fraction of a time has such digits too.
    let log = cluster.log();
    assert!(!log.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == "422"), "{log}");
    let status = cluster.run("dgs/teams");
    assert_eq!(condition(&status, "Ready")["reason"], "Synced", "{status:#}");
}

/// Replaces the spec of an object, whoever set its fields.
fn replace(cluster: &Cluster, object: &Value) {
    let name = format!("dir/{}", object["metadata"]["name"].as_str().unwrap());
    let change = json!([{"op": "replace", "path": "/spec", "value": object["spec"]}]);
    cluster.kubectl(&["patch", &name, "--type=json", "-p", &change.to_string()]);
}
