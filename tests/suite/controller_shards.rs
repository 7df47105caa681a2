//! Several releases, each for namespaces of its own.

use serde_json::json;

use crate::cluster::{Cluster, condition, members};
use crate::company::{config_map, directory, exported, server, sync};
use crate::harness::Postgres;

#[test]
fn two_operators_share_the_namespaces_and_neither_enters_the_others() {
    let postgres = Postgres::shared();
    let databases = [postgres.database("shard_a"), postgres.database("shard_b")];
    let mut shards = [Cluster::start("shard-a"), Cluster::start("shard-b")];
    for (shard, database) in shards.iter().zip(&databases) {
        shard.apply(&directory(&[("Analysts", &["ada", "bob"])]));
        shard.apply(&server(database));
        shard.apply(&[sync("teams", &["Analysts"], &json!({"interval": "10s"}))]);
    }
    for (shard, database) in shards.iter().zip(&databases) {
        shard.wait_for("dgs/teams", "Synced");
        assert_eq!(members(database, "Analysts").unwrap(), ["ada", "bob"]);
    }

    // One stops: its namespace rests, and the other is not disturbed.
    let [first, second] = &mut shards;
    first.stop();
    let resting = first.get("dgs/teams")["status"].clone();
    let file = config_map("corp", "company.ldif", &exported(&[("Analysts", &["ada", "bob", "cy"])]));
    for shard in [&*first, &*second] {
        shard.apply(std::slice::from_ref(&file));
    }
    let status = second.run("dgs/teams");
    assert_eq!(status["lastChange"]["members"]["added"], 1, "{status:#}");
    second.one_quiet_run("teams", &databases[1]);
    assert_eq!(first.get("dgs/teams")["status"], resting);
    assert_eq!(members(&databases[0], "Analysts").unwrap(), ["ada", "bob"]);

    // It goes on where it stopped.
    first.resume();
    let status = first.wait("dgs/teams", "the change arrives", |status| status["lastChange"]["members"]["added"] == 1);
    assert_eq!(condition(&status, "Ready")["reason"], "Synced", "{status:#}");
    assert_eq!(members(&databases[0], "Analysts").unwrap(), ["ada", "bob", "cy"]);
}
