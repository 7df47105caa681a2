//! A DashboardServer that leads to another store than before.

use serde_json::json;

use crate::cluster::{Cluster, condition, members};
use crate::company::{directory, server, sync};
use crate::harness::Postgres;

/// Rule `same-store`.
#[test]
fn a_secret_that_leads_to_another_database_stops_the_run_before_it_writes() {
    let (first, second) = (Postgres::shared().database("moved_from"), Postgres::shared().database("moved_to"));
    let cluster = Cluster::start("moved");
    cluster.apply(&directory(&[("Analysts", &["ada", "bob"])]));
    cluster.apply(&server(&first));
    cluster.apply(&[sync("teams", &["Analysts"], &json!({"interval": "1h"}))]);
    let status = cluster.wait_for("dgs/teams", "Synced");
    let store = first.sql("SELECT store_id FROM directory_sync_schema").trim().to_owned();
    assert_eq!(status["storeID"], store, "{status:#}");
    cluster.patch("dash/bi", &json!({"spec": {"interval": "1m"}}));
    cluster.wait("dash/bi", "shows its store", |status| status["storeID"] == store);

    cluster.apply(&server(&second)[..1]);
    let status = cluster.run("dgs/teams");
    let ready = condition(&status, "Ready");
    assert_eq!(
        (ready["status"].as_str(), ready["reason"].as_str()),
        (Some("False"), Some("StoreChanged")),
        "{status:#}"
    );
    let hash = status["plan"]["hash"].as_str().unwrap();
    let message = ready["message"].as_str().unwrap();
    for part in ["a store that no run has written to", &store, "if the move was intended, approve", hash] {
        assert!(message.contains(part), "`{part}` in {message}");
    }
    assert_eq!(second.sql("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()").trim(), "0");
    assert_eq!(status["storeID"], store);

    cluster.kubectl(&["annotate", "--overwrite", "dgs", "teams", &format!("directorysync.dev/approve={hash}")]);
    let status = cluster.wait_for("dgs/teams", "Synced");
    assert_eq!(members(&second, "Analysts").unwrap(), ["ada", "bob"]);
    let moved = second.sql("SELECT store_id FROM directory_sync_schema").trim().to_owned();
    assert_eq!((&status["storeID"], status["lastApprovedHash"].as_str()), (&json!(moved), Some(hash)));
    assert_eq!(status["plan"], json!(null));
    let again = cluster.run("dgs/teams");
    assert_eq!(condition(&again, "Ready")["reason"], "Synced", "{again:#}");
}
