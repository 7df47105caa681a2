//! Runs of the program without a cluster.

use std::process::Command;

use super::program::Program;
use super::started;
use crate::harness::command;

#[test]
fn a_company_comes_into_superset_and_follows_the_directory() {
    let superset = started("company");
    let program = Program::of_quick_start(&superset);
    let (code, printed) = program.sync(&["--new-links"]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("Invalid: the directory user \"kiosk\""), "it has no e-mail address: {printed}");
    assert!(printed.contains("5 groups created, 10 accounts created, 15 members added"), "{printed}");
    let content = superset.server.content();
    assert_eq!(content.groups["Finance"].members.len(), 3, "{content:?}");
    assert!(content.accounts["amara"].roles.is_empty(), "its groups bring the roles: {content:?}");

    superset.proxy.forget();
    let (code, printed) = program.sync(&[]);
    assert_eq!(code, Some(0), "{printed}");
    assert_eq!(superset.writes(), Vec::<String>::new(), "a run without a change writes nothing");
    assert_eq!(superset.server.content(), content);

    command::run(Command::new("sh").arg("change.sh").current_dir(program.folder()));
    let (_, printed) = program.sync(&[]);
    assert!(printed.contains("\"Controlling\": modified, renamed from \"Finance\""), "{printed}");
    assert!(printed.contains("group \"BI Trainees\": deleted"), "{printed}");
    let content = superset.server.content();
    assert!(content.groups.contains_key("Controlling") && !content.groups.contains_key("BI Trainees"), "{content:?}");
}
