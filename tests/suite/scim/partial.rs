//! Runs of the program that a server lets do a part of their work, and those that complete it.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::program::{Program, result};
use super::{Scim, started};
use crate::harness::http_faults::{Answer, Fault};
use crate::harness::scim_servers::Kind;

const FIRST: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"]), ("Editors", &["bob", "cy"])];
const THEN: &[(&str, &[&str])] =
    &[("Analysts", &["ada", "dan"]), ("Editors", &["bob", "cy", "eve"]), ("Sales", &["ada", "dan"])];

fn created(status: &Value, of: &str) -> usize {
    usize::try_from(status["lastRun"][of]["created"].as_u64().unwrap()).unwrap()
}

fn size(scim: &Scim) -> (usize, usize) {
    let content = scim.server.content();
    (content.groups.len(), content.users.len())
}

/// The server shows what the directory has, nothing is there twice, and the next run writes nothing.
pub(super) fn is_complete(scim: &Scim, program: &Program, directory: &[(&str, &[&str])]) {
    scim.proxy.pass();
    let status = program.status(if program.has_links() { &[] } else { &["--new-links"] });
    assert_eq!(result(&status), "Synced", "{status:#}");
    let content = scim.server.content();
    let groups: Vec<(&str, Vec<&str>)> =
        content.groups.keys().map(|name| (name.as_str(), content.members(name))).collect();
    let wanted: Vec<(&str, Vec<&str>)> = directory.iter().map(|(name, members)| (*name, members.to_vec())).collect();
    assert_eq!(groups, wanted);
    scim.proxy.forget();
    program.status(&[]);
    assert_eq!(scim.writes(), Vec::<String>::new());
}

#[test]
fn a_server_that_fails_every_third_call_is_filled_in_some_runs() {
    for kind in [Kind::Elimity, Kind::DjangoScim2] {
        for fault in [
            Fault::Instead(Answer::status(500)),
            Fault::Afterwards(Answer::status(500)),
            Fault::HangUp,
            Fault::LoseAnswer,
            Fault::CutBody,
            Fault::Instead(Answer::page(502, "Bad Gateway")),
            Fault::Afterwards(Answer::page(504, "Gateway Timeout")),
        ] {
            is_filled_in_some_runs(kind, &fault);
        }
    }
}

fn is_filled_in_some_runs(kind: Kind, fault: &Fault) {
    let scim = started(kind);
    let program = Program::into_scim(&scim, FIRST);
    let (writes, held) = (AtomicUsize::new(0), fault.clone());
    scim.proxy.rule(move |request| {
        let is_third = request.method != "GET" && writes.fetch_add(1, Ordering::SeqCst) % 3 == 2;
        if is_third { held.clone() } else { Fault::Forward }
    });
    let mut more: &[&str] = &["--new-links"];
    for directory in [FIRST, THEN] {
        program.have(directory);
        for run in 0..10 {
            let before = size(&scim);
            let status = program.status(more);
            more = &[];
            let after = size(&scim);
            let is_lost = !matches!(fault, Fault::HangUp);
            for (of, new) in [("groups", after.0 - before.0), ("accounts", after.1 - before.1)] {
                let told = created(&status, of);
                // What a lost answer was about is said to be ambiguous, so it may be more.
                assert!(told == new || (is_lost && told < new), "{kind:?} {fault:?}: {told} of {new} {of}: {status:#}");
            }
            if result(&status) == "Synced" {
                break;
            }
            assert!(run < 9, "{kind:?} {fault:?}: {status:#}");
        }
    }
    is_complete(&scim, &program, THEN);
}

/// The rights of the token are taken away after some writes.
#[test]
fn a_run_that_may_not_go_on_says_how_far_it_came() {
    for allowed in [1, 3, 5, 6] {
        let scim = started(Kind::Elimity);
        let program = Program::into_scim(&scim, FIRST);
        let writes = AtomicUsize::new(0);
        scim.proxy.rule(move |request| {
            if request.method != "GET" && writes.fetch_add(1, Ordering::SeqCst) >= allowed {
                return Fault::Instead(Answer::says(403, "Forbidden"));
            }
            Fault::Forward
        });
        let status = program.status(&["--new-links"]);
        assert_eq!(result(&status), "PartiallySynced", "{status:#}");
        assert_eq!((created(&status, "groups"), created(&status, "accounts")), size(&scim), "{status:#}");
        is_complete(&scim, &program, FIRST);
    }
}
