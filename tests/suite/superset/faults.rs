//! Answers that are lost, refused for a while, or not the server's.

use directory_group_sync::store::{Applied, Error};
use directory_group_sync::sync::plan::Plan;

use super::started;
use crate::harness::http_faults::{Answer, Fault};
use crate::store_contract::{
    Fixture as _, add_members, apply_plan, groups, one_group_with_its_member, two_groups_and_three_accounts,
};

#[tokio::test]
async fn a_storm_of_refusals_is_waited_out() {
    let superset = started("storm");
    superset
        .proxy
        .rule_by_call(|_, _, nth| (nth % 3 == 0).then(|| Fault::Instead(Answer::too_many_requests(Some("0")))));
    assert_eq!(one_group_with_its_member(&superset.store()).await, Applied::default());
    superset.proxy.pass();
    assert_eq!(groups(&superset.store()).await, ["alpha: ada"]);
}

#[tokio::test]
async fn what_was_created_without_an_answer_is_found_by_its_mark() {
    for (of, method) in [("groups", "POST"), ("users", "POST")] {
        let superset = started("lost");
        superset
            .proxy
            .rule_by_call(move |asked, path, _| (asked == method && path.contains(of)).then_some(Fault::LoseAnswer));
        let applied = one_group_with_its_member(&superset.store()).await;
        assert_eq!(applied.ambiguous.len(), 1, "{of}: {applied:?}");
        superset.proxy.pass();
        let found = superset.store().read().await.unwrap();
        let links = (
            found.groups.iter().filter(|it| it.link.is_some()).count(),
            found.accounts.iter().filter(|it| it.link.is_some()).count(),
        );
        assert_eq!(links, (1, 1), "{of}: what was created is ours: {found:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_to_what_may_be_repeated_is_no_failure() {
    let superset = started("again");
    two_groups_and_three_accounts(&superset.store()).await;
    for method in ["GET", "PUT"] {
        superset.proxy.rule_by_call(move |asked, _, nth| (asked == method && nth == 0).then_some(Fault::LoseAnswer));
        let plan = Plan::from(vec![add_members(1, &[0, 2])]);
        assert_eq!(apply_plan(&superset.store(), &plan).await, Applied::default(), "{method}");
    }
    superset.proxy.pass();
    assert_eq!(groups(&superset.store()).await, ["alpha: ada bob", "beta: ada bob cy"]);
}

#[tokio::test]
async fn a_token_that_is_revoked_in_the_middle_is_replaced() {
    for status in [401, 422] {
        let superset = started("token");
        let body = r#"{"msg": "Token has expired"}"#;
        superset.proxy.rule_by_call(move |method, _, nth| {
            (method == "PUT" && nth == 0).then(|| Fault::Instead(Answer::json(status, body)))
        });
        assert_eq!(one_group_with_its_member(&superset.store()).await, Applied::default(), "{status}");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_the_servers_fails_the_read() {
    let superset = started("foreign");
    two_groups_and_three_accounts(&superset.store()).await;
    for (fault, words) in [
        (Fault::Instead(Answer::page(200, "<html>Sign in</html>")), "not JSON"),
        (Fault::Instead(Answer::says(200, "no")), "not a list"),
        (Fault::CutBody, "the connection ended before the whole answer was there"),
        (Fault::HangUp, "the connection ended before the whole answer was there"),
        (Fault::Instead(Answer::status(500)), "500"),
    ] {
        let held = fault.clone();
        superset.proxy.rule_by_call(move |_, path, _| path.contains("groups").then(|| held.clone()));
        let error = superset.store().read().await.unwrap_err();
        assert!(error.to_string().contains(words), "{fault:?}: {error}");
    }
}

#[tokio::test]
async fn a_no_that_looks_like_a_yes_is_not_counted_as_written() {
    let superset = started("yes");
    two_groups_and_three_accounts(&superset.store()).await;
    superset.proxy.rule_by_call(|method, _, _| (method == "PUT").then(|| Fault::Instead(Answer::says(200, "no"))));
    let applied = apply_plan(&superset.store(), &Plan::from(vec![add_members(1, &[0, 2])])).await;
    assert_eq!(applied.ambiguous.len(), 1, "{applied:?}");
    superset.proxy.pass();
    assert_eq!(groups(&superset.store()).await[1], "beta: bob");
}

#[tokio::test]
async fn a_password_that_is_wrong_is_said_so_and_never_shown() {
    let superset = started("password");
    let mut settings = superset.settings();
    settings.credentials = directory_group_sync::store::superset::SupersetCredentials::Password {
        username: "sync".to_owned().into(),
        password: "wrong-secret".to_owned().into(),
        provider: "db".to_owned(),
    };
    let error = superset.whole(settings).read().await.unwrap_err();
    assert!(matches!(&error, Error::AccessDenied { .. }), "{error}");
    assert!(!format!("{error} {error:?}").contains("wrong-secret"), "{error}");
    assert_eq!(superset.proxy.count("POST"), 1, "it is tried once");
}
