//! A container that is killed.

use std::time::Instant;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

use super::site::{NAMESPACE, Site};

#[test]
fn a_killed_container_comes_back_and_runs_nothing_early() {
    let site = Site::enter();
    site.install(&[]);
    let team = site.team("restart");
    team.synchronize("teams", &["Analysts"], &json!({}));
    let (pod, before) = (site.pod(), team.status("teams"));

    let process = site.node.operator_process(&pod).unwrap();
    let start = Instant::now();
    kill(Pid::from_raw(process.try_into().unwrap()), Signal::SIGKILL).unwrap();
    let restarts = "jsonpath={.status.containerStatuses[0].restartCount}";
    site.wait("the container runs again", || {
        site.node.kubectl(&["get", "pod", &pod, "-n", NAMESPACE, "-o", restarts]) == "1"
            && site.node.operator_process(&pod).is_some_and(|other| other != process)
    });
    println!("the container runs again after {:.1?}", start.elapsed());

    // Once it has synchronized another one, it has looked at the first one too.
    team.synchronize("others", &["Editors"], &json!({}));
    println!("it works again after {:.1?}", start.elapsed());
    assert_eq!(site.pod(), pod);
    assert_eq!(team.status("teams")["lastRun"], before["lastRun"], "it was not due");
    assert_eq!(team.status("teams")["nextSyncTime"], before["nextSyncTime"]);
}
