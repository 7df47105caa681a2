//! A Secret that is touched is not a Secret that has changed: only other content is tried.

use std::time::Duration;

use serde_json::{Value, json};

use crate::cluster::{Cluster, condition};
use crate::company::{BASE, config_map, ldap_directory, ldif, reader, server, sync};
use crate::harness::{OpenLdap, Postgres};

const TOUCHES: usize = 5;

fn company(password: &str) -> OpenLdap {
    OpenLdap::builder(BASE).entries(&ldif(&[("Analysts", &["ada"])])).entries(&reader(password)).start()
}

/// Touches the Secret as deployment tools do, each time in another way, and waits for two more runs, so that one of
/// them has started after that.
fn touch(cluster: &Cluster, number: usize, seen: impl Fn(&Value)) {
    let verb = if number.is_multiple_of(2) { "annotate" } else { "label" };
    cluster.kubectl(&[verb, "--overwrite", "secret", "corp-bind", &format!("touched=number-{number}")]);
    for _ in 0..2 {
        let last = cluster.get("dgs/teams")["status"]["lastRun"]["startTime"].clone();
        cluster.wait("dgs/teams", "another run", |status| {
            seen(status);
            status["lastRun"]["startTime"] != last
        });
    }
}

fn bad_binds(ldap: &OpenLdap) -> usize {
    ldap.log().lines().filter(|line| line.contains("RESULT tag=97 err=49")).count()
}

#[test]
fn a_touched_secret_with_an_accepted_password_disturbs_nobody() {
    let ldap = company("pw");
    let database = Postgres::shared().database("touched");
    let cluster = Cluster::start("touched");
    cluster.apply(&ldap_directory("corp", &ldap, "pw"));
    cluster.apply(&server(&database));
    cluster.apply(&[sync("teams", &["Analysts"], &json!({"interval": "10s"}))]);
    let first = cluster.wait_for("dgs/teams", "Synced");
    let events = || [cluster.events("teams"), cluster.events("corp")];
    let before = events();
    for number in 0..TOUCHES {
        touch(&cluster, number, |status| {
            assert_eq!(condition(status, "Ready")["status"], "True", "{status:#}");
            assert!(condition(status, "Stalled").is_null(), "{status:#}");
        });
    }
    let ready = |status: &Value| condition(status, "Ready")["lastTransitionTime"].clone();
    let status = cluster.get("dgs/teams")["status"].clone();
    assert_eq!(ready(&status), ready(&first), "{status:#}");
    assert_eq!(status["lastRun"]["result"], "Synced", "{status:#}");
    assert_eq!(events(), before);
    // What is remembered is the Secret that there is.
    let version = cluster.get("secret/corp-bind")["metadata"]["resourceVersion"].clone();
    cluster.run("dir/corp");
    let bind = cluster.get("dir/corp")["status"]["bind"].clone();
    assert_eq!((&bind["state"], &bind["secretResourceVersion"]), (&json!("Accepted"), &version));
    assert_eq!(events(), before);
}

#[test]
fn a_touched_secret_with_a_refused_password_is_not_tried_again() {
    let (ldap, other) = (company("pw"), company("wrong"));
    let database = Postgres::shared().database("touched_refused");
    let cluster = Cluster::start("touched-refused");
    let [bind, _, corp] = ldap_directory("corp", &ldap, "wrong");
    let authorities = [ldap.certificates().ca(), other.certificates().ca()].join("\n");
    cluster.apply(&[bind, config_map("corp-ca", "ca.crt", &authorities), corp.clone()]);
    cluster.apply(&server(&database));
    cluster.apply(&[sync("teams", &["Analysts"], &json!({"interval": "10s"}))]);
    cluster.wait_for("dgs/teams", "BindRefused");
    assert_eq!(bad_binds(&ldap), 1, "{}", ldap.log());
    for number in 0..TOUCHES {
        touch(&cluster, number, |status| {
            assert_eq!(condition(status, "Ready")["reason"], "BindRefused", "{status:#}");
        });
    }
    assert_eq!(bad_binds(&ldap), 1, "{}", cluster.log());

    // A Directory that is deleted and created again starts afresh, and then waits again.
    cluster.kubectl(&["delete", "dir", "corp"]);
    cluster.apply(&[corp]);
    cluster.wait("dir/corp", "refused", |status| status["bind"]["state"] == "Refused");
    assert_eq!(bad_binds(&ldap), 2, "{}", cluster.log());
    touch(&cluster, TOUCHES, |_| {});
    assert_eq!(bad_binds(&ldap), 2, "{}", cluster.log());

    // The server was the wrong one. A corrected Directory is tried at once, and once.
    cluster.patch("dir/corp", &json!({"spec": {"ldap": {"servers": [other.tls_address()]}}}));
    let status = cluster
        .wait_within(Duration::from_secs(30), "dir/corp", "accepted", |status| status["bind"]["state"] == "Accepted");
    assert_eq!(condition(&status, "Ready")["status"], "True", "{status:#}");
    cluster.wait_for("dgs/teams", "Synced");
    assert_eq!((bad_binds(&ldap), bad_binds(&other)), (2, 0));
}

#[test]
fn a_corrected_password_is_tried_at_once_and_a_corrected_spec_lifts_a_refusal_once() {
    let ldap = company("pw");
    let database = Postgres::shared().database("corrected");
    let cluster = Cluster::start("corrected");
    cluster.apply(&ldap_directory("corp", &ldap, "wrong"));
    cluster.apply(&server(&database));
    cluster.apply(&[sync("teams", &["Analysts"], &json!({"interval": "10s"}))]);
    cluster.wait_for("dgs/teams", "BindRefused");
    assert_eq!(bad_binds(&ldap), 1, "{}", ldap.log());

    // An edit may have corrected it: one more bind, and only one.
    let probed = |generation: u64| {
        cluster.wait("dir/corp", "this generation was probed", |status| status["observedGeneration"] == generation);
    };
    cluster.patch("dir/corp", &json!({"spec": {"ldap": {"timeouts": {"connect": "4m"}}}}));
    probed(2);
    assert_eq!(bad_binds(&ldap), 2, "{}", cluster.log());
    touch(&cluster, 0, |_| {});
    assert_eq!(bad_binds(&ldap), 2, "{}", cluster.log());

    // The password is, within seconds and by itself.
    let [bind, ..] = ldap_directory("corp", &ldap, "pw");
    cluster.apply(&[bind]);
    cluster
        .wait_within(Duration::from_secs(30), "dir/corp", "accepted", |status| status["bind"]["state"] == "Accepted");
    cluster.wait_within(Duration::from_secs(30), "dgs/teams", "in sync", |status| {
        condition(status, "Ready")["reason"] == "Synced"
    });
    assert_eq!(bad_binds(&ldap), 2, "{}", cluster.log());
}
