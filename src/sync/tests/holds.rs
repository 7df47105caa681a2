//! Rule `hold`: what waits for an approval, and what goes on meanwhile.

use crate::sync::hold::{Hold, Reason};
use crate::sync::limits::LimitName;
use crate::sync::plan::Change;
use crate::sync::policy::{DisabledAccounts, HeldObject, Limit, PruneAccounts};
use crate::sync::scenario::{Scenario, account, check, given, group, hours_ago, print, stored, user};
use crate::sync::snapshot::GroupSighting::{Deleted, Nowhere, Unreadable};

const NONE: Limit = Limit { percent: 0, allow: 0, max: Some(0) };

/// Two groups with a leaver and a joiner each, a group that is deleted whose name a new one takes, and an account to
/// delete.
fn busy() -> Scenario {
    given(
        [group("BI").with(["anna", "carl"]), group("CRM").with(["anna", "carl"]), group("new").named("ERP")],
        [
            stored("BI").of("BI").holding(["anna", "bert"]),
            stored("CRM").of("CRM").holding(["anna", "bert"]),
            stored("ERP").of("old").holding(["bert"]),
        ],
    )
    .located("old", Deleted)
    .accounts([
        account("anna").of("anna"),
        account("bert").of("bert"),
        account("fred").of("fred").inactive().marked().unused_since(hours_ago(99)),
    ])
    .policy(|policy| policy.prune_accounts = PruneAccounts::Delete)
}

fn hold(scenario: &Scenario) -> Hold {
    scenario.plan().unwrap().hold.unwrap()
}

/// Rule `hold`.
#[test]
fn beyond_a_limit_all_removals_wait_and_everything_else_goes_on() {
    for limit in 0..3 {
        let scenario = busy().policy(|policy| {
            let limits = &mut policy.limits;
            *[&mut limits.group_deletions, &mut limits.member_removals, &mut limits.account_removals][limit] = NONE;
        });
        let planned = check(&scenario, ["create account carl", "BI: add carl", "CRM: add carl"], ["GroupName: ERP"]);
        assert_eq!(planned.reasons.len(), 1);
        assert_eq!(
            print::changes(&planned.hold.unwrap().changes, &scenario.found()),
            ["delete group ERP", "BI: remove bert", "CRM: remove bert", "delete account fred"]
        );
    }
}

#[test]
fn beyond_the_limit_of_one_group_only_its_removals_wait() {
    let scenario = given(
        [group("BI").with(["anna"]), group("CRM").with(["anna"])],
        [stored("BI").of("BI").holding(["anna", "bert"]), stored("CRM").of("CRM").holding(["anna", "bert", "carl"])],
    )
    .policy(|policy| policy.limits.member_removals_per_group = Limit { percent: 100, allow: 0, max: Some(1) });
    let planned = check(&scenario, ["BI: remove bert"], []);
    assert_eq!(print::changes(&planned.hold.unwrap().changes, &scenario.found()), ["CRM: remove bert, carl"]);
}

#[test]
fn an_approval_applies_exactly_the_removals_that_were_shown() {
    let held = busy().policy(|policy| policy.limits.group_deletions = NONE);
    let approval = Some(hold(&held).approval.hash);
    let approve = |scenario: Scenario| scenario.policy(|policy| policy.approval.hash.clone_from(&approval));
    let planned = check(
        &approve(held.clone()),
        [
            "delete group ERP",
            "create group ERP",
            "create account carl",
            "link account bert: unused",
            "BI: remove bert",
            "CRM: remove bert",
            "BI: add carl",
            "CRM: add carl",
            "delete account fred",
        ],
        [],
    );
    assert_eq!(planned.hold, None);
    let mut one_more = held;
    one_more.stored[0].members.push("dora");
    let again = approve(one_more).plan().unwrap().hold.unwrap();
    assert_ne!(Some(again.approval.hash), approval, "another removal is another hold");
}

#[test]
fn additions_change_no_hash() {
    let held = busy().policy(|policy| policy.limits.group_deletions = NONE);
    let mut more = held.clone();
    more.groups[0].members.push("eve");
    assert_eq!(hold(&held).approval.hash, hold(&more).approval.hash);
}

#[test]
fn a_hold_keeps_its_time_while_it_goes_on_and_a_new_one_has_a_new_hash() {
    let at = |since| {
        hold(&busy().policy(|policy| {
            policy.limits.group_deletions = NONE;
            policy.approval.object = Some(HeldObject { uid: "a".to_owned(), since });
        }))
    };
    assert_eq!(at(Some(hours_ago(2))).approval.since, Some(hours_ago(2)));
    assert_eq!(at(Some(hours_ago(2))), at(Some(hours_ago(2))));
    assert_ne!(at(None).approval.hash, at(Some(hours_ago(2))).approval.hash);
}

#[test]
fn a_preview_is_the_plan_of_an_approved_run_and_tells_what_would_be_held() {
    let limited = || busy().policy(|policy| policy.limits.member_removals = NONE);
    let preview = limited().policy(|policy| policy.preview = true).plan().unwrap();
    let approved =
        limited().policy(|policy| policy.approval.hash = Some(hold(&limited()).approval.hash)).plan().unwrap();
    assert_eq!((&preview.plan, &preview.problems), (&approved.plan, &approved.problems));
    assert_eq!(preview.hold, None);
    assert!(
        matches!(&preview.reasons[..], [Reason::Exceeded(exceeded)] if exceeded.limit == LimitName::MemberRemovals)
    );
    let within = busy().policy(|policy| policy.preview = true).plan().unwrap();
    assert_eq!(within, busy().plan().unwrap(), "within the limits they are the same");
}

#[test]
fn a_read_without_any_group_deletes_none_unless_all_have_tombstones() {
    let linked = || given([], [stored("BI").of("BI"), stored("CRM").of("CRM").missing_since(hours_ago(9))]);
    let nothing = |scenario: Scenario, deleted: &[&str]| {
        let planned = scenario.plan().unwrap();
        assert!(matches!(planned.reasons[..], [Reason::NothingRead { .. }]), "{:?}", planned.reasons);
        let removals = print::changes(&planned.hold.unwrap().changes, &scenario.found());
        assert_eq!(removals, deleted);
        planned.plan
    };
    let (bi, crm) = ("delete group BI", "delete group CRM");
    nothing(linked().located("BI", Nowhere).located("CRM", Nowhere), &[bi, crm]);
    assert!(nothing(linked().in_a_file(), &[bi, crm]).changes.iter().all(is_link));
    nothing(linked().located("BI", Deleted).located("CRM", Nowhere), &[crm]);
    assert_eq!(linked().located("BI", Deleted).located("CRM", Deleted).plan().unwrap().hold, None);
    assert_eq!(given([], []).plan().unwrap().hold, None);
    let excluded = given([group("ERP").excluded()], [stored("BI").of("BI")]).located("BI", Nowhere);
    assert_eq!(excluded.plan().unwrap().hold, None, "an excluded group was read");
}

#[test]
fn an_account_that_follows_the_directory_waits_too() {
    let scenario = given([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["anna"])])
        .users([user("anna").disabled()])
        .policy(|policy| {
            policy.disabled_accounts = DisabledAccounts::Deactivate;
            policy.limits.account_removals = NONE;
        });
    let planned = check(&scenario, [], []);
    assert_eq!(print::changes(&planned.hold.unwrap().changes, &scenario.found()), ["deactivate account anna"]);
}

#[test]
fn a_deletion_that_waits_for_its_proof_exceeds_no_limit() {
    let scenario = given(
        [group("BI").with(["anna"])],
        [
            stored("BI").of("BI").holding(["anna", "bert"]),
            stored("CRM").of("CRM").below("elsewhere").missing_since(hours_ago(9)),
        ],
    )
    .located("CRM", Nowhere)
    .policy(|policy| policy.limits.group_deletions = NONE);
    let planned = check(&scenario, ["BI: remove bert"], ["Missing: CRM"]);
    assert_eq!(print::changes(&planned.hold.unwrap().changes, &scenario.found()), ["delete group CRM"]);
    assert!(matches!(planned.reasons[..], [Reason::Unproven { .. }]), "{:?}", planned.reasons);
}

#[test]
fn the_one_group_that_exists_and_cannot_be_read_waits_for_no_approval() {
    let scenario = given([], [stored("BI").of("BI")]).located("BI", Unreadable);
    assert_eq!(check(&scenario, [], ["Unreadable: BI"]).hold, None);
}

#[test]
fn what_waits_brings_no_removal_that_the_whole_plan_does_not_have() {
    let scenario = given([group("new").named("ERP").with(["fred"])], [stored("ERP").of("old")])
        .located("old", Deleted)
        .accounts([account("fred").of("fred").unused_since(hours_ago(99))])
        .policy(|policy| {
            policy.prune_accounts = PruneAccounts::Deactivate;
            (policy.limits.group_deletions, policy.limits.account_removals) = (NONE, NONE);
        });
    let planned = check(&scenario, [], ["GroupName: ERP"]);
    assert_eq!(print::changes(&planned.hold.unwrap().changes, &scenario.found()), ["delete group ERP"]);
}

fn is_link(change: &Change) -> bool {
    matches!(change, Change::LinkGroup { .. })
}
