//! A restored server, numbers that are another team's by now, and lost links.

use std::fs;

use serde_json::{Value, json};

use super::program::{Program, result};
use super::{Graf, started};
use crate::harness::grafana::Site;

const FIRST: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"]), ("Editors", &["bob"])];
const THEN: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob", "dan"]), ("Editors", &["bob"]), ("Sales", &["dan"])];

fn problems(status: &Value) -> Vec<String> {
    let problems = status["problems"].as_array().cloned().unwrap_or_default();
    problems.iter().map(|problem| format!("{}: {}", problem["kind"], problem["message"])).collect()
}

fn is(graf: &Graf, directory: &[(&str, &[&str])]) {
    graf.site.with(|site| {
        for (name, members) in directory {
            assert_eq!(site.members(name), *members, "{name}");
        }
    });
}

/// A server that was restored from a backup of the first state, and the program whose links are those of the second.
fn restored(name: &str) -> (Graf, Program) {
    let graf = started(name);
    let program = Program::into_grafana(&graf, FIRST);
    assert_eq!(result(&program.status(&["--new-links"])), "Synced");
    let backup: Site = graf.site.with(|site| site.clone());
    program.have(THEN);
    assert_eq!(result(&program.status(&[])), "Synced");
    graf.site.with(|site| *site = backup);
    (graf, program)
}

#[test]
fn a_server_that_was_restored_is_filled_again() {
    let (graf, program) = restored("restored");
    let status = program.status(&[]);
    assert_eq!((result(&status), problems(&status)), ("Synced", vec![]), "{status:#}");
    is(&graf, THEN);
}

/// A team is known by its uid, so the number of a team that was lost misleads nobody.
#[test]
fn a_team_with_the_number_of_another_one_is_not_touched() {
    let (graf, program) = restored("reused");
    graf.site.with(|site| {
        let id = site.add_user("zara", "zara@corp.example");
        let team = site.add_team("Board");
        site.teams.get_mut(&team).unwrap().uid = "board".to_owned();
        site.join("Board", "zara", crate::harness::grafana::site::Member::default());
        site.users.get_mut(&id).unwrap().uid = "zara".to_owned();
    });
    program.status(&[]);
    graf.site.with(|site| assert_eq!(site.members("Board"), ["zara"]));
}

/// Another server at the same address has another first account.
#[test]
fn another_server_at_the_same_address_is_another_store() {
    let graf = started("other");
    let program = Program::into_grafana(&graf, FIRST);
    assert_eq!(result(&program.status(&["--new-links"])), "Synced");
    graf.site.with(|site| {
        *site = Site::default();
        site.user_mut("admin").uid = "another".to_owned();
    });
    let (code, printed) = program.sync(&[]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("StoreChanged"), "{printed}");
    graf.site.with(|site| assert!(site.teams.is_empty()));
}

#[test]
fn lost_links_stop_the_run_until_somebody_gives_them_up() {
    let graf = started("lost_links");
    let mut program = Program::into_grafana(&graf, FIRST);
    assert_eq!(result(&program.status(&["--new-links"])), "Synced");
    fs::remove_file(program.folder().join("links.json")).unwrap();
    graf.proxy.forget();
    let (code, printed) = program.sync(&[]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("LinksLost"), "{printed}");
    assert_eq!(graf.writes(), Vec::<String>::new());

    // Without links, everything is people's.
    program.have(THEN);
    let status = program.status(&["--new-links"]);
    assert_eq!(status["duplicates"].as_array().unwrap().len(), 2, "{status:#}");
    is(&graf, FIRST);
    program.patch("DashboardServer", &json!({"spec": {"allowAdoption": true}}));
    program.patch("DirectoryGroupSync", &json!({"spec": {"adoption": {"groups": "ByName", "accounts": "ByUsername"}}}));
    assert_eq!(result(&program.status(&[])), "Synced");
    is(&graf, THEN);
}
