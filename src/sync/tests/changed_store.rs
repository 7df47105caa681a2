//! Rule `same-store`: what links outside a store may still write, and what they may not.

use crate::sync::ability::GroupDeletion;
use crate::sync::cleanup::cleanup;
use crate::sync::pairing::server::AddsOnly;
use crate::sync::planning::{Stop, follow_store};
use crate::sync::policy::{AdoptAccounts, AdoptGroups, HeldObject, Members};
use crate::sync::scenario::{
    STORE, Scenario, StoredAccount, StoredGroup, account, check, directory_id, given, group, group_id, hours_ago,
    print, stored, them, us, user, user_id,
};
use crate::sync::snapshot::GroupSighting;
use crate::sync::snapshot::MemberSighting::Unreadable;

fn bi() -> StoredGroup {
    stored("BI").of("BI").holding(["anna"])
}

/// The group that was renamed by hand, or that got the number of ours.
fn another() -> StoredGroup {
    bi().now_called("Board")
}

/// Rule `same-store`.
#[test]
fn a_group_with_another_name_is_not_written() {
    let renamed = given([group("BI").with(["bert"])], [another()]).outside(vec![], vec![]);
    let planned = check(&renamed, [], ["Broken: BI"]);
    assert_eq!((planned.after.groups, planned.after.members), (0, 0));
    let deleted = given([], [another()]).located("BI", GroupSighting::Deleted).outside(vec![], vec![]);
    check(&deleted, [], ["Broken: BI", "NotFound: groups"]);
    assert_eq!(cleanup(&deleted.found(), &us(), &deleted.policy.protected, GroupDeletion::Always).changes, []);
    let of_the_same_name = given([group("BI").with(["anna"])], [bi().now_called("bi ")]).outside(vec![], vec![]);
    check(&of_the_same_name, ["set group bi : name BI"], []);
}

#[test]
fn a_store_that_holds_its_links_has_a_group_renamed_back() {
    check(&given([group("BI").with(["anna"])], [another()]), ["set group Board: name BI"], []);
}

#[test]
fn a_broken_group_is_fixed_by_its_name_or_by_adoption() {
    let adopts = |scenario: Scenario| scenario.policy(|policy| policy.adopt_groups = AdoptGroups::ByName);
    check(&given([group("BI").with(["anna"])], [bi()]).outside(vec![], vec![]), [], []);
    let both_renamed = given([group("BI").named("Board").with(["anna"])], [another()]).outside(vec![], vec![]);
    check(&both_renamed, [], ["Broken: BI"]);
    check(&adopts(both_renamed), ["link group Board: adopted, as Board"], []);
    let namesake = given([group("BI").with(["anna"])], [another(), stored("BI")]).outside(vec![], vec![]);
    check(&namesake, [], ["Broken: BI"]);
    check(&adopts(namesake), ["link group BI: new", "BI: add anna"], []);
}

#[test]
fn a_group_that_may_still_be_another_one_is_not_adopted() {
    let theirs =
        given([group("HR").named("Board").with(["anna"])], [another().owned_by(them())]).outside(vec![], vec![]);
    let adopts = |policy: &mut crate::sync::policy::Policy| policy.adopt_groups = AdoptGroups::ByName;
    check(&theirs.clone().policy(adopts), [], ["GroupName: Board"]);
    let named = theirs.policy(|policy| {
        adopts(policy);
        policy.released_owners.insert(them());
    });
    check(&named, [], ["GroupName: Board"]);
}

/// A group that is not created claims no name, so it does not keep the holder of that name from being renamed, and the
/// name that this frees for a second one is adopted in the same run.
#[test]
fn broken_groups_wait_for_nothing_but_what_the_directory_says() {
    let scenario = given(
        [group("one").named("Sales"), group("two").named("Sales"), group("three").named("BI")],
        [
            stored("one").of("one").now_called("A"),
            stored("BI").of("two"),
            stored("three").of("three").now_called("C"),
            stored("BI"),
        ],
    )
    .outside(vec![], vec![])
    .policy(|policy| policy.adopt_groups = AdoptGroups::ByName);
    check(&scenario, ["set group BI: name Sales", "link group BI: new", "link group BI: as Sales"], ["Broken: one"]);
}

#[test]
fn a_broken_group_of_another_sync_is_not_adopted_back() {
    let theirs =
        given([group("BI").named("Board").with(["anna"])], [another().owned_by(them())]).outside(vec![], vec![]);
    let adopts = |policy: &mut crate::sync::policy::Policy| policy.adopt_groups = AdoptGroups::ByName;
    check(&theirs.policy(adopts), [], ["Broken: BI"]);
}

#[test]
fn a_broken_account_of_another_sync_is_not_adopted_back() {
    let both_renamed = |zoe| {
        given([group("BI").with(["anna"])], [bi()])
            .users([user("anna").username("zoe").email("zoe@example.org")])
            .accounts([zoe])
            .outside(vec![], vec![])
            .policy(|policy| policy.adopt_accounts = AdoptAccounts::ByUsername)
    };
    check(&both_renamed(not_anna().owned_by(them())), [], ["Broken"]);
    check(&both_renamed(not_anna()), ["link account zoe: adopted, as zoe, at zoe@example.org"], []);
}

#[test]
fn siblings_of_a_broken_group_go_on() {
    let scenario = given([group("BI").with(["anna"]), group("HR").with(["anna"])], [another()]).outside(vec![], vec![]);
    check(&scenario, ["create group HR", "HR: add anna"], ["Broken: BI"]);
}

/// Anna's account, which has neither of her names.
fn not_anna() -> StoredAccount {
    account("anna").of("anna").now_called("zoe")
}

#[test]
fn an_account_with_neither_name_is_not_written_and_keeps_what_it_has() {
    let bare = |bi| given([group("BI").with(["anna"])], [bi]).outside(vec![], vec![]);
    check(&bare(bi()).accounts([not_anna()]), [], ["Broken"]);
    check(&bare(stored("BI").of("BI")).accounts([not_anna()]), [], ["Broken"]);
    let by_email = bare(bi()).accounts([not_anna().now_at("anna@example.org")]);
    check(&by_email, ["set account zoe: username anna"], []);
    let local = |scenario: Scenario| scenario.policy(|policy| policy.members = Members::KeepLocal);
    check(&local(bare(bi()).accounts([not_anna()])), [], ["Broken"]);
}

#[test]
fn a_user_with_a_broken_account_leaves_like_any_other() {
    let left =
        |bi| given([bi], [stored("BI").of("BI").holding(["anna"])]).accounts([not_anna()]).outside(vec![], vec![]);
    check(&left(group("BI")).users([user("anna")]), ["BI: remove zoe"], []);
    check(&left(group("BI").with_id_of("anna")).located_member("anna", Unreadable), [], ["Unresolved: BI"]);
    check(&left(group("BI").with_name_of("anna")).located_member("anna", Unreadable), [], ["Unresolved: BI"]);
    check(&left(group("BI").showing_no_members()), ["link group BI: empty"], ["Unreadable: BI"]);
}

#[test]
fn a_user_of_a_broken_account_may_adopt_one() {
    let scenario = given([group("BI").with(["anna"])], [bi()])
        .accounts([not_anna(), account("other").now_called("anna")])
        .outside(vec![], vec![])
        .policy(|policy| policy.adopt_accounts = AdoptAccounts::ByUsername);
    check(&scenario, ["link account anna: new", "BI: remove zoe", "BI: add anna"], []);
}

#[test]
fn an_account_whose_user_adopted_another_is_local() {
    let scenario =
        given([group("BI").showing_no_members(), group("CRM").with(["anna"])], [bi(), stored("CRM").of("CRM")])
            .accounts([not_anna(), account("other").now_called("anna")])
            .outside(vec![], vec![])
            .policy(|policy| policy.adopt_accounts = AdoptAccounts::ByUsername);
    check(&scenario, ["link account anna: new", "BI: remove zoe", "CRM: add anna"], []);
}

#[test]
fn what_vanished_is_created_again_or_forgotten() {
    let here = || stored("HR").of("HR").holding(["bert"]);
    let hr = || group("HR").with(["bert"]);
    let wanted =
        given([hr(), group("BI").with(["anna"])], [here()]).outside(vec![bi()], vec![account("anna").of("anna")]);
    let planned = check(&wanted, ["create group BI", "create account anna", "BI: add anna"], []);
    assert_eq!(planned.plan.forget, []);
    let unwanted = given([hr()], [here()]).outside(vec![bi()], vec![account("anna").of("anna")]);
    let planned = check(&unwanted, [], []);
    assert_eq!(planned.plan.forget, [(directory_id(), group_id("BI")), (directory_id(), user_id("anna"))]);
    let theirs =
        given([hr()], [here()]).outside(vec![bi().owned_by(them())], vec![account("anna").of("anna").owned_by(them())]);
    assert_eq!(check(&theirs, [], []).plan.forget, []);
    let released = given([hr()], [here()]).outside(vec![bi().released()], vec![]);
    assert_eq!(check(&released, [], []).plan.forget, [(directory_id(), group_id("BI"))]);
}

/// Rule `same-store`.
#[test]
fn another_store_than_that_of_the_last_run_waits_for_an_approval() {
    let mut policy = given([], []).policy;
    let now = hours_ago(0);
    for (last, read) in [(None, None), (None, Some("a")), (Some("a"), Some("a"))] {
        assert_eq!(follow_store(last, read, &policy, now), Ok(false));
    }
    for read in [Some("b"), None] {
        policy.approval.hash = None;
        let Err(stop @ Stop::StoreMoved { .. }) = follow_store(Some("a"), read, &policy, now) else {
            panic!("{read:?}: it goes on");
        };
        let said = stop.to_string();
        assert!(said.contains("used the store a") && said.contains(&stop.approval().hash), "{said}");
        assert!(
            said.contains(read.map_or("a store that no run has written to", |_| "leads to the store b,")),
            "{said}"
        );
        policy.approval.hash = Some(stop.approval().hash.clone());
        assert_eq!(follow_store(Some("a"), read, &policy, now), Ok(true));
        assert!(follow_store(Some("c"), read, &policy, now).is_err(), "the approval is of this move alone");
        policy.preview = true;
        assert!(follow_store(Some("a"), read, &policy, now).is_err(), "a preview approves nothing");
        policy.preview = false;
    }
}

fn hash(scenario: &Scenario) -> String {
    match scenario.plan() {
        Err(Stop::StoreChanged { approval, .. }) => approval.hash,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_store_that_shows_none_of_the_linked_objects_stops_the_run() {
    let empty =
        given([group("BI").with(["anna"])], [stored("Local")]).outside(vec![bi()], vec![account("anna").of("anna")]);
    match empty.plan() {
        Err(Stop::StoreChanged { named: None, read, linked: 2, .. }) => assert_eq!(read, STORE),
        other => panic!("{other:?}"),
    }
    let none_is_the_same = given([group("BI")], [another()]).accounts([not_anna()]).outside(vec![], vec![]);
    assert!(matches!(none_is_the_same.plan(), Err(Stop::StoreChanged { named: None, linked: 2, .. })));
    let one_is_there = given([group("BI")], [stored("HR").of("HR").owned_by(them())]).outside(vec![bi()], vec![]);
    assert!(one_is_there.plan().is_ok());
    let nothing_is_linked = given([group("BI")], [stored("Local")]).outside(vec![], vec![]);
    assert!(nothing_is_linked.plan().is_ok());
    let others_are_lost = given([group("BI")], []).outside(vec![bi().owned_by(them())], vec![]);
    assert!(others_are_lost.plan().is_ok());
}

#[test]
fn links_of_another_store_stop_the_run() {
    let elsewhere =
        |bi| given([group("HR")], [stored("HR").of("HR")]).outside(vec![bi], vec![]).made_for("https://old.example");
    match elsewhere(bi()).plan() {
        Err(Stop::StoreChanged { named, linked: 1, .. }) => assert_eq!(named.as_deref(), Some("https://old.example")),
        other => panic!("{other:?}"),
    }
    assert!(elsewhere(bi().owned_by(them())).plan().is_ok());
}

#[test]
fn an_approval_forgets_them_and_that_run_only_adds() {
    let moved = given([group("BI").with(["anna"])], [stored("BI").holding(["zoe"]), another()])
        .accounts([account("zoe"), not_anna()])
        .outside(vec![stored("HR").of("HR")], vec![]);
    let preview = moved.clone().policy(|policy| {
        policy.preview = true;
        policy.approval.hash = Some(hash(&moved));
    });
    assert!(preview.plan().is_err(), "an approval is ignored in a preview");
    let approved = moved.clone().policy(|policy| {
        policy.approval.hash = Some(hash(&moved));
        policy.adopt_groups = AdoptGroups::ByName;
    });
    let planned = approved.plan().unwrap();
    assert_eq!(planned.adds_only, Some(AddsOnly::StoreChanged));
    assert_eq!(
        print::changes(&planned.plan, &approved.found()),
        ["link group BI: new", "create account anna", "BI: add anna"]
    );
    assert_eq!(planned.plan.forget, [(directory_id(), group_id("HR"))]);
}

#[test]
fn an_approval_forgets_no_link_of_others() {
    let moved = given([group("BI").with(["zoe"]), group("Board").with(["zoe"])], [another().owned_by(them())])
        .accounts([not_anna().owned_by(them())])
        .outside(vec![stored("HR").of("HR")], vec![]);
    let approved = moved.clone().policy(|policy| {
        policy.approval.hash = Some(hash(&moved));
        (policy.adopt_groups, policy.adopt_accounts) = (AdoptGroups::ByName, AdoptAccounts::ByUsername);
    });
    let planned = approved.plan().unwrap();
    assert_eq!(print::changes(&planned.plan, &approved.found()), [] as [&str; 0]);
    assert_eq!(planned.plan.forget, [(directory_id(), group_id("HR"))]);
}

#[test]
fn an_approval_fits_these_links_of_one_object_at_one_time() {
    let lost = |keys: &[&str], since| {
        let mut scenario = given([], []).outside(vec![], vec![]);
        for key in keys {
            let more = given([], []).outside(vec![stored(key).of(key)], vec![]);
            scenario.links = more.links;
        }
        scenario.policy.approval.object = Some(HeldObject { uid: "a".to_owned(), since });
        hash(&scenario)
    };
    assert_eq!(lost(&["BI"], Some(hours_ago(1))), lost(&["BI"], Some(hours_ago(1))));
    assert_ne!(lost(&["BI"], Some(hours_ago(1))), lost(&["BI"], None));
    assert_ne!(lost(&["BI"], None), lost(&["HR"], None));
}
