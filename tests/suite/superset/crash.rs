//! The program is killed while a request that writes is on its way: the next run completes what it began.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::program::Program;
use super::started;
use crate::harness::http_faults::Fault;
use crate::harness::wait;
use crate::store_contract::Fixture as _;

const DIRECTORY: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"]), ("Editors", &["bob"]), ("Guests", &[])];
/// Three groups, two accounts, two groups with members, one that loses its mark.
const WRITES: usize = 3 + 2 + 2 + 1;

/// Before the server has done a request, and after it has.
#[test]
fn a_run_that_is_killed_at_any_request_is_completed_by_the_next() {
    let mut superset = started("crash");
    for fault in [Fault::Stall, Fault::StallAfterwards] {
        for killed_at in 0..WRITES {
            let program = Program::of(&superset, DIRECTORY);
            let writes = AtomicUsize::new(0);
            let held = fault.clone();
            superset.proxy.forget();
            superset.proxy.rule(move |request| {
                let is_write = request.method != "GET" && !request.path.ends_with("/login");
                if is_write && writes.fetch_add(1, Ordering::SeqCst) >= killed_at {
                    held.clone()
                } else {
                    Fault::Forward
                }
            });
            let mut run = program.spawn(&["--new-links"]);
            wait::until("the request is on its way", Duration::from_secs(30), || {
                let exchanges = superset.proxy.exchanges();
                let mut writes = exchanges
                    .iter()
                    .filter(|exchange| exchange.request.method != "GET" && !exchange.request.path.ends_with("/login"));
                let reached = writes.nth(killed_at);
                reached.is_some_and(|exchange| fault == Fault::Stall || exchange.server.is_some())
            });
            run.kill().unwrap();
            run.wait().unwrap();

            superset.proxy.pass();
            let status = program.status(if program.has_links() { &[] } else { &["--new-links"] });
            let place = format!("{fault:?} at {killed_at}");
            assert_eq!(status["lastRun"]["result"], "Synced", "{place}: {status:#}");
            let content = superset.server.content();
            let groups: Vec<&str> = content.groups.keys().map(String::as_str).collect();
            assert_eq!(groups, ["Analysts", "Editors", "Guests"], "{place}");
            let members = [content.members("Analysts"), content.members("Editors"), content.members("Guests")];
            assert_eq!(members, [vec!["ada", "bob"], vec!["bob"], vec![]], "{place}");
            let has_mark =
                content.groups.values().any(|group| group.description.as_deref().is_some_and(|it| !it.is_empty()));
            assert!(!has_mark && content.accounts.len() == 4, "{place}: {content:#?}");
            superset.proxy.forget();
            program.status(&[]);
            assert_eq!(superset.writes(), Vec::<String>::new(), "{place}");
            assert!(superset.empty());
        }
    }
}
