//! Runs of the program without a cluster.

use serde_json::{Value, json};

use super::{InKeycloak, started};
use crate::harness::keycloak::{Profile, Realm};
use crate::program::Program;

impl Program {
    /// All groups of this directory, into a realm.
    fn into_keycloak(keycloak: &InKeycloak, groups: &[(&str, &[&str])]) -> Self {
        let (url, realm) = (keycloak.proxy.url(), &keycloak.realm);
        let server = json!({"scim": {
            "url": format!("{url}{}", realm.path()),
            "auth": {"oauth2": {"tokenURL": format!("{url}{}", realm.token_path()), "secretRef": {"name": "account"}}},
            "tls": {"allowPlaintextPassword": true},
        }});
        let account = json!({"clientID": Realm::CLIENT_ID, "clientSecret": Realm::CLIENT_SECRET});
        let program = Self::with(Self::of_all_groups(), server, account);
        program.have(groups);
        program
    }
}

#[test]
fn a_company_comes_into_a_realm_and_follows_the_directory() {
    let keycloak = started(Profile::Documented);
    let program = Program::into_keycloak(&keycloak, &[("Analysts", &["ada", "bob", "cy"]), ("Editors", &["bob"])]);
    let (code, printed) = program.sync(&["--new-links"]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("2 groups created, 3 accounts created, 4 members added"), "{printed}");
    let members = |group: &str| keycloak.realm.members(group).join(" ");
    assert_eq!((members("Analysts"), members("Editors")), ("ada bob cy".to_owned(), "bob".to_owned()));

    keycloak.proxy.forget();
    let (code, printed) = program.sync(&[]);
    assert_eq!((code, keycloak.writes()), (Some(0), vec![]), "a run without a change writes nothing: {printed}");
    // The settings and the schemas, and both lists twice: each list of at most 100 takes two requests to its proven end.
    assert_eq!((keycloak.requests().len(), keycloak.tokens()), (2 + 2 + 2, 1), "{:#?}", keycloak.requests());

    // A leaver, a renamed group, a newcomer.
    program.have(&[("Analysts", &["bob", "dan"]), ("Editors", &["bob", "cy"])]);
    let (_, printed) = program.sync(&[]);
    assert!(
        printed.contains("1 account created") && printed.contains("2 members added, 2 members removed"),
        "{printed}"
    );
    assert_eq!((members("Analysts"), members("Editors")), ("bob dan".to_owned(), "bob cy".to_owned()));

    let id = |group: &str| keycloak.realm.named("groups", group)["id"].clone();
    let before = id("Editors");
    let file = program.folder().join("company.ldif");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("cn=Editors", "cn=Writers").replace("cn: Editors", "cn: Writers")).unwrap();
    let (code, printed) = program.sync(&[]);
    assert_eq!(code, Some(0), "{printed}");
    assert_eq!((id("Writers"), members("Writers")), (before, "bob cy".to_owned()), "it is the same group: {printed}");
}

#[test]
fn a_check_says_who_the_server_is() {
    let keycloak = started(Profile::Documented);
    let program = Program::into_keycloak(&keycloak, &[("Analysts", &["ada"])]);
    let (_, printed) = program.check(&["--new-links"]);
    assert!(printed.contains("SCIM 2.0") && printed.contains("1 group created"), "{printed}");
    assert_eq!(keycloak.writes(), Vec::<String>::new());
}

/// What an untouched realm refuses is a problem of single accounts. The directory has a last name of each, and no first name.
#[test]
fn an_untouched_realm_says_what_it_wants() {
    let keycloak = started(Profile::Untouched);
    let program = Program::into_keycloak(&keycloak, &[("Analysts", &["ada"])]);
    let status: Value = program.status(&["--new-links"]);
    assert_eq!(status["lastRun"]["groups"]["created"], 1, "{status:#}");
    assert!(status.to_string().contains("Please specify"), "{status:#}");
}
