//! However many syncs want it, a password that is refused is tried once.

use std::time::Duration;

use serde_json::json;

use crate::cluster::Cluster;
use crate::company::{BASE, ldap_directory, ldif, reader, server, sync};
use crate::harness::{OpenLdap, Postgres, folder, wait};

const SYNCS: usize = 500;
/// What five hundred of them take together.
const PATIENCE: Duration = Duration::from_mins(4);

#[test]
fn five_hundred_syncs_make_one_bad_bind_until_the_secret_changes() {
    let ldap = OpenLdap::builder(BASE).entries(&ldif(&[("Analysts", &["ada"])])).entries(&reader("pw")).start();
    let database = Postgres::shared().database("binding");
    let mut cluster = Cluster::start("binding");
    let [bind, ca, mut corp] = ldap_directory("corp", &ldap, "wrong");
    // It is looked at all the time, and so are they.
    corp["spec"]["interval"] = json!("10s");
    cluster.apply(&[bind, ca, corp]);
    cluster.apply(&server(&database));
    let syncs = (0..SYNCS).map(|number| sync(&format!("sync-{number}"), &["Analysts"], &json!({"interval": "1m"})));
    let list = json!({"apiVersion": "v1", "kind": "List", "items": syncs.collect::<Vec<_>>()});
    let folder = folder::temporary("syncs");
    let file = folder::write(folder.path(), "syncs.json", &list.to_string());
    cluster.kubectl(&["create", "-f", &file.display().to_string()]);

    let refused = |reason: &str| reason == "BindRefused";
    let bad_binds = || ldap.log().lines().filter(|line| line.contains("RESULT tag=97 err=49")).count();
    let condition = r#"--for=jsonpath={.status.conditions[?(@.type=="Ready")].reason}=BindRefused"#;
    cluster.kubectl(&["wait", condition, "--timeout=4m", "--all", "dgs"]);
    assert_eq!(bad_binds(), 1, "{}", ldap.log());

    // Nor does a restart try again, whatever comes of it.
    let before = told(&cluster).into_iter().map(|(_, start)| start).max().unwrap();
    cluster.stop();
    cluster.resume();
    wait::until("every sync ran again", PATIENCE, || {
        told(&cluster).iter().all(|(reason, start)| refused(reason) && *start > before)
    });
    assert_eq!(bad_binds(), 1, "{}", ldap.log());

    // Mended where it was wrong, it goes on by itself.
    let [bind, ..] = ldap_directory("corp", &ldap, "pw");
    cluster.apply(&[bind]);
    cluster.wait("dir/corp", "accepted", |status| status["bind"]["state"] == "Accepted");
    wait::until("syncs are in step", PATIENCE, || {
        told(&cluster).iter().filter(|(reason, _)| reason.starts_with("Synced")).count() > 20
    });
    assert_eq!(bad_binds(), 1, "{}", ldap.log());
}

/// Of every sync: the reason that `Ready` gives, and when its last run began. A list of five hundred costs the API server
/// more than a run does, so it is not asked all the time.
fn told(cluster: &Cluster) -> Vec<(String, String)> {
    std::thread::sleep(Duration::from_secs(2));
    let columns =
        r#"{range .items[*]}{.status.conditions[?(@.type=="Ready")].reason} {.status.lastRun.startTime}{"\n"}{end}"#;
    let lines = cluster.kubectl(&["get", "dgs", "-o", &format!("jsonpath={columns}")]);
    let told: Vec<_> = lines
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(reason, start)| (reason.to_owned(), start.to_owned()))
        .collect();
    assert_eq!(told.len(), SYNCS, "{lines}");
    told
}
