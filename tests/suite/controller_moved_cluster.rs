//! Another cluster, or the same one restored from a backup: objects without status and with new UIDs. The installation id says
//! whose groups these are.

use serde_json::{Value, json};

use crate::cluster::{Cluster, members};
use crate::company::{directory, server, sync};
use crate::harness::Postgres;

const GROUPS: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"]), ("Editors", &["ada"])];

#[test]
fn a_restored_installation_writes_nothing_and_another_one_touches_nothing() {
    let database = Postgres::shared().database("moved_cluster");
    let mut cluster = Cluster::prepare("moved-cluster").with(&["--installation-id", "east"]).started();
    let objects = || -> Vec<Value> {
        let [corp, company] = directory(GROUPS);
        let [url, ca, bi] = server(&database);
        vec![corp, company, url, ca, bi, sync("teams", &["Analysts", "Editors"], &json!({}))]
    };
    cluster.apply(&objects());
    cluster.wait_for("dgs/teams", "Synced");

    let restore = |cluster: &mut Cluster| {
        cluster.stop();
        cluster.kubectl(&["delete", "dgs/teams", "dir/corp", "dash/bi", "--timeout=60s"]);
        cluster.apply(&objects());
    };
    restore(&mut cluster);
    let before = database.statistics();
    cluster.resume();
    let status = cluster.wait_for("dgs/teams", "Synced");
    assert_eq!(
        (&status["lastRun"]["groups"]["unchanged"], &status["lastChange"]),
        (&json!(2), &Value::Null),
        "{status:#}"
    );
    assert_eq!(database.statistics(), before, "no write to the store");

    restore(&mut cluster);
    let mut other = cluster.another("west");
    other.set("INSTALLATION_ID", "west");
    other.resume();
    cluster.wait_for("dgs/teams", "DirectoryIDClaimed");
    assert_eq!(members(&database, "Analysts").unwrap(), ["ada", "bob"]);
    other.stop();
}
