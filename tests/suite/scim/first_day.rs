//! A server that people use already: a preview, what is in the way, and an adoption.

use serde_json::{Value, json};

use super::program::Program;
use super::{Scim, started};
use crate::harness::scim_servers::{Content, Kind};

const DIRECTORY: &[(&str, &[&str])] = &[("Analysts", &["ada", "bruno", "dan"]), ("Editors", &["dan"])];

/// People and groups that are there.
fn used(kind: Kind) -> (Scim, Program) {
    let scim = started(kind);
    let server = &scim.server;
    let guest = server.add_user("guest", "guest@example.test");
    let ada = server.add_user("ada", "ada@example.test");
    server.add_user("bruno", "bruno@corp.example");
    let (analysts, board) = (server.add_group("analysts"), server.add_group("Board"));
    for (group, user) in [(&analysts, &guest), (&analysts, &ada), (&board, &guest)] {
        server.add_member(group, user);
    }
    let mut program = Program::into_scim(&scim, DIRECTORY);
    if kind == Kind::DjangoScim2 {
        // It makes display names itself, which each run without a cluster would have to learn again.
        let dialect = json!({"spec": {"scim": {"dialect": {"displayName": "Ignored"}}}});
        program.patch("DashboardServer", &dialect);
    }
    (scim, program)
}

fn count(status: &Value, of: &str, what: &str) -> i64 {
    status["lastRun"][of][what].as_i64().unwrap()
}

/// What is nobody's business but people's.
fn of_people(content: &Content) -> impl PartialEq + std::fmt::Debug {
    (content.group("Board").clone(), content.user("guest").clone())
}

#[test]
fn a_server_that_people_use_is_previewed_and_taken_over_as_far_as_is_allowed() {
    for kind in Kind::ALL {
        let (scim, mut program) = used(kind);
        let before = scim.server.content();
        let (code, printed) = program.sync(&["--new-links", "--preview"]);
        assert_eq!(code, Some(3), "{kind:?}: {printed}");
        assert!(printed.contains("Analysts") && printed.contains("Editors"), "{printed}");
        assert_eq!(
            (scim.server.content(), scim.writes()),
            (before.clone(), vec![]),
            "{kind:?}: a preview writes nothing"
        );

        // What is there is listed, and left alone.
        let status = program.status(&["--new-links"]);
        let duplicates: Vec<&str> =
            status["duplicates"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
        assert_eq!(duplicates, ["Analysts"], "{kind:?}: {status:#}");
        assert_eq!((count(&status, "groups", "created"), count(&status, "accounts", "created")), (1, 1), "{status:#}");
        let content = scim.server.content();
        for (name, group) in &before.groups {
            assert_eq!(content.group(name), group, "{kind:?}: {name} is people's");
        }
        for (name, user) in &before.users {
            assert_eq!(content.user(name), user, "{kind:?}: {name} is people's");
        }
        assert_eq!(content.members("Editors"), ["dan"], "{kind:?}");

        // Adoption is asked for by the sync, and allowed by whoever may change the DashboardServer.
        let asked = json!({"adoption": {"groups": "ByName", "accounts": "ByUsername"}, "members": "KeepLocal"});
        program.patch("DirectoryGroupSync", &json!({ "spec": asked }));
        scim.proxy.forget();
        let (code, printed) = program.sync(&[]);
        assert_eq!(code, Some(2), "{printed}");
        assert!(printed.contains("AdoptionNotAllowed"), "{printed}");
        assert_eq!(scim.writes(), Vec::<String>::new());

        program.patch("DashboardServer", &json!({"spec": {"allowAdoption": true}}));
        let status = program.status(&[]);
        assert_eq!((count(&status, "groups", "adopted"), count(&status, "accounts", "adopted")), (1, 2), "{status:#}");
        let content = scim.server.content();
        assert_eq!(content.members("Analysts"), ["ada", "bruno", "dan", "guest"], "{kind:?}: local members stay");
        assert_eq!(content.group("Analysts").id, before.group("analysts").id, "{kind:?}: it is the same group");
        assert_eq!(content.user("ada").email.as_deref(), Some("ada@corp.example"), "{kind:?}");
        assert_eq!(of_people(&content), of_people(&before), "{kind:?}");
        scim.proxy.forget();
        program.status(&[]);
        assert_eq!(scim.writes(), Vec::<String>::new(), "{kind:?}");

        // Members by hand go, where the sync says so. A group that was adopted is not deleted with its directory group.
        program.patch("DirectoryGroupSync", &json!({"spec": {"members": "Exclusive", "prune": {"groups": "Delete"}}}));
        program.status(&[]);
        assert_eq!(scim.members("Analysts"), ["ada", "bruno", "dan"], "{kind:?}");
        program.have(&DIRECTORY[1..]);
        let status = program.status(&[]);
        assert_eq!((count(&status, "groups", "released"), count(&status, "groups", "deleted")), (1, 0), "{status:#}");
        assert_eq!(scim.members("Analysts"), ["ada", "bruno", "dan"], "{kind:?}");
    }
}
