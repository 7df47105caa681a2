//! Answers that are lost.

use super::started;
use crate::harness::http_faults::Fault;
use crate::harness::keycloak::Profile;
use crate::store_contract::{Fixture as _, one_group_with_its_member};

#[tokio::test]
async fn what_was_created_without_an_answer_is_found_by_its_mark() {
    for of in ["Groups", "Users"] {
        let keycloak = started(Profile::Documented);
        keycloak
            .proxy
            .rule_by_call(move |asked, path, _| (asked == "POST" && path.ends_with(of)).then_some(Fault::LoseAnswer));
        let applied = one_group_with_its_member(&keycloak.store()).await;
        assert_eq!(applied.ambiguous.len(), 1, "{of}: {applied:?}");
        keycloak.proxy.pass();
        let found = keycloak.store().read().await.unwrap();
        let links = (
            found.groups.iter().filter(|it| it.link.is_some()).count(),
            found.accounts.iter().filter(|it| it.link.is_some()).count(),
        );
        assert_eq!(links, (1, 1), "{of}: what was created is ours: {found:?}");
    }
}

/// A realm that keeps no external ids: the account is there, and somebody else's. It is never taken over silently.
#[tokio::test]
async fn without_external_ids_a_lost_account_is_nobodys() {
    let keycloak = started(Profile::Documented);
    keycloak.realm.forget_attribute("externalId");
    keycloak
        .proxy
        .rule_by_call(|asked, path, _| (asked == "POST" && path.ends_with("Users")).then_some(Fault::LoseAnswer));
    let applied = one_group_with_its_member(&keycloak.store()).await;
    assert_eq!(applied.ambiguous.len(), 1, "{applied:?}");
    keycloak.proxy.pass();
    let found = keycloak.store().read().await.unwrap();
    assert_eq!(found.accounts.iter().map(|it| it.link.is_some()).collect::<Vec<_>>(), [false]);
}
