//! Runs of the program that a server lets do a part of their work, and those that complete it.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::program::Program;
use super::{Superset, started};
use crate::harness::http_faults::{Answer, Fault};

const FIRST: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"]), ("Editors", &["bob", "cy"])];
const THEN: &[(&str, &[&str])] =
    &[("Analysts", &["ada", "dan"]), ("Editors", &["bob", "cy", "eve"]), ("Sales", &["ada", "dan"])];

/// From now on, `fault` happens to each third request that writes.
fn fail_every_third(superset: &Superset, fault: Fault) {
    let writes = AtomicUsize::new(0);
    superset.proxy.rule(move |request| {
        let is_write = request.method != "GET" && !request.path.ends_with("/login");
        if is_write && writes.fetch_add(1, Ordering::SeqCst) % 3 == 2 { fault.clone() } else { Fault::Forward }
    });
}

fn result(status: &Value) -> &str {
    status["lastRun"]["result"].as_str().unwrap()
}

fn created(status: &Value, of: &str) -> usize {
    usize::try_from(status["lastRun"][of]["created"].as_u64().unwrap()).unwrap()
}

/// The server shows what the directory has, nothing of ours is lost in it, and the next run writes nothing.
fn is_complete(superset: &Superset, program: &Program, directory: &[(&str, &[&str])]) {
    superset.proxy.pass();
    let status = program.status(&[]);
    assert_eq!(result(&status), "Synced", "{status:#}");
    let content = superset.server.content();
    let groups: Vec<(&str, Vec<&str>)> =
        content.groups.keys().map(|name| (name.as_str(), content.members(name))).collect();
    let wanted: Vec<(&str, Vec<&str>)> = directory.iter().map(|(name, members)| (*name, members.to_vec())).collect();
    assert_eq!(groups, wanted);
    for (name, group) in &content.groups {
        assert_eq!(group.description.as_deref().unwrap_or_default(), "", "{name} shows its mark");
    }
    superset.proxy.forget();
    program.status(&[]);
    assert_eq!(superset.writes(), Vec::<String>::new());
}

#[test]
fn a_server_that_fails_every_third_call_is_filled_in_some_runs() {
    for fault in [
        Fault::Instead(Answer::status(500)),
        Fault::Afterwards(Answer::status(500)),
        Fault::HangUp,
        Fault::LoseAnswer,
        Fault::CutBody,
        Fault::Instead(Answer::page(502, "Bad Gateway")),
        Fault::Afterwards(Answer::page(504, "Gateway Timeout")),
    ] {
        let superset = started("third");
        let program = Program::of(&superset, FIRST);
        fail_every_third(&superset, fault.clone());
        let mut more: &[&str] = &["--new-links"];
        for (directory, runs) in [(FIRST, 0..8), (THEN, 0..8)] {
            program.have(directory);
            for run in runs {
                let before = superset.server.content();
                let status = program.status(more);
                more = &[];
                let after = superset.server.content();
                let is_lost = !matches!(&fault, Fault::Instead(_) | Fault::HangUp);
                for (of, new) in [
                    ("groups", after.groups.len() - before.groups.len()),
                    ("accounts", after.accounts.len() - before.accounts.len()),
                ] {
                    let told = created(&status, of);
                    // What a lost answer was about is said to be ambiguous, so it may be more.
                    assert!(told == new || (is_lost && told < new), "{fault:?}: {told} of {new} {of}: {status:#}");
                }
                if result(&status) == "Synced" {
                    break;
                }
                assert_eq!(result(&status), "PartiallySynced", "{fault:?}: {status:#}");
                assert!(run < 7, "{fault:?}: {status:#}");
            }
        }
        is_complete(&superset, &program, THEN);
    }
}

/// The rights of the account are taken away after some writes.
#[test]
fn a_run_that_may_not_go_on_says_how_far_it_came() {
    for allowed in [1, 3, 5, 6] {
        let superset = started("rights");
        let program = Program::of(&superset, FIRST);
        let writes = AtomicUsize::new(0);
        superset.proxy.rule(move |request| {
            let is_write = request.method != "GET" && !request.path.ends_with("/login");
            if is_write && writes.fetch_add(1, Ordering::SeqCst) >= allowed {
                return Fault::Instead(Answer::says(403, "Forbidden"));
            }
            Fault::Forward
        });
        let status = program.status(&["--new-links"]);
        assert_eq!(result(&status), "PartiallySynced", "{status:#}");
        let content = superset.server.content();
        assert_eq!(created(&status, "groups"), content.groups.len(), "{status:#}");
        assert_eq!(created(&status, "accounts"), content.accounts.len() - 2, "{status:#}");
        is_complete(&superset, &program, FIRST);
    }
}
