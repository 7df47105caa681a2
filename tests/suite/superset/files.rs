//! Runs of the program without a cluster.

use std::process::Command;

use serde_json::json;

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

/// `check -f` tries all that a run does, and tells what is missing.
#[test]
fn a_check_says_who_the_server_is_and_what_is_missing() {
    let superset = started("check");
    let mut program = Program::of_quick_start(&superset);
    let (_, printed) = program.check(&["--new-links"]);
    let found = format!(
        "DashboardServer default/dashboards: ok: connected, signed in as \"sync\" and checked its rights; Superset {}\n",
        superset.server.version()
    );
    assert!(printed.contains(&found), "{printed}");
    assert!(
        printed.contains("DirectoryGroupSync default/bi: ok: read the directory and the store: 5 groups created"),
        "{printed}"
    );
    assert!(printed.contains("cannot be asked beforehand"), "{printed}");
    assert_eq!(superset.writes(), Vec::<String>::new());
    assert!(!program.folder().join("links.json").exists(), "a check writes nothing");
    superset.only_allow(&[("can_get", "User"), ("can_info", "User"), ("can_get", "Group"), ("can_get", "Role")]);
    let (code, printed) = program.check(&["--new-links"]);
    assert_eq!(code, Some(1), "{printed}");
    let missing = "some are missing; let an administrator grant: can post on User; can put on User; can delete on User; \
                   can info on Group;";
    assert!(printed.contains(missing), "{printed}");
    superset.proxy.forget();
    program.patch("Secret", &json!({"stringData": {"password": "another horse"}}));
    let (code, printed) = program.check(&["--new-links"]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("check username and password in the Secret"), "{printed}");
    assert!(!printed.contains("horse"), "{printed}");
    assert_eq!(superset.proxy.count("POST"), 1, "a wrong password is tried once");
}

/// Rules `group-roles` and `kept-group`.
#[test]
fn groups_are_given_roles_and_those_of_people_stay() {
    let superset = started("given");
    superset.server.administrator().add_role("Sales");
    let mut program = Program::of_quick_start(&superset);
    let give = |program: &mut Program, roles: &[&str], grantable: &[&str]| {
        program.patch("DashboardServer", &json!({"spec": {"superset": {"grantableRoles": grantable}}}));
        let groups = json!([{"filter": "(cn=BI *)", "roles": roles}, {"name": "Finance"}]);
        program.patch("DirectoryGroupSync", &json!({"spec": {"groups": groups}}));
    };
    give(&mut program, &["Public", "Sales", "Nobody"], &["Public", "Nobody"]);
    let (_, printed) = program.sync(&["--new-links"]);
    for line in [
        "RoleNotGranted: role \"Sales\" is not given: the DashboardServer does not allow it",
        "RoleNotFound: role \"Nobody\" is not given: the dashboard server has no role",
        "group \"BI Editors\": created, 2 added (grace, amara), role Public given",
    ] {
        assert!(printed.contains(line), "{line}: {printed}");
    }
    let roles = |group: &str| superset.server.content().groups[group].roles.iter().cloned().collect::<Vec<_>>();
    assert_eq!((roles("BI Editors"), roles("Finance")), (vec!["Public".to_owned()], vec![]));

    // What a person gives stays, what we gave goes.
    superset.server.administrator().set_group_roles("BI Trainees", &["Public", "Directory sync"]);
    give(&mut program, &["Sales"], &["Public", "Sales"]);
    let (_, printed) = program.sync(&[]);
    assert!(printed.contains("group \"BI Editors\": modified, role Sales given, role Public taken"), "{printed}");
    assert_eq!(
        (roles("BI Editors"), roles("BI Trainees").join(" ")),
        (vec!["Sales".to_owned()], "Directory sync Sales".to_owned())
    );
    superset.proxy.forget();
    program.sync(&[]);
    assert_eq!(superset.writes(), Vec::<String>::new(), "a run without a change writes nothing");

    // BI Trainees is deleted in the directory, and people gave it a role.
    command::run(Command::new("sh").arg("change.sh").current_dir(program.folder()));
    let (_, printed) = program.sync(&[]);
    assert!(printed.contains("group \"BI Trainees\": emptied and released (the server keeps it)"), "{printed}");
    let content = superset.server.content();
    assert!(content.groups["BI Trainees"].members.is_empty(), "{content:?}");
    superset.proxy.forget();
    program.sync(&[]);
    assert_eq!(superset.writes(), Vec::<String>::new(), "it is nobody's any more");
    assert_eq!(superset.server.content(), content);
}
