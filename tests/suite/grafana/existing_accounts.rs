//! Rule `existing-accounts`: a Grafana whose accounts people get at their first login, and the token of a service account.

use std::fs;

use serde_json::{Value, json};

use super::program::{Program, result};
use super::{Graf, started, started_before_11_1, started_redirected};
use crate::company::{BASE, closed, ldif};
use crate::harness::grafana::site::{Member, User};

/// These people have signed in, and the program is for this directory.
fn signed_in(graf: Graf, logins: &[&str], groups: &[(&str, &[&str])]) -> (Graf, Program) {
    for login in logins {
        sign_in(&graf, login);
    }
    let program = Program::into_teams(&graf, groups);
    (graf, program)
}

/// Somebody signs in through the directory for the first time.
fn sign_in(graf: &Graf, login: &str) {
    graf.site.with(|site| {
        site.add_user(login, &format!("{login}@corp.example"));
        site.user_mut(login).is_external = true;
    });
}

fn members(graf: &Graf, team: &str) -> String {
    graf.site.with(|site| site.members(team).join(" "))
}

fn users(graf: &Graf) -> Vec<User> {
    graf.site.with(|site| site.users.values().cloned().collect())
}

/// The directory is written with these changes of its text.
fn have(program: &Program, groups: &[(&str, &[&str])], changes: &[(&str, &str)]) {
    let mut entries = ldif(groups);
    for (from, to) in changes {
        assert!(entries.contains(from), "{from}");
        entries = entries.replace(from, to);
    }
    fs::write(program.folder().join("company.ldif"), closed(entries)).unwrap();
}

#[test]
fn members_join_after_their_first_login_and_no_account_changes() {
    let groups: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob", "cy"]), ("Editors", &["bob", "dan"])];
    for graf in [started("existing"), started_before_11_1("existing"), started_redirected("existing")] {
        let (graf, program) = signed_in(graf, &["ada", "guest"], groups);
        let before = users(&graf);
        let status = program.status(&["--new-links"]);
        assert_eq!(result(&status), "Synced", "{status:#}");
        assert_eq!(status["pending"], json!(["bob", "cy", "dan"]), "{status:#}");
        assert_eq!(status["current"]["pending"], 3, "{status:#}");
        assert_eq!((members(&graf, "Analysts"), members(&graf, "Editors")), ("ada".to_owned(), String::new()));
        assert_eq!(users(&graf), before);

        // Nothing is written while nobody signs in.
        graf.proxy.forget();
        let (code, printed) = program.sync(&[]);
        assert_eq!(code, Some(0), "{printed}");
        assert!(printed.contains("3 members have no account yet"), "{printed}");
        assert_eq!(graf.writes(), Vec::<String>::new());

        // Somebody signs in, and the next run adds them. Whom somebody added by hand leaves.
        sign_in(&graf, "bob");
        graf.site.with(|site| site.join("Editors", "guest", Member::default()));
        let status = program.status(&[]);
        assert_eq!(status["pending"], json!(["cy", "dan"]), "{status:#}");
        assert_eq!((members(&graf, "Analysts"), members(&graf, "Editors")), ("ada bob".to_owned(), "bob".to_owned()));

        // Who leaves the group leaves the team, and keeps the account.
        let before = users(&graf);
        program.have(&[("Analysts", &["bob", "cy"]), ("Editors", &["bob", "dan"])]);
        let status = program.status(&[]);
        assert_eq!(status["lastRun"]["members"]["removed"], 1, "{status:#}");
        assert_eq!(members(&graf, "Analysts"), "bob");
        assert_eq!(users(&graf), before);
    }
}

#[test]
fn who_was_added_by_hand_stays_if_the_sync_keeps_local_members() {
    let (graf, mut program) = signed_in(started("local"), &["ada", "bob", "guest"], &[("Analysts", &["ada", "bob"])]);
    program.patch("DirectoryGroupSync", &json!({"spec": {"members": "KeepLocal"}}));
    program.status(&["--new-links"]);
    graf.site.with(|site| site.join("Analysts", "guest", Member::default()));
    program.have(&[("Analysts", &["ada"])]);
    program.status(&[]);
    assert_eq!(members(&graf, "Analysts"), "ada guest");
}

#[test]
fn a_renamed_login_leads_to_the_account_that_it_makes() {
    let groups: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"])];
    let (graf, program) = signed_in(started("renamed"), &["ada", "bob"], groups);
    program.status(&["--new-links"]);

    // Until the next login there is only the account with the old name.
    let renamed = &[("\nuid: ada\n", "\nuid: lovelace\n"), ("mail: ada@", "mail: lovelace@")][..];
    have(&program, groups, renamed);
    graf.proxy.forget();
    let status = program.status(&[]);
    assert_eq!((&status["pending"], graf.writes()), (&Value::Null, vec![]), "{status:#}");
    assert_eq!(members(&graf, "Analysts"), "ada bob");

    sign_in(&graf, "lovelace");
    program.status(&[]);
    assert_eq!(members(&graf, "Analysts"), "bob lovelace");
    program.status(&[]);
    graf.proxy.forget();
    let status = program.status(&[]);
    assert_eq!((result(&status), graf.writes()), ("Synced", vec![]), "{status:#}");
}

#[test]
fn of_two_people_for_one_account_neither_gets_it_and_both_are_listed() {
    let groups: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"])];
    let (graf, program) = signed_in(started("two"), &["ada"], groups);
    have(&program, groups, &[("\nuid: bob\n", "\nuid: ADA\n"), ("mail: bob@", "mail: ada@")]);
    let status = program.status(&["--new-links"]);
    assert_eq!(status["current"]["duplicated"], 2, "{status:#}");
    assert_eq!(members(&graf, "Analysts"), "");
    let clash = status["duplicates"][0]["clashesWith"].as_str().unwrap().to_owned();
    assert!(clash.contains("neither gets that account"), "{clash}");
}

/// A member whose entry is not shown any more is known by what the account was matched with.
#[test]
fn whom_the_directory_does_not_show_stays() {
    let groups: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"])];
    let (graf, program) = signed_in(started("unreadable"), &["ada", "bob", "guest"], groups);
    program.status(&["--new-links"]);
    graf.site.with(|site| site.join("Analysts", "guest", Member::default()));
    let entries = ldif(groups);
    let start = entries.find(&format!("dn: uid=bob,{BASE}")).unwrap();
    let end = start + entries[start..].find("\n\n").unwrap() + 2;
    // A file that does not say that it is whole.
    fs::write(program.folder().join("company.ldif"), format!("{}{}", &entries[..start], &entries[end..])).unwrap();
    let status = program.status(&[]);
    assert_eq!(status["current"]["unresolved"], 1, "{status:#}");
    assert!(members(&graf, "Analysts").starts_with("ada bob"), "{status:#}");
}

/// By which name people are matched is a setting.
#[test]
fn people_are_matched_by_the_names_that_the_settings_say() {
    let groups: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"])];
    for (by, expected, pending) in [
        (json!(null), "ada robert", json!(null)),
        (json!("LoginThenEmail"), "ada robert", json!(null)),
        (json!("Login"), "ada", json!(["bob"])),
        (json!("Email"), "robert", json!(["ada"])),
    ] {
        let graf = started("match");
        graf.site.with(|site| {
            // One has another address here, the other one another login, and Grafana kept an address in odd case.
            site.add_user("ada", "other@corp.example");
            site.add_user("robert", "BOB@corp.example");
        });
        let mut program = Program::into_teams(&graf, groups);
        program.patch("DashboardServer", &json!({"spec": {"grafana": {"match": by}}}));
        let status = program.status(&["--new-links"]);
        assert_eq!((members(&graf, "Analysts").as_str(), &status["pending"]), (expected, &pending), "{by}: {status:#}");
        graf.proxy.forget();
        program.status(&[]);
        assert_eq!(graf.writes(), Vec::<String>::new(), "{by}");
    }
}

/// No right of a server administrator is needed, and nothing is asked that only one may ask.
#[test]
fn the_token_of_an_organizations_administrator_is_enough() {
    let (graf, program) = signed_in(started("token"), &["ada"], &[("Analysts", &["ada"])]);
    let (code, printed) = program.check(&["--new-links"]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("signed in as \"sa-1-sync\" and checked its rights"), "{printed}");
    assert_eq!(result(&program.status(&["--new-links"])), "Synced");
    assert_eq!(members(&graf, "Analysts"), "ada", "a token's team has no creator");
    let calls = graf.proxy.calls();
    assert!(!calls.iter().any(|call| call.contains("/api/users") || call.contains("/api/admin")), "{calls:?}");

    graf.site.with(|site| site.role_of_token = "Editor".to_owned());
    let (code, printed) = program.check(&[]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("let an administrator grant: the role Admin in organization 1"), "{printed}");
}

#[test]
fn what_would_change_accounts_is_refused() {
    let (_graf, mut program) = signed_in(started("refused"), &["ada"], &[("Analysts", &["ada"])]);
    for (field, change) in [
        ("spec.disabledAccounts", json!({"spec": {"disabledAccounts": "Deactivate"}})),
        ("spec.prune.accounts", json!({"spec": {"disabledAccounts": null, "prune": {"accounts": "Delete"}}})),
    ] {
        program.patch("DirectoryGroupSync", &change);
        let (code, printed) = program.sync(&["--new-links"]);
        assert_eq!(code, Some(2), "{printed}");
        assert!(printed.contains(field) && printed.contains("accounts: Existing"), "{printed}");
    }
}

/// With accounts of somebody else there is less to ask, and a first import writes teams only.
#[test]
fn a_run_costs_what_its_page_says() {
    let graf = started("cost");
    let names: Vec<String> = (0..40).map(|number| format!("t{number:02}")).collect();
    let logins: Vec<String> = (0..200).map(|number| format!("u{number:03}")).collect();
    let directory: Vec<(&str, Vec<&str>)> = (0..40)
        .map(|team| (&*names[team], (0..200).filter(|it| it % 40 == team).map(|it| &*logins[it]).collect()))
        .collect();
    let directory: Vec<(&str, &[&str])> = directory.iter().map(|(name, members)| (*name, &members[..])).collect();
    let (graf, program) = signed_in(graf, &logins.iter().map(String::as_str).collect::<Vec<_>>(), &directory);
    graf.proxy.forget();
    assert_eq!(result(&program.status(&["--new-links"])), "Synced");
    let (reads, writes) = (graf.proxy.count("GET"), graf.writes().len());
    assert_eq!((reads, writes), (6 + 2 * 2 + 3 * 40, 3 * 40), "created, all members at once, the mark");
    graf.proxy.forget();
    assert_eq!(result(&program.status(&[])), "Synced");
    assert_eq!((graf.proxy.count("GET"), graf.writes().len()), (6 + 2 + 40, 0));

    // Grafana Enterprise is asked of each team whether it keeps it itself.
    graf.site.with(|site| site.is_enterprise = true);
    graf.proxy.forget();
    assert_eq!(result(&program.status(&[])), "Synced");
    assert_eq!((graf.proxy.count("GET"), graf.writes().len()), (6 + 2 + 40 + 40, 0));
}
