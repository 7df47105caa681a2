//! Syncs that wait for others, and binds that are refused.

use serde_json::json;

use crate::cluster::{Cluster, condition, members};
use crate::company::{directory, object, secret, server, sync};
use crate::harness::{OpenLdap, Postgres};

const GROUPS: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"])];

#[test]
fn a_sync_waits_for_what_it_refers_to_and_goes_on() {
    let database = Postgres::shared().database("waiting");
    let cluster = Cluster::start("waiting");
    // An hour: what happens here happens because the others came, not because time went by.
    cluster.apply(&[sync("teams", &["Analysts"], &json!({"retryInterval": "1h", "interval": "2h"}))]);
    let status = cluster.wait_for("dgs/teams", "DirectoryNotFound");
    assert_eq!(condition(&status, "Ready")["status"], "False");
    assert_eq!(condition(&status, "Reconciling")["reason"], "Waiting");
    assert_eq!(status["observedGeneration"], 1, "this generation was looked at");
    for unknown in ["Held", "DuplicatesPresent"] {
        let said = condition(&status, unknown);
        assert_eq!((&said["status"], &said["reason"]), (&json!("Unknown"), &json!("NotRunYet")), "{status:#}");
    }

    let [file, corp] = directory(GROUPS);
    cluster.apply(&[corp]);
    cluster.wait_for("dir/corp", "ConfigMapNotFound");
    cluster.apply(&[file]);
    cluster.run("dir/corp");
    cluster.wait_for("dgs/teams", "DashboardServerNotFound");
    let [url, ca, bi] = server(&database);
    cluster.apply(&[ca, bi]);
    cluster.wait_for("dash/bi", "SecretNotFound");
    cluster.apply(&[url]);
    cluster.run("dash/bi");
    let status = cluster.wait_for("dgs/teams", "Synced");
    assert!(condition(&status, "Reconciling").is_null());
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "bob"]);
}

#[test]
fn a_refused_bind_is_tried_once_however_many_syncs_want_it() {
    const SUFFIX: &str = "dc=example,dc=test";
    // Two servers of one directory; what the first refuses is not tried on the second.
    let start = || {
        OpenLdap::builder(SUFFIX)
            .entries(
                "dn: dc=example,dc=test\nobjectClass: domain\ndc: example\n\
                 entryUUID: 1f3870be-274f-46c4-9b3e-31a0c6728957\n\n\
                 dn: uid=reader,dc=example,dc=test\nobjectClass: inetOrgPerson\nuid: reader\ncn: r\nsn: r\n\
                 mail: r@x.test\nuserPassword: pw\nentryUUID: 72b302bf-297a-428a-9273-0c11f1c7d6f1\n\n\
                 dn: cn=Analysts,dc=example,dc=test\nobjectClass: groupOfNames\ncn: Analysts\n\
                 member: uid=reader,dc=example,dc=test\nentryUUID: 8277e091-0d76-41a5-8ad9-ae4fb06eaf9d",
            )
            .start()
    };
    let (ldap, second) = (start(), start());
    let database = Postgres::shared().database("refused");
    let cluster = Cluster::start("refused");
    let bind =
        |password: &str| secret("bind", json!({"username": format!("uid=reader,{SUFFIX}"), "password": password}));
    let tls = json!({"caRef": {"name": "ca"}});
    let auth = json!({"simple": {"secretRef": {"name": "bind"}}});
    let servers = [ldap.tls_address(), second.tls_address()];
    let spec = json!({"baseDN": SUFFIX, "interval": "10s", "ldap": {"servers": servers, "tls": tls, "auth": auth}});
    let ca =
        crate::company::config_map("ca", "ca.crt", &(ldap.certificates().ca().to_owned() + second.certificates().ca()));
    cluster.apply(&[ca, bind("wrong"), object("Directory", "corp", spec)]);
    cluster.apply(&server(&database));
    let bind_line = format!("BIND dn=\"uid=reader,{SUFFIX}\" method=128");
    let binds_to = |server: &OpenLdap| server.log().lines().filter(|line| line.contains(&bind_line)).count();
    let binds = || binds_to(&ldap);

    let status = cluster.wait_for("dir/corp", "NotReferenced");
    assert_eq!((&condition(&status, "Ready")["status"], &status["observedGeneration"]), (&json!("Unknown"), &json!(1)));
    assert_eq!(binds(), 0, "a bind for nobody");
    let status = cluster.run("dir/corp");
    assert_eq!(condition(&status, "Ready")["reason"], "BindRefused", "a person asked: {status:#}");
    assert_eq!(status["bind"]["state"], "Refused", "{status:#}");
    assert!(!status["bind"]["notBeforeTime"].is_null());
    assert_eq!(condition(&status, "Stalled")["status"], "True");
    assert_eq!(binds(), 1);
    for name in ["one", "two", "three"] {
        cluster.apply(&[sync(name, &["Analysts"], &json!({"interval": "10s"}))]);
    }
    for name in ["one", "two", "three"] {
        let status = cluster.wait_for(&format!("dgs/{name}"), "BindRefused");
        assert_eq!(condition(&status, "Stalled")["reason"], "BindRefused");
    }
    for name in ["one", "two", "three"] {
        cluster.run(&format!("dgs/{name}"));
    }
    assert_eq!(binds(), 1, "nobody tried again:\n{}", cluster.log());
    assert_eq!(cluster.status_writes("directories", "corp"), 2);

    // At an administrator's request it is tried once more; with another Secret it is tried by itself.
    cluster.run("dir/corp");
    assert_eq!((binds(), binds_to(&second)), (2, 0));
    cluster.apply(&[bind("pw")]);
    for name in ["one", "two", "three"] {
        let status = cluster.run(&format!("dgs/{name}"));
        assert_ne!(condition(&status, "Ready")["reason"], "BindRefused", "{status:#}");
    }
    let status = cluster.wait_for("dir/corp", "ProbeSucceeded");
    assert_eq!(status["bind"]["state"], "Accepted");
    assert_eq!(status["servers"].as_array().unwrap().len(), 2, "{status:#}");
    cluster.wait("dgs/one", "in step", |status| condition(status, "Ready")["status"] == "True");
    assert_eq!(members(&database, "Analysts").unwrap(), ["reader"]);

    // A run is the first to use a password that stopped working. All wait after that one refusal, the Directory too.
    cluster.patch("dir/corp", &json!({"spec": {"interval": "1h"}}));
    cluster.wait("dir/corp", "generation 2 was probed", |status| status["observedGeneration"] == 2);
    for name in ["one", "two", "three"] {
        cluster.patch(&format!("dgs/{name}"), &json!({"spec": {"interval": "1h"}}));
        cluster.wait(&format!("dgs/{name}"), "generation 2 ran", |status| {
            status["observedGeneration"] == 2 && condition(status, "Ready")["status"] == "True"
        });
    }
    let before = binds() + binds_to(&second);
    for server in [&ldap, &second] {
        server.modify(&format!(
            "dn: uid=reader,{SUFFIX}\nchangetype: modify\nreplace: userPassword\nuserPassword: other"
        ));
    }
    for name in ["one", "two", "three"] {
        let status = cluster.run(&format!("dgs/{name}"));
        assert_eq!(condition(&status, "Ready")["reason"], "BindRefused", "{status:#}");
    }
    let status = cluster.wait_for("dir/corp", "BindRefused");
    assert_eq!(status["bind"]["state"], "Refused", "{status:#}");
    assert_eq!(binds() + binds_to(&second), before + 1, "{}", cluster.log());
}

#[test]
fn two_syncs_share_a_store_one_at_a_time() {
    let database = Postgres::shared().database("shared");
    let cluster = Cluster::start("shared");
    cluster.apply(&directory(&[("Analysts", &["ada"]), ("Editors", &["ada", "bob"])]));
    cluster.apply(&server(&database));
    cluster
        .apply(&[sync("analysts", &["Analysts"], &json!({})), sync("editors", &["Editors", "Analysts"], &json!({}))]);
    cluster.wait("dgs/analysts", "in step", |status| condition(status, "Ready")["status"] == "True");
    cluster.wait("dgs/editors", "in step", |status| condition(status, "Ready")["status"] == "True");
    let (analysts, editors) = (cluster.run("dgs/analysts"), cluster.run("dgs/editors"));
    // The first sync has the group that both select; the other one lists its owner.
    let elsewhere = |status: &serde_json::Value| {
        let problems = status["problems"].as_array().map(Vec::as_slice).unwrap_or_default();
        problems.iter().filter(|problem| problem["kind"] == "OwnedElsewhere").count()
    };
    assert_eq!(elsewhere(&analysts) + elsewhere(&editors), 1, "{analysts:#}\n{editors:#}");
    assert_eq!(database.sql("SELECT count(*) FROM groups").trim(), "2");
    assert_eq!(database.sql("SELECT count(*) FROM users").trim(), "2");
    assert_eq!(members(&database, "Editors").unwrap(), ["ada", "bob"]);

    // The first owner is deleted and leaves its groups; the next run of the other adopts those that it selects.
    let (first, other) = if elsewhere(&analysts) == 0 { ("analysts", "editors") } else { ("editors", "analysts") };
    cluster.kubectl(&["delete", "dgs", first, "--timeout=60s"]);
    let status = cluster.run(&format!("dgs/{other}"));
    assert_eq!(elsewhere(&status), 0, "{status:#}");
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada"]);
}
