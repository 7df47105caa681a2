//! The program is killed while a request that writes is on its way: the next run completes what it began.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::partial::is_complete;
use super::program::Program;
use super::started;
use crate::harness::http_faults::Fault;
use crate::harness::scim_servers::Kind;
use crate::harness::wait;

const DIRECTORY: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"]), ("Editors", &["bob"]), ("Guests", &[])];
/// Three groups, two accounts, two groups with members.
const WRITES: usize = 3 + 2 + 2;

/// Before the server has done a request, and after it has.
#[test]
fn a_run_that_is_killed_at_any_request_is_completed_by_the_next() {
    for kind in [Kind::Elimity, Kind::DjangoScim2] {
        for fault in [Fault::Stall, Fault::StallAfterwards] {
            for killed_at in 0..WRITES {
                is_completed_after(kind, &fault, killed_at);
            }
        }
    }
}

fn is_completed_after(kind: Kind, fault: &Fault, killed_at: usize) {
    let scim = started(kind);
    let program = Program::into_scim(&scim, DIRECTORY);
    let (writes, held) = (AtomicUsize::new(0), fault.clone());
    scim.proxy.rule(move |request| {
        let is_held = request.method != "GET" && writes.fetch_add(1, Ordering::SeqCst) >= killed_at;
        if is_held { held.clone() } else { Fault::Forward }
    });
    let mut run = program.spawn(&["--new-links"]);
    wait::until("the request is on its way", Duration::from_mins(1), || {
        let exchanges = scim.proxy.exchanges();
        let reached = exchanges.iter().filter(|exchange| exchange.request.method != "GET").nth(killed_at);
        reached.is_some_and(|exchange| *fault == Fault::Stall || exchange.server.is_some())
    });
    run.kill().unwrap();
    run.wait().unwrap();
    is_complete(&scim, &program, DIRECTORY);
    assert_eq!(scim.server.content().users.len(), 2, "{kind:?} {fault:?} at {killed_at}");
}
