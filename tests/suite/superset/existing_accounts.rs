//! Rule `existing-accounts`: a Superset whose accounts people get at their first login.

use std::fs;

use serde_json::{Value, json};

use super::program::Program;
use super::{Superset, started};
use crate::company::{closed, ldif};
use crate::harness::flask_app_builder::Content;

/// A Superset with these accounts, and the program for this directory, which makes no account.
fn existing(test: &str, accounts: &[&str], groups: &[(&str, &[&str])]) -> (Superset, Program) {
    let superset = started(test);
    for username in accounts {
        superset.server.administrator().add_account(username);
    }
    let mut program = Program::of(&superset, groups);
    program.patch("DashboardServer", &json!({"spec": {"accounts": "Existing"}}));
    (superset, program)
}

/// From now on this user of the directory signs in by another name.
fn rename(program: &Program, groups: &[(&str, &[&str])], from: &str, to: &str) {
    let entries = ldif(groups).replace(&format!("\nuid: {from}\n"), &format!("\nuid: {to}\n"));
    let entries = entries.replace(&format!("mail: {from}@"), &format!("mail: {to}@"));
    fs::write(program.folder().join("company.ldif"), closed(entries)).unwrap();
}

fn accounts(content: &Content) -> Vec<(String, String, bool)> {
    content.accounts.iter().map(|(name, account)| (name.clone(), account.email.clone(), account.is_active)).collect()
}

#[test]
fn members_join_after_their_first_login_and_no_account_changes() {
    let groups: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"]), ("Editors", &["bob", "cy"])];
    let (superset, program) = existing("existing", &["ada", "guest"], groups);
    let before = accounts(&superset.server.content());

    let status = program.status(&["--new-links"]);
    assert_eq!(status["lastRun"]["result"], "Synced", "{status:#}");
    assert_eq!((&status["pending"], &status["current"]["pending"]), (&json!(["bob", "cy"]), &json!(2)), "{status:#}");
    assert_eq!(status["duplicates"], Value::Null, "{status:#}");
    let content = superset.server.content();
    assert_eq!((content.members("Analysts"), content.members("Editors")), (vec!["ada"], vec![]));
    assert_eq!(accounts(&content), before);

    // Nothing is written while nobody signs in.
    superset.proxy.forget();
    let (code, printed) = program.sync(&[]);
    assert_eq!(code, Some(0), "{printed}");
    for said in ["2 members have no account yet", "members without an account: \"bob\", \"cy\""] {
        assert!(printed.contains(said), "{said}: {printed}");
    }
    assert_eq!(superset.writes(), Vec::<String>::new());

    // Somebody signs in for the first time, and the next run adds them. Somebody else is added by hand, and leaves.
    superset.server.administrator().add_account("bob");
    superset.server.administrator().set_members("Editors", &["guest"]);
    let status = program.status(&[]);
    assert_eq!(status["pending"], json!(["cy"]), "{status:#}");
    let content = superset.server.content();
    assert_eq!((content.members("Analysts"), content.members("Editors")), (vec!["ada", "bob"], vec!["bob"]));

    // Who leaves the group in the directory leaves it here, and keeps the account.
    program.have(&[("Analysts", &["bob"]), ("Editors", &["bob", "cy"])]);
    let status = program.status(&[]);
    assert_eq!(status["lastRun"]["members"]["removed"], 1, "{status:#}");
    let content = superset.server.content();
    assert_eq!(content.members("Analysts"), ["bob"]);
    assert_eq!(content.accounts.len(), before.len() + 1);
    assert!(content.account("ada").is_active);
}

#[test]
fn who_was_added_by_hand_stays_if_the_sync_keeps_local_members() {
    let groups: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"])];
    let (superset, mut program) = existing("existing", &["ada", "bob", "guest"], groups);
    program.patch("DirectoryGroupSync", &json!({"spec": {"members": "KeepLocal"}}));
    program.status(&["--new-links"]);
    superset.server.administrator().add_member("Analysts", "guest");
    program.have(&[("Analysts", &["ada"])]);
    program.status(&[]);
    assert_eq!(superset.server.content().members("Analysts"), ["ada", "guest"]);
}

#[test]
fn a_renamed_login_leads_to_the_account_that_it_makes() {
    let groups: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"])];
    let (superset, program) = existing("existing", &["ada", "bob"], groups);
    program.status(&["--new-links"]);

    // Until the next login there is only the account with the old name.
    rename(&program, groups, "ada", "lovelace");
    superset.proxy.forget();
    let status = program.status(&[]);
    assert_eq!((&status["pending"], superset.writes().len()), (&Value::Null, 0), "{status:#}");
    assert_eq!(superset.server.content().members("Analysts"), ["ada", "bob"]);

    superset.server.administrator().add_account("lovelace");
    program.status(&[]);
    assert_eq!(superset.server.content().members("Analysts"), ["bob", "lovelace"]);
    superset.proxy.forget();
    program.status(&[]);
    let status = program.status(&[]);
    assert_eq!((&status["lastRun"]["result"], superset.writes().len()), (&json!("Synced"), 0), "{status:#}");

    // The old name is given to somebody else, whose account it is from then on.
    let groups: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"]), ("Editors", &["new"])];
    let entries = ldif(groups).replace("\nuid: ada\n", "\nuid: lovelace\n").replace("\nuid: new\n", "\nuid: ada\n");
    fs::write(program.folder().join("company.ldif"), closed(entries)).unwrap();
    program.status(&[]);
    let content = superset.server.content();
    assert_eq!((content.members("Analysts"), content.members("Editors")), (vec!["bob", "lovelace"], vec!["ada"]));
}

#[test]
fn of_two_people_for_one_account_neither_gets_it_and_both_are_listed() {
    let groups: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"])];
    let (superset, program) = existing("existing", &["ada", "bob"], groups);
    rename(&program, groups, "bob", "Ada");
    let status = program.status(&["--new-links"]);
    assert_eq!(status["current"]["duplicated"], 2, "{status:#}");
    assert_eq!(superset.server.content().members("Analysts"), Vec::<&str>::new());
    let clash = status["duplicates"][0]["clashesWith"].as_str().unwrap().to_owned();
    assert!(clash.contains("neither gets that account"), "{clash}");
}

#[test]
fn no_right_to_write_accounts_is_needed_and_nothing_is_done_to_them() {
    let groups: &[(&str, &[&str])] = &[("Analysts", &["ada"])];
    let (superset, mut program) = existing("existing", &["ada"], groups);
    superset.only_allow(&[
        ("can_get", "User"),
        ("can_info", "User"),
        ("can_get", "Group"),
        ("can_info", "Group"),
        ("can_post", "Group"),
        ("can_put", "Group"),
        ("can_delete", "Group"),
        ("can_get", "Role"),
    ]);
    let (code, printed) = program.check(&["--new-links"]);
    assert_eq!(code, Some(0), "{printed}");
    program.status(&["--new-links"]);
    assert_eq!(superset.server.content().members("Analysts"), ["ada"]);

    program.refuses_what_would_change_an_account();
}
