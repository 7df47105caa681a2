//! Answers that are lost, refused for a while, or not the server's.

use directory_group_sync::store::Applied;
use directory_group_sync::sync::found::{AccountRef, GroupRef};
use directory_group_sync::sync::plan::{AttributeEdits, Change, Edit, Plan};

use super::started;
use crate::harness::http_faults::{Answer, Fault};
use crate::store_contract::{
    Fixture as _, add_members, apply, apply_plan, create_account, create_group, groups, one_group_with_its_member,
    remove_members, rename_account, rename_group, two_groups_and_three_accounts,
};

#[tokio::test]
async fn a_storm_of_refusals_is_waited_out() {
    let bold = started("storm");
    bold.proxy.rule_by_call(|_, _, nth| (nth % 3 == 1).then(|| Fault::Instead(Answer::too_many_requests(Some("0")))));
    assert_eq!(one_group_with_its_member(&bold.store()).await, Applied::default());
    bold.proxy.pass();
    assert_eq!(groups(&bold.store()).await, ["alpha: ada"]);
}

/// Each third request fails: reads are repeated, and what was not written is written by the next runs.
#[tokio::test]
async fn a_server_that_fails_every_third_call_is_in_step_after_some_runs() {
    for fault in [Fault::HangUp, Fault::LoseAnswer, Fault::Instead(Answer::page(502, "Bad gateway"))] {
        let bold = started("third");
        let (store, held) = (bold.store(), fault.clone());
        bold.proxy.rule(move |request| if request.index % 3 == 2 { held.clone() } else { Fault::Forward });
        for _ in 0..6 {
            let mut writer = store.begin(&crate::store_contract::Unstopped).await.unwrap();
            let Ok(found) = writer.read().await else { continue };
            let (groups, accounts) = (found.groups.len(), found.accounts.len());
            let mut changes = Vec::new();
            changes.extend((groups == 0).then(|| create_group(0, 11, "alpha")));
            changes.extend((accounts == 0).then(|| create_account(0, 21, "ada")));
            changes.extend(found.groups.first().is_none_or(|it| it.members.is_empty()).then(|| add_members(0, &[0])));
            drop(writer.apply(&found, &Plan::from(changes)).await);
        }
        bold.proxy.pass();
        assert_eq!(groups(&store).await, ["alpha: ada"], "{fault:?}");
        let found = store.read().await.unwrap();
        assert!(found.groups[0].link.is_some() && found.accounts[0].link.is_some(), "{fault:?}");
    }
}

#[tokio::test]
async fn what_was_created_without_an_answer_is_found_by_its_mark() {
    for of in ["/groups", "/users"] {
        let bold = started("lost");
        bold.proxy.rule_by_call(move |method, path, _| {
            (method == "POST" && path.ends_with(of) && !path.contains("/groups/")).then_some(Fault::LoseAnswer)
        });
        let applied = one_group_with_its_member(&bold.store()).await;
        assert_eq!(applied.ambiguous.len(), 1, "{of}: {applied:?}");
        bold.proxy.pass();
        let found = bold.store().read().await.unwrap();
        let links = (
            found.groups.iter().filter(|it| it.link.is_some()).count(),
            found.accounts.iter().filter(|it| it.link.is_some()).count(),
        );
        assert_eq!(links, (1, 1), "{of}: what was created is ours: {found:?}");
    }
}

/// An account that somebody else creates in place of the one whose answer was lost is not ours.
#[tokio::test]
async fn another_account_of_the_same_name_is_not_taken_for_ours() {
    for (email, directory_type) in [("other@corp.example", "Local"), ("ada@corp.example", "OAuth2")] {
        let bold = started("other");
        bold.proxy.rule_by_call(|method, path, _| {
            (method == "POST" && path.ends_with("v5.0/users")).then_some(Fault::HangUp)
        });
        assert_eq!(one_group_with_its_member(&bold.store()).await.ambiguous.len(), 1);
        bold.proxy.pass();
        bold.site.with(|site| {
            let id = site.add_account("ada", email);
            site.accounts.get_mut(&id).unwrap().directory_type = directory_type.to_owned();
        });
        assert_eq!(bold.store().read().await.unwrap().accounts[0].link, None, "{email} {directory_type}");
    }
}

#[tokio::test]
async fn a_lost_answer_to_what_may_be_repeated_is_no_failure() {
    let described = || Change::SetGroup { group: GroupRef(1), name: Edit::Keep, description: Edit::Set("x".into()) };
    let edits = AttributeEdits { last_name: Edit::Set("Lovelace".into()), ..AttributeEdits::default() };
    let named = Change::SetAccount { account: AccountRef(0), edits };
    for (method, changes) in [
        ("GET", vec![add_members(1, &[0, 2])]),
        ("POST", vec![add_members(1, &[0, 2])]),
        ("DELETE", vec![remove_members(0, &[0])]),
        ("DELETE", vec![Change::DeleteGroup { group: GroupRef(0) }]),
        ("DELETE", vec![Change::DeleteAccount { account: AccountRef(0) }]),
        ("PUT", vec![described()]),
        ("PUT", vec![named]),
        ("PUT", vec![rename_group(0, "Omega")]),
        ("PUT", vec![rename_account(0, "adele")]),
    ] {
        let bold = started("again");
        let store = bold.store();
        two_groups_and_three_accounts(&store).await;
        bold.proxy.rule_by_call(move |asked, _, nth| (asked == method && nth == 0).then_some(Fault::LoseAnswer));
        let words = format!("{method} {changes:?}");
        assert_eq!(apply_plan(&store, &Plan::from(changes)).await, Applied::default(), "{words}");
    }
}

#[tokio::test]
async fn a_token_that_is_revoked_in_the_middle_is_replaced() {
    let bold = std::sync::Arc::new(started("token"));
    let site = std::sync::Arc::downgrade(&bold);
    let paths = std::sync::Mutex::new(std::collections::BTreeSet::new());
    bold.proxy.rule(move |request| {
        let is_first = request.method == "POST" && paths.lock().unwrap().insert(request.path.clone());
        if is_first && request.path.ends_with("/users") {
            site.upgrade().into_iter().for_each(|bold| bold.site.revoke_tokens());
        }
        Fault::Forward
    });
    assert_eq!(one_group_with_its_member(&bold.store()).await, Applied::default());
    assert!(bold.site.sign_ins() > 2, "it was revoked twice");
}

/// What is written while answers are lost in one way or another is said as it is.
#[tokio::test]
async fn a_no_that_looks_like_a_yes_is_not_counted_as_written() {
    for (fault, is_refused) in [
        (Answer::says(200, "no"), false),
        (Answer::page(200, "Sign in"), false),
        (Answer::json(200, r#"{"ApiStatus":true,"Status":false,"Message":"no"}"#), true),
        (Answer::json(200, r#"{"ApiStatus":false,"Status":true,"Message":"no"}"#), true),
        (Answer::json(417, r#"{"ApiStatus":false,"Status":false,"Message":"no"}"#), true),
    ] {
        let bold = started("yes");
        let store = bold.store();
        two_groups_and_three_accounts(&store).await;
        let held = fault.clone();
        bold.proxy.rule_by_call(move |method, _, _| (method == "POST").then(|| Fault::Instead(held.clone())));
        let applied = apply_plan(&store, &Plan::from(vec![add_members(1, &[0, 2])])).await;
        assert_eq!(
            (applied.refused.len(), applied.ambiguous.len()),
            if is_refused { (1, 0) } else { (0, 1) },
            "{fault:?}"
        );
        assert!(!applied.gaps.changes.is_empty(), "{fault:?}");
        bold.proxy.pass();
        assert_eq!(groups(&store).await[1], "beta: bob", "{fault:?}");
    }
}

#[tokio::test]
async fn a_right_that_is_missing_ends_the_run() {
    let bold = started("right");
    let store = bold.store();
    two_groups_and_three_accounts(&store).await;
    bold.proxy.rule_by_call(|method, _, _| (method == "POST").then(|| Fault::Instead(Answer::says(403, "Forbidden"))));
    let applied = apply(&store, vec![rename_group(0, "Alpha"), add_members(1, &[0])]).await;
    assert!(applied.ended_early.as_deref().is_some_and(|why| why.contains("403")), "{applied:?}");
    bold.proxy.pass();
    assert_eq!(groups(&store).await, ["Alpha: ada bob", "beta: bob"]);
}

/// A removal that was written is said to be, although the addition after it was not.
#[tokio::test]
async fn of_two_calls_for_one_group_each_has_its_own_result() {
    let bold = started("halves");
    let store = bold.store();
    two_groups_and_three_accounts(&store).await;
    bold.proxy.rule_by_call(|method, _, _| (method == "POST").then(|| Fault::Instead(Answer::says(200, "no"))));
    let applied = apply_plan(&store, &Plan::from(vec![remove_members(0, &[0]), add_members(0, &[2])])).await;
    assert_eq!(applied.gaps.changes.keys().copied().collect::<Vec<_>>(), [1], "{applied:?}");
    bold.proxy.pass();
    assert_eq!(groups(&store).await[0], "alpha: bob");
}
