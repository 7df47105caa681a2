//! `helm upgrade`.

use serde_json::json;

use super::site::{NAMESPACE, Site};
use crate::cluster::members;

#[test]
fn an_upgrade_replaces_the_pod_and_runs_nothing_early() {
    let site = Site::enter();
    site.install(&["logging.level=info"]);
    let team = site.team("upgrade");
    team.synchronize("teams", &["Analysts"], &json!({}));
    let (pod, before) = (site.pod(), team.status("teams"));

    site.install(&["logging.level=debug"]);
    site.wait("one new pod", || matches!(&site.pods()[..], [other] if *other != pod));
    team.synchronize("others", &["Editors"], &json!({}));
    assert_eq!(members(&team.database, "Editors").unwrap(), ["cy"]);
    let log = site.node.kubectl(&["logs", "-n", NAMESPACE, &site.pod()]);
    assert!(log.contains(r#""level":"DEBUG""#), "{log}");
    assert_eq!(team.status("teams")["lastRun"], before["lastRun"], "it was not due");
    assert_eq!(team.status("teams")["nextSyncTime"], before["nextSyncTime"]);
}
