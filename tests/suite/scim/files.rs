//! Runs of the program without a cluster.

use serde_json::json;

use super::program::{Program, result};
use super::{behind_proxy, started};
use crate::harness::ScimServer;
use crate::harness::scim_servers::Kind;

const COMPANY: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob", "cy"]), ("Editors", &["bob"])];

#[test]
fn a_company_comes_into_real_servers_and_follows_the_directory() {
    for server in Kind::ALL.map(ScimServer::start).into_iter().chain(Kind::ALL.map(ScimServer::start_strict)) {
        let (kind, scim) = (server.kind(), behind_proxy(server));
        let program = Program::into_scim(&scim, COMPANY);
        let (code, printed) = program.sync(&["--new-links"]);
        assert_eq!(code, Some(0), "{kind:?}: {printed}");
        assert!(printed.contains("2 groups created, 3 accounts created, 4 members added"), "{printed}");
        assert_eq!(
            (scim.members("Analysts"), scim.members("Editors")),
            (vec!["ada".into(), "bob".into(), "cy".into()], vec!["bob".to_owned()])
        );

        scim.proxy.forget();
        let (code, printed) = program.sync(&[]);
        assert_eq!(code, Some(0), "{kind:?}: {printed}");
        assert_eq!(scim.writes(), Vec::<String>::new(), "a run without a change writes nothing");

        program.have(&[("Analysts", &["bob"]), ("Editors", &["bob", "cy"])]);
        let (_, printed) = program.sync(&[]);
        assert!(printed.contains("1 member added, 2 members removed"), "{kind:?}: {printed}");
        assert_eq!(
            (scim.members("Analysts"), scim.members("Editors")),
            (vec!["bob".to_owned()], vec!["bob".into(), "cy".into()])
        );
    }
}

#[test]
fn a_check_says_who_the_server_is() {
    let scim = started(Kind::Scim2Server);
    let program = Program::into_scim(&scim, COMPANY);
    let (_, printed) = program.check(&["--new-links"]);
    assert!(printed.contains("SCIM 2.0"), "{printed}");
    assert!(printed.contains("2 groups created"), "{printed}");
    assert_eq!(scim.writes(), Vec::<String>::new());
}

/// Rule `existing-accounts`.
#[test]
fn accounts_may_be_somebody_elses() {
    let scim = started(Kind::Scim2Server);
    scim.server.add_user("ada", "ada@corp.example");
    let mut program = Program::into_scim(&scim, COMPANY);
    program.patch("DashboardServer", &json!({"spec": {"accounts": "Existing"}}));
    let status = program.status(&["--new-links"]);
    assert_eq!(result(&status), "Synced", "{status:#}");
    assert_eq!(status["pending"], json!(["bob", "cy"]), "{status:#}");
    assert_eq!((scim.members("Analysts"), scim.server.content().users.len()), (vec!["ada".to_owned()], 1));
    scim.server.add_user("bob", "bob@corp.example");
    let status = program.status(&[]);
    assert_eq!(status["pending"], json!(["cy"]), "{status:#}");
    assert_eq!(scim.members("Editors"), ["bob"]);
}
