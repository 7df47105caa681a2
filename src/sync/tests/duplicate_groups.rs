//! Rule `duplicate-group`: names that two groups need.

use crate::sync::policy::AdoptGroups;
use crate::sync::scenario::{Scenario, check, elsewhere_id, given, group, hours_ago, stored, them};
use crate::sync::snapshot::GroupSighting::Deleted;

fn by_name(scenario: Scenario) -> Scenario {
    scenario.policy(|policy| policy.adopt_groups = AdoptGroups::ByName)
}

/// Rule `duplicate-group`.
#[test]
fn a_name_that_a_local_group_uses_is_a_duplicate_and_its_siblings_go_on() {
    let scenario = given([group("BI"), group("CRM").with(["anna"])], [stored(" bi ")]);
    let planned = check(&scenario, ["create group CRM", "create account anna", "CRM: add anna"], ["GroupName: BI"]);
    assert_eq!(planned.duplicates[0].conflicts_with, "the local group \" bi \"");
    assert_eq!(planned.after.duplicated, 1);
}

#[test]
fn a_name_that_is_linked_to_something_else_is_a_duplicate() {
    let scenario = given([group("BI")], [stored("BI").of("other").owned_by(them())]);
    let planned = check(&scenario, [], ["GroupName: BI"]);
    assert_eq!(planned.duplicates[0].conflicts_with, "the group \"BI\" that standalone/bi/others keeps in sync");
}

#[test]
fn of_two_selected_groups_the_holder_keeps_the_name() {
    let twins = || [group("one").named("BI"), group("two").named("bi")];
    check(&given(twins(), [stored("BI").of("one")]), [], ["GroupName: bi"]);
    check(&given(twins(), []), [], ["GroupName: BI", "GroupName: bi"]);
}

#[test]
fn two_groups_that_both_rename_to_one_name_both_keep_their_last() {
    let scenario = given(
        [group("A").named("BI"), group("B").named("BI").with(["anna"])],
        [stored("A").of("A"), stored("B").of("B")],
    );
    check(&scenario, ["create account anna", "B: add anna"], ["GroupName: BI", "GroupName: BI"]);
}

#[test]
fn a_new_name_that_is_in_use_leaves_the_last_one_and_the_group_in_sync() {
    let scenario = given([group("A").named("BI").with(["anna"])], [stored("A").of("A"), stored("BI")]);
    let planned = check(&scenario, ["create account anna", "A: add anna"], ["GroupName: BI"]);
    assert_eq!(planned.after.groups, 1);
}

#[test]
fn a_local_group_with_the_name_of_a_linked_one_is_listed_and_changes_nothing() {
    let scenario = given([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["anna"]), stored("BI")]);
    let counts = check(&scenario, [], ["GroupName: BI"]).counts(&scenario.found());
    assert_eq!((counts.groups.selected, counts.groups.duplicated, counts.groups.unchanged), (1, 1, 0));
}

#[test]
fn a_name_is_free_once_its_holder_is_renamed_or_deleted_in_the_same_plan() {
    let renamed = given([group("A").named("B"), group("new").named("A")], [stored("A").of("A")]);
    check(&renamed, ["set group A: name B", "create group A", "link group A: as B"], []);
    let deleted =
        given([group("A").named("B")], [stored("A").of("A"), stored("B").of("gone")]).located("gone", Deleted);
    check(&deleted, ["delete group B", "set group A: name B", "link group A: as B"], []);
}

#[test]
fn a_name_that_does_not_come_free_after_all_refuses_all_that_wait_for_it() {
    let chain = [group("A").named("B"), group("B").named("C"), group("new").named("A")];
    check(
        &given(chain, [stored("A").of("A"), stored("B").of("B"), stored("C")]),
        [],
        ["GroupName: A", "GroupName: B", "GroupName: C"],
    );
}

/// Rule `plan-order`.
#[test]
fn names_are_swapped_through_a_temporary_one() {
    let scenario = given([group("A").named("B"), group("B").named("A")], [stored("A").of("A"), stored("B").of("B")]);
    check(
        &scenario,
        [
            "park group A as renaming-1",
            "set group B: name A",
            "set group A: name B",
            "link group B: as A",
            "link group A: as B",
        ],
        [],
    );
}

#[test]
fn no_other_group_uses_a_temporary_name() {
    let scenario = given(
        [group("A").named("B"), group("B").named("A")],
        [stored("A").of("A"), stored("B").of("B"), stored("Renaming-1")],
    );
    let planned = scenario.plan().unwrap();
    assert_eq!(
        crate::sync::scenario::print::changes(&planned.plan, &scenario.found())[0],
        "park group A as renaming-1-"
    );
}

#[test]
fn only_the_case_of_a_name_changes_without_a_detour() {
    check(
        &given([group("BI").named("bi")], [stored("BI").of("BI")]),
        ["set group BI: name bi", "link group BI: as bi"],
        [],
    );
}

#[test]
fn adoption_by_name_takes_the_one_free_group() {
    let planned = check(
        &by_name(given([group("BI")], [stored("bi").described("mine")])),
        ["set group bi: name BI", "link group bi: new"],
        [],
    );
    assert_eq!((planned.before.groups, planned.after.groups), (0, 1));
    let released_with_its_directory = stored("BI").of("old").released().of_directory(elsewhere_id());
    check(
        &by_name(given([group("BI")], [released_with_its_directory])),
        ["link group BI: another, ours, adopted, moved"],
        [],
    );
}

#[test]
fn adoption_by_name_leaves_what_is_not_free_or_not_clear() {
    for taken in [stored("BI").of("other").owned_by(them()), stored("BI").of("other").released()] {
        check(&by_name(given([group("BI")], [taken])), [], ["GroupName: BI"]);
    }
    check(&by_name(given([group("BI")], [stored("BI"), stored("bi")])), [], ["GroupName: BI"]);
    check(
        &by_name(given([group("one").named("BI"), group("two").named("BI")], [stored("BI")])),
        [],
        ["GroupName: BI", "GroupName: BI"],
    );
}

#[test]
fn adoption_ignores_a_holder_that_goes_in_the_same_plan() {
    let renamed = given([group("A").named("B"), group("new").named("A")], [stored("A").of("A"), stored("A")]);
    check(&by_name(renamed), ["set group A: name B", "link group A: new", "link group A: as B"], []);
    let deleted = given([group("new").named("A")], [stored("A").of("gone"), stored("A")]).located("gone", Deleted);
    check(&by_name(deleted), ["delete group A", "link group A: new"], []);
}

#[test]
fn a_duplicate_clears_once_the_conflict_is_gone() {
    let scenario = given([group("BI")], [stored("BI")]);
    check(&scenario, [], ["GroupName: BI"]);
    let fixed = Scenario { stored: vec![stored("Local BI")], ..scenario };
    check(&fixed, ["create group BI"], []);
}

#[test]
fn a_group_that_gets_the_store_group_of_another_does_not_inherit_its_empty_since() {
    let scenario = by_name(given(
        [group("new").named("BI").showing_no_members()],
        [stored("BI").of("old").holding(["anna"]).empty_since(hours_ago(9))],
    ));
    check(&scenario.located("old", Deleted), ["link group BI: another, moved, empty"], ["Unreadable: BI"]);
}
