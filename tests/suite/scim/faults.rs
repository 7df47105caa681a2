//! Answers that are lost, refused for a while, or not the server's; and tokens that end.

use std::sync::Arc;

use directory_group_sync::store::scim::{self, ScimCredentials, ScimSettings};
use directory_group_sync::store::{Applied, Error};
use directory_group_sync::sync::found::{AccountRef, GroupRef};
use directory_group_sync::sync::plan::{Change, Plan};
use serde_json::json;

use super::{behind_proxy, started};
use crate::harness::http_faults::{Answer, Fault};
use crate::harness::scim_servers::{Kind, TOKEN};
use crate::harness::{HttpFaults, ScimServer};
use crate::memory_server::MemoryBook;
use crate::store_contract::{
    Fixture as _, add_members, apply_plan, groups, one_group_with_its_member, two_groups_and_three_accounts,
};

#[tokio::test]
async fn what_was_created_without_an_answer_is_found_by_its_mark() {
    for of in ["Groups", "Users"] {
        let scim = started(Kind::Scim2Server);
        scim.proxy
            .rule_by_call(move |asked, path, _| (asked == "POST" && path.ends_with(of)).then_some(Fault::LoseAnswer));
        let applied = one_group_with_its_member(&scim.store()).await;
        assert_eq!(applied.ambiguous.len(), 1, "{of}: {applied:?}");
        scim.proxy.pass();
        let found = scim.store().read().await.unwrap();
        let links = (
            found.groups.iter().filter(|it| it.link.is_some()).count(),
            found.accounts.iter().filter(|it| it.link.is_some()).count(),
        );
        assert_eq!(links, (1, 1), "{of}: what was created is ours: {found:?}");
    }
}

/// SCIMMY has a member twice that is added twice.
#[tokio::test]
async fn a_lost_answer_to_what_may_be_repeated_is_no_failure() {
    for kind in Kind::ALL {
        let scim = started(kind);
        two_groups_and_three_accounts(&scim.store()).await;
        for method in ["GET", "PATCH"] {
            scim.proxy.rule_by_call(move |asked, _, nth| (asked == method && nth == 0).then_some(Fault::LoseAnswer));
            let plan = Plan::from(vec![add_members(1, &[0, 2])]);
            assert_eq!(apply_plan(&scim.store(), &plan).await, Applied::default(), "{kind:?} {method}");
        }
        scim.proxy.pass();
        assert_eq!(groups(&scim.store()).await, ["alpha: ada bob", "beta: ada bob cy"], "{kind:?}");
    }
}

#[tokio::test]
async fn a_storm_of_refusals_is_waited_out_and_a_page_is_no_empty_list() {
    let scim = started(Kind::Scim2Server);
    scim.proxy.rule_by_call(|_, _, nth| (nth % 3 == 0).then(|| Fault::Instead(Answer::too_many_requests(Some("0")))));
    assert_eq!(one_group_with_its_member(&scim.store()).await, Applied::default());
    scim.proxy
        .rule_by_call(|_, path, _| path.ends_with("/Users").then(|| Fault::Instead(Answer::page(200, "Sign in"))));
    let error = scim.store().read().await.unwrap_err();
    assert!(matches!(&error, Error::Unexpected { cause, .. } if cause.contains("not JSON")), "{error}");
    scim.proxy.pass();
    assert_eq!(groups(&scim.store()).await, ["alpha: ada"]);
}

/// Keycloak's tokens live for 300 s, and a run may take longer.
#[tokio::test]
async fn a_token_for_client_credentials_that_ends_is_replaced() {
    let scim = started(Kind::Scim2Server);
    let tokens = HttpFaults::to(&scim.server.address());
    let token = json!({"access_token": TOKEN, "expires_in": 300, "token_type": "Bearer"}).to_string();
    tokens.rule(move |_| Fault::Instead(Answer::json(200, &token)));
    scim.proxy.rule_by_call(|method, _, nth| {
        (method == "POST" && nth == 1).then(|| Fault::Instead(Answer::says(401, "Token has expired")))
    });
    let credentials = ScimCredentials::OAuth2 {
        token_url: format!("{}/realms/bi/token", tokens.url()),
        scopes: vec!["scim".to_owned(), "bi".to_owned()],
        client_id: "sync".to_owned().into(),
        client_secret: "s3cret".to_owned().into(),
    };
    let settings = ScimSettings { credentials, ..scim.settings() };
    let store = scim::open(settings, Arc::new(MemoryBook::default())).unwrap();
    assert_eq!(one_group_with_its_member(&store).await, Applied::default());
    let asked: Vec<_> = tokens.exchanges().into_iter().map(|exchange| exchange.request).collect();
    assert_eq!(asked.len(), 2, "once at first, and once because the token had ended");
    assert_eq!((&*asked[0].path, &*asked[0].body), ("/realms/bi/token", "grant_type=client_credentials&scope=scim+bi"));
    assert_eq!(asked[0].authorization.as_deref(), Some("Basic c3luYzpzM2NyZXQ="));
}

#[tokio::test]
async fn a_member_that_was_deleted_and_is_still_shown_is_ignored() {
    for kind in [Kind::Scim2Server, Kind::Scimmy, Kind::Elimity] {
        let scim = behind_proxy(ScimServer::start(kind));
        two_groups_and_three_accounts(&scim.store()).await;
        scim.server.delete_user(&scim.server.content().user("bob").id);
        assert_eq!(scim.members("alpha").len(), 2, "{kind:?} shows the member");
        let found = groups(&scim.store()).await;
        assert!(
            found.contains(&"alpha: ada".to_owned()) && found.contains(&"beta: ".to_owned()),
            "{kind:?}: {found:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_is_not_the_servers_fails_the_read() {
    let scim = started(Kind::Elimity);
    two_groups_and_three_accounts(&scim.store()).await;
    for (fault, words) in [
        (Fault::Instead(Answer::page(200, "<html>Sign in</html>")), "not JSON"),
        (Fault::Instead(Answer::says(200, "no")), "the answer has no Resources"),
        (Fault::Instead(Answer::redirect(302, "https://sso.example/")), "redirects (302 Found)"),
        (Fault::CutBody, "the connection ended before the whole answer was there"),
        (Fault::HangUp, "the connection ended before the whole answer was there"),
        (Fault::Instead(Answer::status(500)), "500"),
    ] {
        let held = fault.clone();
        scim.proxy.rule_by_call(move |_, path, _| path.ends_with("/Groups").then(|| held.clone()));
        let error = scim.store().read().await.unwrap_err();
        assert!(error.to_string().contains(words), "{fault:?}: {error}");
    }
}

#[tokio::test]
async fn a_no_that_looks_like_a_yes_is_not_counted_as_written() {
    let scim = started(Kind::Elimity);
    two_groups_and_three_accounts(&scim.store()).await;
    scim.proxy.rule_by_call(|method, _, _| (method == "PATCH").then(|| Fault::Instead(Answer::says(200, "no"))));
    let applied = apply_plan(&scim.store(), &Plan::from(vec![add_members(1, &[0, 2])])).await;
    assert_eq!(applied.ambiguous.len(), 1, "{applied:?}");
    scim.proxy.pass();
    assert_eq!(groups(&scim.store()).await[1], "beta: bob");
}

/// What was deleted without an answer is gone when the request is sent again.
#[tokio::test]
async fn a_deletion_whose_answer_is_lost_is_done() {
    for kind in Kind::ALL {
        let scim = started(kind);
        two_groups_and_three_accounts(&scim.store()).await;
        scim.proxy.rule_by_call(|method, _, nth| (method == "DELETE" && nth % 2 == 0).then_some(Fault::LoseAnswer));
        let changes =
            vec![Change::DeleteGroup { group: GroupRef(1) }, Change::DeleteAccount { account: AccountRef(2) }];
        assert_eq!(apply_plan(&scim.store(), &Plan::from(changes)).await, Applied::default(), "{kind:?}");
        assert_eq!(groups(&scim.store()).await, ["alpha: ada bob"], "{kind:?}");
    }
}

#[tokio::test]
async fn a_token_that_is_wrong_is_said_so_and_never_shown() {
    for kind in Kind::ALL {
        let scim = started(kind);
        let credentials = ScimCredentials::Bearer("wrong-secret".to_owned().into());
        let error = scim.whole(ScimSettings { credentials, ..scim.settings() }).read().await.unwrap_err();
        // elimity's answer is not JSON, as that of a proxy would be.
        assert!(matches!(&error, Error::AccessDenied { .. }) || kind == Kind::Elimity, "{kind:?}: {error}");
        assert!(error.to_string().contains("401 Unauthorized"), "{kind:?}: {error}");
        assert!(!format!("{error} {error:?}").contains("wrong-secret"), "{error}");
    }
}
