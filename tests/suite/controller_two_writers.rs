//! Two operators without a lease on one namespace, as a partitioned node or a mistake makes them: what one has reported
//! is not erased by the other, whose run started before.

use std::time::Duration;

use serde_json::json;

use crate::cluster::{Cluster, condition, members};
use crate::company::{BASE, ldif, linked_directory, reader, server, sync};
use crate::harness::{Link, OpenLdap, Postgres, wait};

#[test]
fn a_status_is_computed_from_the_version_that_it_replaces() {
    let groups: &[(&str, &[&str])] = &[("Analysts", &["ada", "cy"]), ("Editors", &["bob"])];
    let ldap = OpenLdap::builder(BASE).entries(&ldif(groups)).entries(&reader("pw")).start();
    let link = Link::to(&ldap.tls_address());
    let database = Postgres::shared().database("two_writers");
    let cluster = Cluster::prepare("two-writers").with(&["--leader-elect=false"]).started();
    cluster.apply(&linked_directory("corp", &ldap, &link));
    cluster.apply(&server(&database));
    cluster.apply(&[sync("teams", &["Analysts"], &json!({"interval": "1h"}))]);
    cluster.wait_for("dgs/teams", "Synced");
    let mut other = cluster.another("other").with(&["--leader-elect=false"]);
    other.resume();
    // The second operator is ready once it answers for an object of its own time.
    cluster.apply(&[sync("mark", &["Editors"], &json!({"interval": "1h"}))]);
    cluster.wait_for("dgs/mark", "Synced");
    wait::until("the other watches", Duration::from_mins(1), || other.log().contains("watching"));

    // Both are in the middle of a run; one of them stays there until the other has written and reported.
    let added = "add: member\nmember: uid=bob";
    ldap.modify(&format!("dn: cn=Analysts,{BASE}\nchangetype: modify\n{added},{BASE}\n"));
    ldap.freeze();
    let reading = format!("entered sync={}/teams step=Reading", cluster.namespace);
    let reads = || [cluster.log(), other.log()].map(|log| log.matches(&reading).count());
    let before = reads();
    cluster.ask("dgs/teams", "now");
    wait::until("both read", Duration::from_mins(1), || reads().iter().zip(before).all(|(now, before)| *now > before));
    // A run of the other sync may still be about to end there.
    wait::until("the other is stopped without the store's lock", Duration::from_mins(1), || {
        other.pause();
        let is_free = database.is_free();
        if !is_free {
            other.go_on();
        }
        is_free
    });
    ldap.thaw();
    let first = cluster.wait("dgs/teams", "handled", |status| {
        status["lastHandledReconcileAt"] == "now" && condition(status, "Ready")["reason"] == "Synced"
    });
    assert_eq!(first["lastChange"]["members"]["added"], 1, "{first:#}");
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "bob", "cy"]);

    let writes = cluster.status_writes("directorygroupsyncs", "teams");
    other.go_on();
    wait::until("the other reports too, or has nothing to report", Duration::from_mins(1), || {
        cluster.status_writes("directorygroupsyncs", "teams") > writes
    });
    let last = cluster.run("dgs/teams");
    assert_eq!(last["lastChange"], first["lastChange"], "{last:#}\n{}", other.log());
    let told = |reason: &str| cluster.events("teams").iter().filter(|(told, _)| told == reason).count();
    assert!(told("Synced") <= 2, "{:?}", cluster.events("teams"));
}
