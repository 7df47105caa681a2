//! Tokens that end while a run writes, and clients that get none or may not use them.

use std::time::Duration;

use directory_group_sync::runtime::clock;
use directory_group_sync::store::scim::{ScimCredentials, ScimSettings};
use directory_group_sync::store::{Applied, Error};
use directory_group_sync::sync::plan::{Change, Plan};
use serde_json::json;

use super::{InKeycloak, started};
use crate::harness::http::Connection;
use crate::harness::http_faults::Fault;
use crate::harness::keycloak::Profile;
use crate::harness::{Keycloak, wait};
use crate::store_contract::{Fixture as _, apply_plan, create_account, groups, one_group_with_its_member};

/// Its tokens live for so many seconds.
fn with_tokens_of(seconds: u64) -> InKeycloak {
    let keycloak = started(Profile::Documented);
    keycloak.realm.change(&json!({ "accessTokenLifespan": seconds }));
    keycloak
}

/// A token is used for half of a short life. So a run that takes longer asks for several.
#[tokio::test]
async fn a_run_that_takes_longer_than_a_token_asks_for_another_in_time() {
    let keycloak = with_tokens_of(6);
    // As a slow network does.
    keycloak.proxy.rule(|_| {
        std::thread::sleep(Duration::from_millis(200));
        Fault::Forward
    });
    let changes: Vec<Change> =
        (0..50).map(|number| create_account(number.into(), number, &format!("u{number:02}"))).collect();
    let settings = ScimSettings { at_a_time: 1, ..keycloak.settings() };
    assert_eq!(apply_plan(&keycloak.whole(settings), &Plan::from(changes)).await, Applied::default());
    assert!(keycloak.tokens() >= 3, "{} tokens", keycloak.tokens());
    assert_eq!(refused(&keycloak), 0, "none was used after its end");
}

/// An administrator may end a token before it says so.
#[tokio::test]
async fn a_token_that_ended_early_is_replaced_once() {
    let keycloak = with_tokens_of(300);
    let store = keycloak.store();
    assert_eq!(store.read().await.unwrap().accounts, vec![]);
    let token = keycloak.proxy.exchanges().pop().unwrap().request.authorization.unwrap();
    let token = token.strip_prefix("Bearer ").unwrap();
    let path = format!("{}/Users", keycloak.realm.path());
    let has_ended = || {
        // Of all tokens that were given before this second.
        keycloak.realm.change(&json!({ "notBefore": clock::now().as_second() }));
        let mut connection = Connection::open(&Keycloak::shared().address()).unwrap();
        (connection.call("GET", &path, Some(token), "").unwrap().status() == 401).then_some(())
    };
    wait::poll(Duration::from_secs(20), has_ended).unwrap();
    keycloak.proxy.forget();
    assert_eq!(one_group_with_its_member(&store).await, Applied::default());
    assert_eq!((keycloak.tokens(), refused(&keycloak)), (1, 1));
    assert_eq!(groups(&store).await, ["alpha: ada"]);
}

fn refused(keycloak: &InKeycloak) -> usize {
    keycloak.proxy.exchanges().iter().filter(|exchange| exchange.client == Some(401)).count()
}

#[tokio::test]
async fn a_wrong_secret_is_said_and_shown_to_nobody() {
    let keycloak = started(Profile::Documented);
    let mut settings = keycloak.settings();
    let ScimCredentials::OAuth2 { client_secret, .. } = &mut settings.credentials else { panic!("OAuth2") };
    *client_secret = "not the secret".to_owned().into();
    let error = keycloak.whole(settings).probe().await.unwrap_err();
    assert!(matches!(error, Error::AccessDenied { .. }), "{error:?}");
    assert!(error.to_string().contains("check clientID and clientSecret"), "{error}");
    assert!(!format!("{error:?}").contains("not the secret"));
    assert_eq!(keycloak.tokens(), 1, "it is tried once");
}

/// What an administrator has forgotten.
#[tokio::test]
async fn what_a_realm_lacks_is_said() {
    let keycloak = started(Profile::Documented);
    keycloak.realm.change(&json!({ "scimApiEnabled": false }));
    let error = keycloak.store().probe().await.unwrap_err().to_string();
    assert!(error.contains("the server has no /ServiceProviderConfig there"), "{error}");

    let keycloak = started(Profile::Documented);
    keycloak.realm.forget_audience();
    let error = keycloak.store().read().await.unwrap_err();
    assert!(matches!(error, Error::AccessDenied { .. }), "{error:?}");

    let keycloak = started(Profile::Documented);
    keycloak.realm.forget_role();
    let error = keycloak.store().read().await.unwrap_err();
    assert!(matches!(error, Error::AccessDenied { .. }), "{error:?}");
}
