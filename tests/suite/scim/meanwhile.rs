//! What somebody changes between a read and a PUT, and what a PUT does to members.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use directory_group_sync::store::scim::{Rename, ScimDialect, ScimSettings};
use directory_group_sync::store::{Applied, Guard, Interruption};
use directory_group_sync::sync::found::AccountRef;
use directory_group_sync::sync::plan::{AttributeEdits, Change, Edit, Plan};

use super::{Scim, started};
use crate::harness::HttpFaults;
use crate::harness::http_faults::{Answer, Fault};
use crate::harness::scim_servers::Kind;
use crate::store_contract::{Fixture as _, Store, apply_plan, groups, rename_group, two_groups_and_three_accounts};

/// A server with entity tags, two groups and three accounts.
async fn with_entity_tags() -> Scim {
    let scim = started(Kind::Scim2Server);
    two_groups_and_three_accounts(&scim.store()).await;
    scim
}

/// The store, which renames by PUT.
fn putting(scim: &Scim) -> Store {
    let dialect = ScimDialect { rename: Some(Rename::Put), ..ScimDialect::AUTO };
    scim.whole(ScimSettings { dialect, ..scim.settings() })
}

fn answers(proxy: &HttpFaults, method: &str) -> Vec<Option<u16>> {
    let exchanges = proxy.exchanges();
    exchanges.iter().filter(|it| it.request.method == method).map(|it| it.server).collect()
}

#[tokio::test]
async fn an_account_that_somebody_changed_since_it_was_read_is_read_again() {
    let scim = with_entity_tags().await;
    let (server, bob) = (Arc::clone(&scim.server), scim.server.content().user("bob").id.clone());
    scim.proxy.forget();
    scim.proxy.rule(move |request| match &*request.method {
        "PATCH" => Fault::Instead(Answer::json(501, "{}")),
        "PUT" if request.nth == 0 => {
            server.set_active(&bob, false);
            Fault::Forward
        }
        _ => Fault::Forward,
    });
    let edits = AttributeEdits { last_name: Edit::Set("Brown".into()), ..AttributeEdits::default() };
    let plan = Plan::from(vec![Change::SetAccount { account: AccountRef(1), edits }]);
    assert_eq!(apply_plan(&scim.store(), &plan).await, Applied::default());
    assert_eq!(answers(&scim.proxy, "PUT"), [Some(412), Some(200)]);
    let bob = &scim.store().read().await.unwrap().accounts[1];
    assert_eq!((bob.attributes.last_name.as_deref(), bob.active), (Some("Brown"), false), "both changes stay");
}

#[tokio::test]
async fn who_joins_a_group_while_it_is_renamed_by_put_stays() {
    let scim = with_entity_tags().await;
    let content = scim.server.content();
    let (server, alpha, cy) =
        (Arc::clone(&scim.server), content.group("alpha").id.clone(), content.user("cy").id.clone());
    scim.proxy.forget();
    scim.proxy.rule(move |request| {
        if request.method == "PUT" && request.nth == 0 {
            server.add_member(&alpha, &cy);
        }
        Fault::Forward
    });
    assert_eq!(apply_plan(&putting(&scim), &Plan::from(vec![rename_group(0, "Alpha")])).await, Applied::default());
    assert_eq!(answers(&scim.proxy, "PUT"), [Some(412), Some(200)]);
    assert_eq!(groups(&scim.store()).await[0], "Alpha: ada bob cy");
}

/// A PUT without members empties the group on some servers. Its answer may be lost.
#[tokio::test]
async fn a_group_that_is_renamed_by_put_keeps_its_members_whatever_becomes_of_the_answer() {
    for kind in Kind::ALL {
        for fault in [Fault::Forward, Fault::LoseAnswer, Fault::CutBody, Fault::Afterwards(Answer::page(502, "Bad"))] {
            let scim = started(kind);
            two_groups_and_three_accounts(&scim.store()).await;
            let held = fault.clone();
            scim.proxy.rule_by_call(move |method, _, nth| (method == "PUT" && nth == 0).then(|| held.clone()));
            let applied = apply_plan(&putting(&scim), &Plan::from(vec![rename_group(0, "Alpha")])).await;
            assert!(applied.refused.is_empty() && applied.ended_early.is_none(), "{kind:?} {fault:?}: {applied:?}");
            scim.proxy.pass();
            assert_eq!(groups(&scim.store()).await[0], "Alpha: ada bob", "{kind:?} {fault:?}");
        }
    }
}

/// Lets a run go on until a PUT was sent.
struct StopsAtPut(Arc<AtomicBool>);

#[async_trait]
impl Guard for StopsAtPut {
    async fn may_go_on(&self) -> Result<(), Interruption> {
        if self.0.load(Ordering::SeqCst) { Err(Interruption::Suspended) } else { Ok(()) }
    }

    async fn stopped(&self) -> Interruption {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_run_that_may_not_go_on_gives_back_the_members_that_its_put_has_removed() {
    let scim = with_entity_tags().await;
    let is_put = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&is_put);
    scim.proxy.rule(move |request| {
        seen.fetch_or(request.method == "PUT", Ordering::SeqCst);
        Fault::Forward
    });
    let (store, guard) = (putting(&scim), StopsAtPut(is_put));
    let found = store.read().await.unwrap();
    let plan = Plan::from(vec![rename_group(0, "Alpha"), rename_group(1, "Beta")]);
    let applied = store.begin(&guard).await.unwrap().apply(&found, &plan).await.unwrap();
    assert_eq!(applied.ended_early, Some(Interruption::Suspended.to_string()));
    assert_eq!(groups(&scim.store()).await, ["Alpha: ada bob", "beta: bob"]);
}
