//! Rules `selection`, `identity` and `group-attributes`: what is selected, who is who, and what follows the directory.

use crate::sync::link::Origin;
use crate::sync::planning::look_up;
use crate::sync::policy::Limit;
use crate::sync::scenario::{Scenario, check, given, group, group_id, selector, stored, us};

/// Rule `selection`.
#[test]
fn a_group_that_is_first_selected_is_created_with_its_members() {
    let scenario = given([group("BI").described("who reads").with(["anna", "bert"])], []);
    let planned =
        check(&scenario, ["create group BI", "create account anna", "create account bert", "BI: add anna, bert"], []);
    let after = super::model::apply(&scenario.found(), &planned.plan, &scenario.policy);
    let link = after.groups[0].link.as_ref().unwrap();
    assert_eq!((link.owner.as_deref(), link.origin), (Some(&us()), Origin::Created));
    assert_eq!(after.groups[0].description.as_deref(), Some("who reads"));
    assert_eq!(
        (planned.before.groups, planned.after.groups, planned.after.members, planned.after.accounts),
        (0, 1, 2, 2)
    );
}

/// Rule `no-change-no-write`.
#[test]
fn what_is_in_sync_is_left_alone() {
    check(&given([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["anna"])]), [], []);
}

/// Rule `identity`.
#[test]
fn a_renamed_group_is_the_same_one() {
    let scenario = given([group("BI").named("Insights").with(["anna"])], [stored("BI").of("BI").holding(["anna"])]);
    check(&scenario, ["set group BI: name Insights", "link group BI: as Insights"], []);
}

#[test]
fn a_moved_group_is_the_same_one() {
    let scenario = given([group("BI").moved()], [stored("BI").of("BI")]);
    check(&scenario, ["link group BI: moved"], []);
}

#[test]
fn a_hand_made_rename_in_the_store_is_undone() {
    let mut scenario = given([group("BI")], [stored("BI").of("BI")]);
    scenario.stored[0].name = "mine".to_owned();
    check(&scenario, ["set group mine: name BI"], []);
}

/// Rule `group-attributes`.
#[test]
fn the_template_makes_the_name() {
    let scenario = given([group("BI")], []).policy(|policy| policy.name_template = "corp-{name}".to_owned());
    check(&scenario, ["create group corp-BI"], []);
}

#[test]
fn a_description_follows_unless_nothing_shows_that_descriptions_can_be_read() {
    let described = || stored("BI").of("BI").described("old");
    check(&given([group("BI").described("new")], [described()]), ["set group BI: description new"], []);
    check(&given([group("BI")], [described()]), [], []);
    check(&given([group("BI")], [described()]).in_a_file(), ["set group BI: no description"], []);
    let shown =
        given([group("BI"), group("CRM").described("x")], [described(), stored("CRM").of("CRM").described("x")]);
    check(&shown, ["set group BI: no description"], []);
}

#[test]
fn a_selector_that_selects_nothing_is_listed() {
    let selectors = |scenario: Scenario| {
        scenario.policy(|policy| policy.selectors = vec![selector("name BI", true), selector("name CRM", true)])
    };
    check(&selectors(given([group("BI")], [])), ["create group BI"], ["NotFound: name CRM"]);
    check(&selectors(given([group("BI"), group("CRM").by([1]).excluded()], [])), ["create group BI"], []);
}

/// Rule `boundaries`.
#[test]
fn a_selector_outside_the_base_of_the_groups_is_listed_as_such() {
    let mut snapshot = given([group("BI")], [])
        .policy(|policy| policy.selectors = vec![selector("cn=BI", true), selector("cn=CRM,ou=others", true)]);
    snapshot.outside = vec![1];
    let planned = check(&snapshot, ["create group BI"], ["NotFound: cn=CRM,ou=others"]);
    let message = &planned.problems[0].message;
    assert!(message.contains("is outside spec.groups.baseDN of the Directory"), "{message}");
}

/// Rule `boundaries`: what is outside is released, also what a `dn` or `name` selector selected.
#[test]
fn a_group_that_leaves_the_base_of_the_groups_is_released() {
    for is_sticky in [true, false] {
        let left = given([group("CRM")], [stored("BI").of("BI").holding(["anna"]), stored("CRM").of("CRM")])
            .located_group(&group("BI").outside())
            .policy(|policy| policy.selectors = vec![selector("groups", is_sticky)]);
        check(&left, ["link group BI: released"], []);
        // No edit of the spec asked for it, so it is held like a deletion, and in sync meanwhile.
        let none = Limit { percent: 0, allow: 0, max: Some(0) };
        let limited = left.policy(|policy| policy.limits.group_deletions = none);
        let planned = check(&limited, ["link group BI: moved", "BI: remove anna"], []);
        assert!(planned.hold.is_some());
    }
}

#[test]
fn what_a_sticky_selector_selected_stays_selected_under_another_name() {
    let scenario = |keeps| {
        given([group("CRM").by([])], [stored("BI").of("CRM").by("cn=BI")])
            .policy(|policy| policy.selectors = vec![selector("cn=BI", keeps)])
    };
    check(&scenario(true), ["set group BI: name CRM", "link group BI: as CRM"], []);
    check(&scenario(false), ["link group BI: released"], ["NotFound: cn=BI"]);
}

#[test]
fn a_later_holder_of_the_name_is_selected_too() {
    let scenario = given([group("old").named("CRM").by([]), group("new").named("BI")], [stored("BI").of("old")]);
    check(&scenario, ["set group BI: name CRM", "create group BI", "link group BI: as CRM"], []);
}

#[test]
fn a_group_whose_selector_is_gone_or_that_is_excluded_is_released_as_it_is() {
    let gone = given(
        [group("BI"), group("CRM").by([]).with(["bert"])],
        [stored("CRM").of("CRM").by("gone").holding(["anna"])],
    );
    check(&gone, ["create group BI", "link group CRM: released"], []);
    let excluded = given([group("BI"), group("CRM").excluded()], [stored("CRM").of("CRM").holding(["anna"])]);
    let planned = check(&excluded, ["create group BI", "link group CRM: released"], []);
    assert_eq!(planned.counts(&excluded.found()).groups.released, 1);
}

#[test]
fn a_link_remembers_a_sticky_selector_rather_than_another() {
    let selectors = |scenario: Scenario| {
        scenario.policy(|policy| policy.selectors = vec![selector("(cn=*)", false), selector("cn=BI", true)])
    };
    check(
        &selectors(given([group("BI").by([0, 1])], [stored("BI").of("BI").by("(cn=*)")])),
        ["link group BI: by cn=BI"],
        [],
    );
    check(&selectors(given([group("BI").by([0, 1])], [stored("BI").of("BI").by("cn=BI")])), [], []);
    check(&selectors(given([group("BI").by([0])], [stored("BI").of("BI").by("cn=BI")])), [], []);
}

#[test]
fn a_released_group_that_is_selected_again_is_ours_again_under_the_selector_that_selects_it() {
    let scenario = given([group("BI").with(["anna"])], [stored("BI").of("BI").by("gone").released().holding(["anna"])]);
    let planned = check(&scenario, ["link group BI: ours, by groups"], []);
    assert_eq!((planned.before.groups, planned.after.groups), (0, 1));
}

#[test]
fn linked_groups_that_the_read_does_not_show_are_looked_up_once() {
    let scenario =
        given([group("BI")], [stored("CRM").of("CRM"), stored("ERP").of("ERP").by("gone"), stored("BI").of("BI")]);
    let asked = |scenario: &Scenario| look_up(&scenario.snapshot(), &scenario.found(), &scenario.policy).groups;
    assert_eq!(asked(&scenario), [group_id("CRM")]);
    assert_eq!(asked(&scenario.located("CRM", crate::sync::snapshot::GroupSighting::Nowhere)), []);
}

#[test]
fn a_group_that_was_found_elsewhere_stays_in_sync() {
    let scenario = given([group("BI")], [stored("BI").of("BI"), stored("CRM").of("CRM")]);
    check(
        &scenario.located_group(&group("CRM").by([]).named("Sales").moved()),
        ["set group CRM: name Sales", "link group CRM: as Sales, moved"],
        [],
    );
}
