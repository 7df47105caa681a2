//! A restored server, ids that are somebody else's by now, and lost links.

use std::fs;

use serde_json::{Value, json};

use super::program::Program;
use super::{Superset, started};
use crate::harness::flask_app_builder::Content;

const FIRST: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"]), ("Editors", &["bob"])];
const THEN: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob", "dan"]), ("Editors", &["bob"]), ("Sales", &["dan"])];

fn result(status: &Value) -> &str {
    status["lastRun"]["result"].as_str().unwrap()
}

fn problems(status: &Value) -> Vec<String> {
    let problems = status["problems"].as_array().cloned().unwrap_or_default();
    problems.iter().map(|problem| format!("{}: {}", problem["kind"], problem["message"])).collect()
}

/// A server that was restored from a backup of the first state, the program whose links are those of the second, and what
/// the server had then.
fn restored(name: &str) -> (Superset, Program, Content) {
    let mut superset = started(name);
    let program = Program::of(&superset, FIRST);
    assert_eq!(result(&program.status(&["--new-links"])), "Synced");
    superset.server.back_up();
    program.have(THEN);
    assert_eq!(result(&program.status(&[])), "Synced");
    let synced = superset.server.content();
    superset.server.restore();
    (superset, program, synced)
}

/// What came after the backup is created again.
#[test]
fn a_server_that_was_restored_is_filled_again() {
    let (superset, program, synced) = restored("restored");
    assert!(!superset.server.content().groups.contains_key("Sales"));
    let status = program.status(&[]);
    assert_eq!((result(&status), problems(&status)), ("Synced", vec![]), "{status:#}");
    let content = superset.server.content();
    assert_eq!(content.groups.keys().collect::<Vec<_>>(), synced.groups.keys().collect::<Vec<_>>());
    for name in synced.groups.keys() {
        assert_eq!(content.members(name), synced.members(name), "{name}");
    }
}

/// SQLite gives the ids of what was lost to what people create next.
#[test]
fn what_has_the_id_of_something_else_by_now_is_not_touched() {
    let (superset, mut program, synced) = restored("reused");
    let administrator = superset.server.administrator();
    administrator.add_account("zara");
    administrator.add_group("Board");
    administrator.set_members("Board", &["zara"]);
    let before = superset.server.content();
    assert_eq!(before.group("Board").id, synced.group("Sales").id, "the id is given again");
    assert_eq!(before.account("zara").id, synced.account("dan").id, "the id is given again");

    superset.proxy.forget();
    let status = program.status(&[]);
    let broken = problems(&status);
    assert!(broken.len() == 2 && broken.iter().all(|problem| problem.starts_with("\"Broken\"")), "{status:#}");
    assert!(broken[1].contains("store group \\\"Board\\\" (id 3) had the name \\\"Sales\\\""), "{}", broken[1]);
    assert_eq!(superset.writes(), Vec::<String>::new());
    let after = superset.server.content();
    assert_eq!((after.group("Board"), after.account("zara")), (before.group("Board"), before.account("zara")));

    // The way back that the messages show: a group and an account of that name, which are adopted.
    program.patch("DashboardServer", &json!({"spec": {"allowAdoption": true}}));
    program.patch("DirectoryGroupSync", &json!({"spec": {"adoption": {"groups": "ByName", "accounts": "ByUsername"}}}));
    administrator.add_account("dan");
    administrator.add_group("Sales");
    let status = program.status(&[]);
    let after = superset.server.content();
    assert_eq!((after.group("Board"), after.account("zara")), (before.group("Board"), before.account("zara")));
    assert_eq!((after.members("Sales"), after.members("Analysts")), (vec!["dan"], vec!["ada", "bob", "dan"]));
    assert_eq!(result(&status), "Synced", "{status:#}");
}

/// What a person creates between the two restores is not mistaken either.
#[test]
fn a_server_and_its_links_are_restored_together() {
    let mut superset = started("together");
    let program = Program::of(&superset, FIRST);
    assert_eq!(result(&program.status(&["--new-links"])), "Synced");
    superset.server.back_up();
    let [links, backup] = ["links.json", "backup.json"].map(|name| program.folder().join(name));
    fs::copy(&links, &backup).unwrap();
    program.have(THEN);
    assert_eq!(result(&program.status(&[])), "Synced");

    superset.server.restore();
    fs::copy(&backup, &links).unwrap();
    superset.server.administrator().add_account("zara");
    superset.server.administrator().add_group("Board");
    let before = superset.server.content();
    let status = program.status(&[]);
    assert_eq!((result(&status), problems(&status)), ("Synced", vec![]), "{status:#}");
    let after = superset.server.content();
    assert_eq!((after.group("Board"), after.account("zara")), (before.group("Board"), before.account("zara")));
    assert_eq!((after.members("Sales"), after.members("Analysts")), (vec!["dan"], vec!["ada", "bob", "dan"]));
}

#[test]
fn lost_links_stop_the_run_until_somebody_gives_them_up() {
    let superset = started("lost_links");
    let mut program = Program::of(&superset, FIRST);
    assert_eq!(result(&program.status(&["--new-links"])), "Synced");
    let synced = superset.server.content();

    fs::remove_file(program.folder().join("links.json")).unwrap();
    superset.proxy.forget();
    let (code, printed) = program.sync(&[]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("LinksLost"), "{printed}");
    assert_eq!((superset.writes(), superset.server.content()), (vec![], synced.clone()));

    // Without links, everything is people's: nothing is removed, and nothing is updated.
    program.have(THEN);
    let status = program.status(&["--new-links"]);
    let duplicates = status["duplicates"].as_array().unwrap();
    assert_eq!(duplicates.len(), 2, "{status:#}");
    for (name, group) in &synced.groups {
        assert_eq!(superset.server.content().group(name), group, "{name}");
    }

    program.patch("DashboardServer", &json!({"spec": {"allowAdoption": true}}));
    program.patch("DirectoryGroupSync", &json!({"spec": {"adoption": {"groups": "ByName", "accounts": "ByUsername"}}}));
    let status = program.status(&[]);
    assert_eq!(result(&status), "Synced", "{status:#}");
    let content = superset.server.content();
    assert_eq!((content.members("Analysts"), content.members("Sales")), (vec!["ada", "bob", "dan"], vec!["dan"]));
    assert_eq!(content.groups.len(), 3);
    superset.proxy.forget();
    program.status(&[]);
    assert_eq!(superset.writes(), Vec::<String>::new());
}
