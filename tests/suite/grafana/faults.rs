//! Answers that are lost, refused for a while, or not the server's.

use directory_group_sync::store::Applied;
use directory_group_sync::sync::found::{AccountRef, GroupRef};
use directory_group_sync::sync::plan::{AttributeEdits, Change, Edit, Plan};

use super::started;
use crate::harness::http_faults::{Answer, Fault};
use crate::store_contract::{
    Fixture as _, add_members, apply, apply_plan, groups, one_group_with_its_member, remove_members, rename_account,
    rename_group, two_groups_and_three_accounts,
};

#[tokio::test]
async fn a_storm_of_refusals_is_waited_out() {
    let graf = started("storm");
    graf.proxy.rule_by_call(|_, _, nth| (nth % 3 == 1).then(|| Fault::Instead(Answer::too_many_requests(Some("0")))));
    assert_eq!(one_group_with_its_member(&graf.store()).await, Applied::default());
    graf.proxy.pass();
    assert_eq!(groups(&graf.store()).await, ["alpha: ada"]);
}

#[tokio::test]
async fn what_was_created_without_an_answer_is_found_by_its_mark() {
    for of in ["/teams", "/admin/users"] {
        for fault in [Fault::LoseAnswer, Fault::Afterwards(Answer::says(500, "Failed"))] {
            let graf = started("lost");
            let held = fault.clone();
            graf.proxy
                .rule_by_call(move |method, path, _| (method == "POST" && path.ends_with(of)).then(|| held.clone()));
            let applied = one_group_with_its_member(&graf.store()).await;
            assert_eq!(applied.ambiguous.len(), 1, "{of}: {applied:?}");
            graf.proxy.pass();
            let found = graf.store().read().await.unwrap();
            let links = (
                found.groups.iter().filter(|it| it.link.is_some()).count(),
                found.accounts.iter().filter(|it| it.link.is_some()).count(),
            );
            assert_eq!(links, (1, 1), "{of}: what was created is ours: {found:?}");
            // The mark goes, and so does the creator, whom the server has made an administrator of the team.
            let members = found.groups[0].members.is_empty();
            let changes = if members { vec![add_members(0, &[0])] } else { Vec::new() };
            assert_eq!(apply_plan(&graf.store(), &Plan::from(changes)).await, Applied::default());
            graf.site.with(|site| {
                assert_eq!(site.members("alpha"), ["ada"], "{of}");
                assert_eq!(site.team_mut("alpha").email, "", "{of}");
            });
        }
    }
}

/// An account that somebody else creates in place of the one whose answer was lost is not ours.
#[tokio::test]
async fn another_account_of_the_same_name_is_not_taken_for_ours() {
    for (email, is_external) in [("other@corp.example", false), ("ada@corp.example", true)] {
        let graf = started("other");
        graf.proxy.rule_by_call(|method, path, _| {
            (method == "POST" && path.ends_with("/admin/users")).then_some(Fault::HangUp)
        });
        assert_eq!(one_group_with_its_member(&graf.store()).await.ambiguous.len(), 1);
        graf.proxy.pass();
        graf.site.with(|site| {
            let id = site.add_user("ada", email);
            site.users.get_mut(&id).unwrap().is_external = is_external;
        });
        assert_eq!(graf.store().read().await.unwrap().accounts[0].link, None, "{email} {is_external}");
    }
}

#[tokio::test]
async fn a_lost_answer_to_what_may_be_repeated_is_no_failure() {
    let edits = AttributeEdits { display_name: Edit::Set("Lovelace".into()), ..AttributeEdits::default() };
    let named = Change::SetAccount { account: AccountRef(0), edits };
    for (method, changes) in [
        ("GET", vec![add_members(1, &[0, 2])]),
        ("POST", vec![add_members(1, &[0, 2])]),
        ("PUT", vec![add_members(1, &[0, 2]), remove_members(1, &[1])]),
        ("DELETE", vec![remove_members(0, &[0])]),
        ("DELETE", vec![Change::DeleteGroup { group: GroupRef(0) }]),
        ("PUT", vec![named]),
        ("POST", vec![Change::DeactivateAccount { account: AccountRef(0) }]),
        ("PUT", vec![rename_group(0, "Omega")]),
        ("PUT", vec![rename_account(0, "adele")]),
    ] {
        let graf = started("again");
        let store = graf.store();
        two_groups_and_three_accounts(&store).await;
        graf.proxy.rule_by_call(move |asked, _, nth| (asked == method && nth == 0).then_some(Fault::LoseAnswer));
        let words = format!("{method} {changes:?}");
        assert_eq!(apply_plan(&store, &Plan::from(changes)).await, Applied::default(), "{words}");
    }
}

/// What is written while answers are lost in one way or another is said as it is.
#[tokio::test]
async fn a_no_that_looks_like_a_yes_is_not_counted_as_written() {
    for (fault, is_refused) in [
        (Answer::json(200, "{}"), false),
        (Answer::status(204), false),
        (Answer::page(200, "Sign in"), false),
        (Answer::says(400, "no"), true),
        (Answer::says(500, "no"), true),
    ] {
        let graf = started("yes");
        let store = graf.store();
        two_groups_and_three_accounts(&store).await;
        let held = fault.clone();
        graf.proxy.rule_by_call(move |method, _, _| (method == "POST").then(|| Fault::Instead(held.clone())));
        let applied = apply_plan(&store, &Plan::from(vec![add_members(1, &[0, 2])])).await;
        let counts = (applied.refused.len(), applied.ambiguous.len());
        assert_eq!(counts, if is_refused { (1, 0) } else { (0, 1) }, "{fault:?}");
        assert!(!applied.gaps.changes.is_empty(), "{fault:?}");
        graf.proxy.pass();
        assert_eq!(groups(&store).await[1], "beta: bob", "{fault:?}");
    }
}

#[tokio::test]
async fn a_right_that_is_missing_ends_the_run() {
    let graf = started("right");
    let store = graf.store();
    two_groups_and_three_accounts(&store).await;
    graf.proxy.rule_by_call(|method, _, _| (method == "POST").then(|| Fault::Instead(Answer::says(403, "Forbidden"))));
    let applied = apply(&store, vec![rename_group(0, "Alpha"), add_members(1, &[0])]).await;
    assert!(applied.ended_early.as_deref().is_some_and(|why| why.contains("403")), "{applied:?}");
    graf.proxy.pass();
    assert_eq!(groups(&store).await, ["Alpha: ada bob", "beta: bob"]);
}

/// A removal that was written is said to be, although the addition after it was not.
#[tokio::test]
async fn of_two_calls_for_one_group_each_has_its_own_result() {
    let graf = started("halves");
    let store = graf.store();
    two_groups_and_three_accounts(&store).await;
    graf.proxy.rule_by_call(|method, _, _| (method == "POST").then(|| Fault::Instead(Answer::page(200, "no"))));
    let applied = apply_plan(&store, &Plan::from(vec![remove_members(0, &[0]), add_members(0, &[2])])).await;
    assert_eq!(applied.gaps.changes.keys().copied().collect::<Vec<_>>(), [1], "{applied:?}");
    graf.proxy.pass();
    assert_eq!(groups(&store).await[0], "alpha: bob");
}
