//! Two pods, and a drain that takes the one that works.

use std::time::Instant;

use serde_json::json;

use super::site::{NAMESPACE, Site};
use crate::cluster::members;

#[test]
fn the_other_pod_takes_over_from_a_drained_leader() {
    let site = Site::enter();
    site.install(&["replicas=2"]);
    site.wait("two pods", || site.pods().len() == 2);
    let team = site.team("drain");
    team.synchronize("teams", &["Analysts"], &json!({}));
    let (before, leader) = (team.status("teams"), site.leader().unwrap());
    let other = site.pods().into_iter().find(|pod| *pod != leader).unwrap();

    // The node has the other one too, so the drain takes just the leader.
    site.node.kubectl(&["label", "pod", &leader, "-n", NAMESPACE, "drain=this"]);
    let start = Instant::now();
    site.node.kubectl(&["drain", "node1", "--pod-selector", "drain=this", "--timeout", "3m"]);
    site.wait("the other pod has the lease", || site.leader().as_ref() == Some(&other));
    println!("taken over {:.1?} after the start of the drain", start.elapsed());
    let ran = team.run("teams", "taken-over");
    assert_eq!(ran["lastRun"]["groups"]["unchanged"], 1, "{ran:#}");
    assert_eq!(ran["lastChange"], before["lastChange"]);
    assert_eq!(members(&team.database, "Analysts").unwrap(), ["ada", "bob"]);
    site.node.kubectl(&["uncordon", "node1"]);
    site.wait("two pods again", || site.pods().len() == 2);
}
