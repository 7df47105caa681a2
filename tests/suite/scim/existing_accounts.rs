//! Rule `existing-accounts`: a server whose accounts somebody else makes, such as at a first login.

use std::fs;

use serde_json::{Value, json};

use super::program::{Program, have_entries, result};
use super::{Scim, started};
use crate::company::{BASE, ldif};
use crate::harness::scim_servers::{Content, Kind, User};

/// These people have signed in, and the program is for this directory.
fn signed_in(kind: Kind, usernames: &[&str], groups: &[(&str, &[&str])]) -> (Scim, Program) {
    let scim = started(kind);
    for username in usernames {
        sign_in(&scim, username);
    }
    let mut program = Program::into_scim(&scim, groups);
    program.patch("DashboardServer", &json!({"spec": {"accounts": "Existing"}}));
    (scim, program)
}

/// Somebody signs in for the first time.
fn sign_in(scim: &Scim, username: &str) {
    scim.server.add_user(username, &format!("{username}@corp.example"));
}

/// Somebody adds a person by hand.
fn join(scim: &Scim, group: &str, username: &str) {
    let content = scim.server.content();
    scim.server.add_member(&content.group(group).id, &content.user(username).id);
}

fn users(content: &Content) -> Vec<(String, User)> {
    content.users.iter().map(|(name, user)| (name.clone(), user.clone())).collect()
}

#[test]
fn members_join_after_their_first_login_and_no_account_changes() {
    for kind in Kind::ALL {
        let groups: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob", "cy"]), ("Editors", &["bob", "dan"])];
        let (scim, program) = signed_in(kind, &["ada", "guest"], groups);
        let before = users(&scim.server.content());
        let status = program.status(&["--new-links"]);
        assert_eq!(result(&status), "Synced", "{kind:?}: {status:#}");
        assert_eq!(status["pending"], json!(["bob", "cy", "dan"]), "{kind:?}: {status:#}");
        assert_eq!(status["current"]["pending"], 3, "{status:#}");
        assert_eq!((scim.members("Analysts"), scim.members("Editors")), (vec!["ada".to_owned()], vec![]), "{kind:?}");
        assert_eq!(users(&scim.server.content()), before, "{kind:?}");

        // Nothing is written while nobody signs in.
        scim.proxy.forget();
        let (code, printed) = program.sync(&[]);
        assert_eq!(code, Some(0), "{printed}");
        assert!(printed.contains("3 members have no account yet"), "{printed}");
        assert_eq!(scim.writes(), Vec::<String>::new(), "{kind:?}");

        // Somebody signs in, and the next run adds them. Whom somebody added by hand leaves.
        sign_in(&scim, "bob");
        join(&scim, "Editors", "guest");
        let status = program.status(&[]);
        assert_eq!(status["pending"], json!(["cy", "dan"]), "{kind:?}: {status:#}");
        assert_eq!(
            (scim.members("Analysts").join(" "), scim.members("Editors").join(" ")),
            ("ada bob".into(), "bob".into())
        );

        // Who leaves the group in the directory leaves it here, and keeps the account.
        let before = users(&scim.server.content());
        program.have(&[("Analysts", &["bob", "cy"]), ("Editors", &["bob", "dan"])]);
        let status = program.status(&[]);
        assert_eq!(status["lastRun"]["members"]["removed"], 1, "{kind:?}: {status:#}");
        assert_eq!(scim.members("Analysts"), ["bob"], "{kind:?}");
        assert_eq!(users(&scim.server.content()), before, "{kind:?}");
    }
}

#[test]
fn who_was_added_by_hand_stays_if_the_sync_keeps_local_members() {
    for kind in Kind::ALL {
        let (scim, mut program) = signed_in(kind, &["ada", "bob", "guest"], &[("Analysts", &["ada", "bob"])]);
        program.patch("DirectoryGroupSync", &json!({"spec": {"members": "KeepLocal"}}));
        program.status(&["--new-links"]);
        join(&scim, "Analysts", "guest");
        program.have(&[("Analysts", &["ada"])]);
        program.status(&[]);
        assert_eq!(scim.members("Analysts"), ["ada", "guest"], "{kind:?}");
    }
}

#[test]
fn a_renamed_login_leads_to_the_account_that_it_makes() {
    let groups: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"])];
    let (scim, program) = signed_in(Kind::DjangoScim2, &["ada", "bob"], groups);
    program.status(&["--new-links"]);

    // Until the next login there is only the account with the old name.
    have_entries(&program, groups, &[("\nuid: ada\n", "\nuid: lovelace\n"), ("mail: ada@", "mail: lovelace@")]);
    scim.proxy.forget();
    let status = program.status(&[]);
    assert_eq!((&status["pending"], scim.writes()), (&Value::Null, vec![]), "{status:#}");
    assert_eq!(scim.members("Analysts"), ["ada", "bob"]);

    sign_in(&scim, "lovelace");
    program.status(&[]);
    assert_eq!(scim.members("Analysts"), ["bob", "lovelace"]);
    program.status(&[]);
    scim.proxy.forget();
    let status = program.status(&[]);
    assert_eq!((result(&status), scim.writes()), ("Synced", vec![]), "{status:#}");

    // The old name is given to somebody else, whose account it is from then on.
    let groups: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"]), ("Editors", &["new"])];
    let renamed = [("\nuid: ada\n", "\nuid: lovelace\n"), ("\nuid: new\n", "\nuid: ada\n")];
    have_entries(&program, groups, &renamed);
    program.status(&[]);
    assert_eq!(
        (scim.members("Analysts").join(" "), scim.members("Editors").join(" ")),
        ("bob lovelace".into(), "ada".into())
    );
}

#[test]
fn of_two_people_for_one_account_neither_gets_it_and_both_are_listed() {
    for kind in Kind::ALL {
        let groups: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"])];
        let (scim, program) = signed_in(kind, &["ada"], groups);
        have_entries(&program, groups, &[("\nuid: bob\n", "\nuid: ADA\n"), ("mail: bob@", "mail: ada@")]);
        let status = program.status(&["--new-links"]);
        assert_eq!(status["current"]["duplicated"], 2, "{kind:?}: {status:#}");
        assert_eq!(scim.members("Analysts"), Vec::<String>::new(), "{kind:?}");
        let clash = status["duplicates"][0]["clashesWith"].as_str().unwrap().to_owned();
        assert!(clash.contains("neither gets that account"), "{clash}");
    }
}

/// A member whose entry is not shown any more is known by what the account was matched with.
#[test]
fn whom_the_directory_does_not_show_stays() {
    let groups: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"])];
    let (scim, program) = signed_in(Kind::Elimity, &["ada", "bob", "guest"], groups);
    program.status(&["--new-links"]);
    join(&scim, "Analysts", "guest");
    let entries = ldif(groups);
    let start = entries.find(&format!("dn: uid=bob,{BASE}")).unwrap();
    let end = start + entries[start..].find("\n\n").unwrap() + 2;
    // A file that does not say that it is whole.
    fs::write(program.folder().join("company.ldif"), format!("{}{}", &entries[..start], &entries[end..])).unwrap();
    let status = program.status(&[]);
    assert_eq!(status["current"]["unresolved"], 1, "{status:#}");
    assert!(scim.members("Analysts").starts_with(&["ada".to_owned(), "bob".to_owned()]), "{status:#}");
}

#[test]
fn no_account_is_written_and_what_would_change_one_is_refused() {
    let (scim, mut program) = signed_in(Kind::Scimmy, &["ada", "bob"], &[("Analysts", &["ada", "bob"])]);
    program.status(&["--new-links"]);
    assert!(scim.writes().iter().all(|call| call.contains("/Groups")), "{:?}", scim.writes());
    program.refuses_what_would_change_an_account();
}
