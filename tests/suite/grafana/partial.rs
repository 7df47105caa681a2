//! Runs of the program that a server lets do a part of their work, and those that complete it.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::program::{Program, result};
use super::{Graf, started};
use crate::harness::http_faults::{Answer, Fault};

const FIRST: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"]), ("Editors", &["bob", "cy"])];
const THEN: &[(&str, &[&str])] =
    &[("Analysts", &["ada", "dan"]), ("Editors", &["bob", "cy", "eve"]), ("Sales", &["ada", "dan"])];

fn created(status: &Value, of: &str) -> usize {
    usize::try_from(status["lastRun"][of]["created"].as_u64().unwrap()).unwrap()
}

/// The server shows what the directory has, nothing of ours is lost in it, and the next run writes nothing.
fn is_complete(graf: &Graf, program: &Program, directory: &[(&str, &[&str])]) {
    graf.proxy.pass();
    let status = program.status(&[]);
    assert_eq!(result(&status), "Synced", "{status:#}");
    graf.site.with(|site| {
        let mut names: Vec<&str> = site.teams.values().map(|team| &*team.name).collect();
        names.sort_unstable();
        assert_eq!(names, directory.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        for (name, members) in directory {
            assert_eq!(site.members(name), *members, "{name}");
            assert_eq!(site.team_mut(name).email, "", "{name} shows its mark");
        }
    });
    graf.proxy.forget();
    program.status(&[]);
    assert_eq!(graf.writes(), Vec::<String>::new());
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
        let graf = started("third");
        let program = Program::into_grafana(&graf, FIRST);
        let (writes, held) = (AtomicUsize::new(0), fault.clone());
        graf.proxy.rule(move |request| {
            let is_third = request.method != "GET" && writes.fetch_add(1, Ordering::SeqCst) % 3 == 2;
            if is_third { held.clone() } else { Fault::Forward }
        });
        let mut more: &[&str] = &["--new-links"];
        for directory in [FIRST, THEN] {
            program.have(directory);
            for run in 0..10 {
                let before = graf.site.with(|site| (site.teams.len(), site.users.len()));
                let status = program.status(more);
                more = &[];
                let after = graf.site.with(|site| (site.teams.len(), site.users.len()));
                let is_lost = !matches!(&fault, Fault::HangUp);
                for (of, new) in [("groups", after.0 - before.0), ("accounts", after.1 - before.1)] {
                    let told = created(&status, of);
                    // What a lost answer was about is said to be ambiguous, so it may be more.
                    assert!(told == new || (is_lost && told < new), "{fault:?}: {told} of {new} {of}: {status:#}");
                }
                if result(&status) == "Synced" {
                    break;
                }
                assert!(run < 9, "{fault:?}: {status:#}");
            }
        }
        is_complete(&graf, &program, THEN);
    }
}

/// The rights of the account are taken away after some writes.
#[test]
fn a_run_that_may_not_go_on_says_how_far_it_came() {
    for allowed in [1, 2, 4, 6, 9] {
        let graf = started("rights");
        let program = Program::into_grafana(&graf, FIRST);
        let writes = AtomicUsize::new(0);
        graf.proxy.rule(move |request| {
            if request.method != "GET" && writes.fetch_add(1, Ordering::SeqCst) >= allowed {
                return Fault::Instead(Answer::says(403, "Forbidden"));
            }
            Fault::Forward
        });
        let status = program.status(&["--new-links"]);
        assert_eq!(result(&status), "PartiallySynced", "{status:#}");
        graf.site.with(|site| {
            assert!(created(&status, "groups") <= site.teams.len(), "{status:#}");
            assert!(created(&status, "accounts") <= site.users.len() - 2, "{status:#}");
        });
        is_complete(&graf, &program, FIRST);
    }
}
