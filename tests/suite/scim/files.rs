//! Runs of the program without a cluster.

use serde_json::json;

use super::program::{Program, result};
use super::{Scim, started};
use crate::harness::scim_server::Library;

const COMPANY: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob", "cy"]), ("Editors", &["bob"])];

/// The usernames of a group, sorted.
fn members(scim: &Scim, group: &str) -> Vec<String> {
    let (users, groups) = (scim.server.resources("Users"), scim.server.resources("Groups"));
    let group = groups.iter().find(|it| it["displayName"] == group).unwrap();
    let ids: Vec<_> = group["members"].as_array().into_iter().flatten().map(|member| &member["value"]).collect();
    let mut usernames: Vec<String> = users
        .iter()
        .filter(|user| ids.contains(&&user["id"]))
        .map(|user| user["userName"].as_str().unwrap().to_owned())
        .collect();
    usernames.sort();
    usernames
}

/// The requests that may have changed something.
fn writes(scim: &Scim) -> Vec<String> {
    scim.proxy.calls().into_iter().filter(|call| !call.starts_with("GET")).collect()
}

#[test]
fn a_company_comes_into_real_servers_and_follows_the_directory() {
    for library in [Library::Scim2Server, Library::LooseScim2Server, Library::Scimmy] {
        let scim = started(library);
        let program = Program::into_scim(&scim, COMPANY);
        let (code, printed) = program.sync(&["--new-links"]);
        assert_eq!(code, Some(0), "{library:?}: {printed}");
        assert!(printed.contains("2 groups created, 3 accounts created, 4 members added"), "{printed}");
        assert_eq!(
            (members(&scim, "Analysts"), members(&scim, "Editors")),
            (vec!["ada".into(), "bob".into(), "cy".into()], vec!["bob".to_owned()])
        );

        scim.proxy.forget();
        let (code, printed) = program.sync(&[]);
        assert_eq!(code, Some(0), "{library:?}: {printed}");
        assert_eq!(writes(&scim), Vec::<String>::new(), "a run without a change writes nothing");

        program.have(&[("Analysts", &["bob"]), ("Editors", &["bob", "cy"])]);
        let (_, printed) = program.sync(&[]);
        assert!(printed.contains("1 member added, 2 members removed"), "{library:?}: {printed}");
        assert_eq!(
            (members(&scim, "Analysts"), members(&scim, "Editors")),
            (vec!["bob".to_owned()], vec!["bob".into(), "cy".into()])
        );
    }
}

#[test]
fn a_check_says_who_the_server_is() {
    let scim = started(Library::Scim2Server);
    let program = Program::into_scim(&scim, COMPANY);
    let (_, printed) = program.check(&["--new-links"]);
    assert!(printed.contains("SCIM 2.0"), "{printed}");
    assert!(printed.contains("2 groups created"), "{printed}");
    assert_eq!(writes(&scim), Vec::<String>::new());
}

/// Rule `existing-accounts`.
#[test]
fn accounts_may_be_somebody_elses() {
    let scim = started(Library::Scim2Server);
    scim.server.create_account("ada", "ada@corp.example");
    let mut program = Program::into_scim(&scim, COMPANY);
    program.patch("DashboardServer", &json!({"spec": {"accounts": "Existing"}}));
    let status = program.status(&["--new-links"]);
    assert_eq!(result(&status), "Synced", "{status:#}");
    assert_eq!(status["pending"], json!(["bob", "cy"]), "{status:#}");
    assert_eq!((members(&scim, "Analysts"), scim.server.resources("Users").len()), (vec!["ada".to_owned()], 1));
    scim.server.create_account("bob", "bob@corp.example");
    let status = program.status(&[]);
    assert_eq!(status["pending"], json!(["cy"]), "{status:#}");
    assert_eq!(members(&scim, "Editors"), ["bob"]);
}
