//! A server that lost something, another one in its place, and lost links.

use std::fs;

use serde_json::{Value, json};

use super::program::{Program, result};
use super::{Scim, started};
use crate::harness::scim_servers::Kind;

const FIRST: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"]), ("Editors", &["bob"])];
const THEN: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob", "dan"]), ("Editors", &["bob"]), ("Sales", &["dan"])];

fn synced(kind: Kind, directory: &[(&str, &[&str])]) -> (Scim, Program) {
    let scim = started(kind);
    let program = Program::into_scim(&scim, directory);
    let status = program.status(&["--new-links"]);
    assert_eq!(result(&status), "Synced", "{kind:?}: {status:#}");
    (scim, program)
}

fn is(scim: &Scim, directory: &[(&str, &[&str])]) {
    let content = scim.server.content();
    for (name, members) in directory {
        assert_eq!(content.members(name), *members, "{:?}: {name}", scim.server.kind());
    }
}

/// As after a backup of the first state is restored.
#[test]
fn what_a_restored_server_lacks_is_created_again() {
    for kind in Kind::ALL {
        let (scim, program) = synced(kind, THEN);
        let content = scim.server.content();
        scim.server.remove_member(&content.group("Analysts").id, &content.user("dan").id);
        scim.server.delete_group(&content.group("Sales").id);
        scim.server.delete_user(&content.user("dan").id);
        let status = program.status(&[]);
        assert_eq!((result(&status), &status["problems"]), ("Synced", &Value::Null), "{kind:?}: {status:#}");
        is(&scim, THEN);
    }
}

/// SCIM tells no id of a server, but a server that has none of the linked objects is another one.
#[test]
fn an_empty_server_at_the_same_address_is_another_store() {
    for kind in Kind::ALL {
        let (scim, program) = synced(kind, FIRST);
        let content = scim.server.content();
        for group in content.groups.values() {
            scim.server.delete_group(&group.id);
        }
        for user in content.users.values() {
            scim.server.delete_user(&user.id);
        }
        scim.proxy.forget();
        let (code, printed) = program.sync(&[]);
        assert_eq!(code, Some(1), "{kind:?}: {printed}");
        assert!(printed.contains("StoreChanged"), "{kind:?}: {printed}");
        assert_eq!(scim.writes(), Vec::<String>::new());
    }
}

#[test]
fn lost_links_stop_the_run_until_somebody_gives_them_up() {
    let (scim, mut program) = synced(Kind::DjangoScim2, FIRST);
    fs::remove_file(program.folder().join("links.json")).unwrap();
    scim.proxy.forget();
    let (code, printed) = program.sync(&[]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("LinksLost"), "{printed}");
    assert_eq!(scim.writes(), Vec::<String>::new());

    // Without links, everything is people's: the marks of what we created tell nobody whose it is.
    program.have(THEN);
    let status = program.status(&["--new-links"]);
    assert_eq!(status["duplicates"].as_array().unwrap().len(), 2, "{status:#}");
    is(&scim, FIRST);
    program.patch("DashboardServer", &json!({"spec": {"allowAdoption": true}}));
    program.patch("DirectoryGroupSync", &json!({"spec": {"adoption": {"groups": "ByName", "accounts": "ByUsername"}}}));
    assert_eq!(result(&program.status(&[])), "Synced");
    is(&scim, THEN);
}
