//! Somebody else holds the store's lock: the directory is not read over and over, and status says what is in the way.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::cluster::{Cluster, condition, members};
use crate::company::{BASE, ldap_directory, ldif, reader, reads_of, server, sync};
use crate::harness::{OpenLdap, Postgres, wait};

/// The key of the store's lock, as `src/store/sql/postgres.rs` has it.
const LOCK: &str = "hashtextextended('directory-group-sync ' || current_schema(), 0)";
const A_WHILE: Duration = Duration::from_mins(1);
/// A run waits for the lock for ten seconds, then tries again after 2, 4, 8, … seconds.
const READS: usize = 6;

#[test]
fn a_store_in_use_is_waited_for_and_the_directory_is_read_a_few_times() {
    let groups: &[(&str, &[&str])] = &[("Analysts", &["ada"]), ("Editors", &["bob"])];
    let ldap = OpenLdap::builder(BASE).entries(&ldif(groups)).entries(&reader("pw")).start();
    let database = Postgres::shared().database("busy");
    let cluster = Cluster::start("busy");
    cluster.apply(&ldap_directory("corp", &ldap, "pw"));
    cluster.apply(&server(&database));
    cluster.apply(&[sync("teams", &["Analysts"], &json!({"interval": "1h"}))]);
    cluster.wait_for("dgs/teams", "Synced");
    let reads = || reads_of("Analysts", &ldap);

    let holder = database.hold_advisory(LOCK);
    ldap.modify(&format!("dn: cn=Analysts,{BASE}\nchangetype: modify\nadd: member\nmember: uid=bob,{BASE}\n"));
    let before = reads();
    let held = Instant::now();
    cluster.ask("dgs/teams", "now");
    wait::until("the lock has been held for a while", 2 * A_WHILE, || held.elapsed() > A_WHILE);
    let few = reads() - before;
    assert!((1..=READS).contains(&few), "the directory was read {few} times in {A_WHILE:?}:\n{}", cluster.log());

    // After two minutes status says so. Nothing was written, and the request is not handled.
    let status = cluster.wait_within(3 * A_WHILE, "dgs/teams", "it says what is in the way", |status| {
        condition(status, "Ready")["reason"] == "StoreBusy"
    });
    assert!(held.elapsed() > A_WHILE + A_WHILE / 2, "too early to complain: {:?}", held.elapsed());
    assert_eq!(condition(&status, "Ready")["status"], "False", "{status:#}");
    assert_eq!(condition(&status, "Reconciling")["status"], "True", "{status:#}");
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada"]);
    assert!(reads() - before <= READS + 4, "{} reads:\n{}", reads() - before, cluster.log());

    drop(holder);
    let status = cluster.wait_within(2 * A_WHILE, "dgs/teams", "in sync", |status| {
        status["lastHandledReconcileAt"] == "now" && condition(status, "Ready")["reason"] == "Synced"
    });
    assert_eq!(status["lastChange"]["members"]["added"], 1, "{status:#}");
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "bob"]);
    assert!(condition(&status, "Reconciling").is_null(), "{status:#}");
}

#[test]
fn a_store_that_is_free_again_soon_costs_no_second_read() {
    let groups: &[(&str, &[&str])] = &[("Analysts", &["ada"]), ("Editors", &["bob"])];
    let ldap = OpenLdap::builder(BASE).entries(&ldif(groups)).entries(&reader("pw")).start();
    let database = Postgres::shared().database("busy_briefly");
    let cluster = Cluster::start("busy-briefly");
    cluster.apply(&ldap_directory("corp", &ldap, "pw"));
    cluster.apply(&server(&database));
    let first = sync("first", &["Analysts"], &json!({"interval": "1h"}));
    let second = sync("second", &["Editors"], &json!({"interval": "1h"}));
    cluster.apply(&[first, second]);
    for name in ["dgs/first", "dgs/second"] {
        cluster.wait_for(name, "Synced");
    }
    let reads = |group: &str| reads_of(group, &ldap);
    let before = [reads("Analysts"), reads("Editors")];

    // The first writes, and waits for a table with the lock in its hands; the second waits for the lock.
    for (group, add, delete) in [("Analysts", "bob", "ada"), ("Editors", "ada", "bob")] {
        ldap.modify(&format!(
            "dn: cn={group},{BASE}\nchangetype: modify\nadd: member\nmember: uid={add},{BASE}\n-\n\
             delete: member\nmember: uid={delete},{BASE}\n"
        ));
    }
    let holder = database.hold("group_members");
    cluster.ask("dgs/first", "now");
    wait::until("the first writes", A_WHILE, || database.waiting() > 0);
    cluster.ask("dgs/second", "now");
    wait::until("the second has read", A_WHILE, || reads("Editors") > before[1]);
    // Long enough for others to try again, and less than it is worth to wait.
    let read = Instant::now();
    wait::until("some seconds have passed", A_WHILE, || read.elapsed() > Duration::from_secs(5));
    drop(holder);
    for name in ["dgs/first", "dgs/second"] {
        cluster.wait(name, "handled", |status| {
            status["lastHandledReconcileAt"] == "now" && condition(status, "Ready")["reason"] == "Synced"
        });
    }
    assert_eq!([reads("Analysts"), reads("Editors")], before.map(|reads| reads + 1), "{}", cluster.log());
    assert_eq!(members(&database, "Analysts").unwrap(), ["bob"]);
    assert_eq!(members(&database, "Editors").unwrap(), ["ada"]);
}
