//! Runs of the program without a cluster.

use serde_json::json;

use super::program::{Program, result};
use super::started;
use crate::harness::grafana::TOKEN;

const COMPANY: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"]), ("Editors", &["bob"])];

#[test]
fn a_company_comes_into_grafana_and_follows_the_directory() {
    let graf = started("company");
    let program = Program::into_grafana(&graf, COMPANY);
    let (code, printed) = program.sync(&["--new-links"]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("2 groups created, 2 accounts created, 3 members added"), "{printed}");
    graf.site.with(|site| {
        assert_eq!(
            (site.members("Analysts"), site.members("Editors")),
            (vec!["ada".into(), "bob".into()], vec!["bob".to_owned()])
        );
        assert_eq!(site.user_mut("ada").role.as_deref(), Some("Viewer"), "whatever the server gives new users");
    });

    graf.proxy.forget();
    let (code, printed) = program.sync(&[]);
    assert_eq!(code, Some(0), "{printed}");
    assert_eq!(graf.writes(), Vec::<String>::new(), "a run without a change writes nothing");

    program.have(&[("Analysts", &["bob"]), ("Editors", &["bob", "cy"])]);
    let (_, printed) = program.sync(&[]);
    assert!(printed.contains("1 member removed"), "{printed}");
    graf.site.with(|site| {
        assert_eq!(
            (site.members("Analysts"), site.members("Editors")),
            (vec!["bob".to_owned()], vec!["bob".into(), "cy".into()])
        );
        assert!(site.user_id("ada").is_some(), "no account is deleted");
    });
}

/// `check -f` tries all that a run does, and tells what is missing.
#[test]
fn a_check_says_who_the_server_is_and_what_is_missing() {
    let graf = started("check");
    let mut program = Program::into_grafana(&graf, COMPANY);
    let (_, printed) = program.check(&["--new-links"]);
    assert!(printed.contains("signed in as \"sync\" and checked its rights; Grafana 12.3.1\n"), "{printed}");
    assert!(printed.contains("2 groups created"), "{printed}");
    assert_eq!(graf.writes(), Vec::<String>::new());
    graf.site.with(|site| site.user_mut("sync").is_server_admin = false);
    let (code, printed) = program.check(&["--new-links"]);
    assert_eq!(code, Some(1), "{printed}");
    let missing = "let an administrator grant: the server permission Grafana Admin (missing: users:read, users:create, \
                   users:write, users:disable, users:enable);";
    assert!(printed.contains(missing), "{printed}");
    graf.site.with(|site| site.user_mut("sync").role = Some("Editor".to_owned()));
    let (_, printed) = program.check(&["--new-links"]);
    assert!(printed.contains("the role Admin in organization 1 (missing: org.users:read, teams:create,"), "{printed}");

    graf.proxy.forget();
    program.patch("Secret", &json!({"stringData": {"password": "another horse"}}));
    let (code, printed) = program.check(&["--new-links"]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("401") && !printed.contains("horse"), "{printed}");
    let calls = graf.proxy.calls();
    assert_eq!(calls.iter().filter(|call| !call.ends_with("/health")).count(), 1, "it is tried once: {calls:?}");

    program.patch("Secret", &json!({"stringData": {"username": null, "password": null, "token": TOKEN}}));
    let (_, printed) = program.check(&["--new-links"]);
    assert!(printed.contains("put username and password of a server administrator into the Secret"), "{printed}");
}

/// The Secret has exactly one way to sign in.
#[test]
fn a_secret_with_two_ways_to_sign_in_is_refused() {
    for (keys, is_right) in [
        (json!({}), true),
        (json!({"token": TOKEN}), false),
        (json!({"username": null}), false),
        (json!({"username": null, "password": null}), false),
    ] {
        let graf = started("secret");
        let mut program = Program::into_grafana(&graf, COMPANY);
        program.patch("Secret", &json!({ "stringData": keys }));
        let (_, printed) = program.check(&["--new-links"]);
        let words = "must have the key token, or username and password, and no other of these";
        assert_eq!(printed.contains(words), !is_right, "{keys}: {printed}");
    }
}

/// Sessions are ended only where the settings want it, and never our own.
#[test]
fn who_is_removed_from_a_team_is_logged_out() {
    for wanted in [true, false] {
        let graf = started("logout");
        let mut program = Program::into_grafana(&graf, COMPANY);
        program.patch("DashboardServer", &json!({"spec": {"grafana": {"logoutRemoved": wanted}}}));
        assert_eq!(result(&program.status(&["--new-links"])), "Synced");
        program.have(&[("Analysts", &["bob"]), ("Editors", &["bob"])]);
        assert_eq!(result(&program.status(&[])), "Synced");
        let log_outs = |login: &str| graf.site.with(|site| site.user_mut(login).log_outs);
        assert_eq!((log_outs("ada"), log_outs("bob"), log_outs("sync")), (usize::from(wanted), 0, 0));
    }
}
