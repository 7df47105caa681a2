//! Rule `nesting`: the members of member groups are members.

use crate::sync::planning::look_up;
use crate::sync::scenario::{Scenario, check, given, group, group_id, stored, user};
use crate::sync::snapshot::{Concealed, MemberOf, MemberSighting};

/// Rule `nesting`.
#[test]
fn members_of_groups_below_are_members_however_deep_and_each_once() {
    let scenario = given([group("BI").with(["anna"]).over(["left", "right"])], []).below([
        group("left").with(["bert"]).over(["bottom"]),
        group("right").with(["bert", "carl"]).over(["bottom"]),
        group("bottom").with(["dora", "anna"]),
    ]);
    check(
        &scenario,
        [
            "create group BI",
            "create account anna",
            "create account bert",
            "create account carl",
            "create account dora",
            "BI: add anna, bert, carl, dora",
        ],
        [],
    );
}

#[test]
fn cycles_are_legal_and_selected_groups_may_be_members_of_each_other() {
    let scenario = given(
        [group("A").with(["anna"]).over(["B"]), group("B").with(["bert"]).over(["C"])],
        [stored("A").of("A").holding(["anna", "bert", "carl"]), stored("B").of("B").holding(["anna", "bert", "carl"])],
    );
    check(&scenario.below([group("C").with(["carl"]).over(["A"])]), [], []);
}

/// BI holds anna and bert, and shows anna and the group "below".
fn with_below() -> Scenario {
    given([group("BI").with(["anna"]).over(["below"])], [stored("BI").of("BI").holding(["anna", "bert"])])
}

#[test]
fn who_left_a_group_below_leaves() {
    check(&with_below().below([group("below").with(["bert"])]), [], []);
    check(&with_below().below([group("below").with(["anna"])]), ["BI: remove bert"], []);
}

#[test]
fn a_group_below_that_cannot_be_read_removes_no_member() {
    let planned = check(&with_below(), [], ["Unreadable: BI"]);
    assert_eq!(planned.after.waiting, 1);
    let adds = given([group("BI").with(["anna", "carl"]).over(["below"])], [stored("BI").of("BI").holding(["bert"])]);
    check(&adds, ["create account anna", "create account carl", "BI: add anna, carl"], ["Unreadable: BI"]);
}

#[test]
fn a_group_below_that_conceals_members_removes_no_member() {
    for why in [Concealed::Dynamic, Concealed::Primary] {
        let below = group("below").with(["anna"]).concealing(why);
        check(&with_below().below([below]), [], ["Unreadable: BI"]);
    }
}

#[test]
fn a_member_value_that_may_be_a_hidden_group_removes_no_member() {
    let with = |sighting| {
        let scenario = given([group("BI").with(["anna"]).with_id_of("new")], [stored("BI").of("BI").holding(["bert"])]);
        scenario.users([user("bert")]).located_member("new", sighting).policy(|policy| policy.nested = true)
    };
    check(&with(MemberSighting::Nowhere), ["create account anna", "BI: add anna"], ["Unresolved: BI"]);
    let removes = ["create account anna", "BI: remove bert", "BI: add anna"];
    check(&with(MemberSighting::Foreign), removes, ["Unresolved: BI"]);
    check(&with(MemberSighting::Nowhere).policy(|policy| policy.nested = false), removes, ["Unresolved: BI"]);
}

#[test]
fn users_are_asked_about_a_group_below_that_shows_no_members() {
    let memberless = || with_below().below([group("below").showing_no_members()]);
    check(&memberless(), [], ["Unreadable: BI"]);
    check(&memberless().member_of("below", MemberOf::NamedByUser), [], ["Unreadable: BI"]);
    check(&memberless().member_of("below", MemberOf::Unanswerable), [], ["Unreadable: BI"]);
    check(&memberless().member_of("below", MemberOf::NamedByNobody), ["BI: remove bert"], []);
    check(&memberless().in_a_file(), ["BI: remove bert"], []);

    let mut unresolved = with_below().snapshot();
    unresolved.groups[0].subgroups = vec![group_id("below")];
    unresolved.subgroups.insert(group_id("below"), group("below").showing_no_members().read(&mut Vec::new()));
    assert_eq!(look_up(&unresolved, &with_below().found(), &with_below().policy).without_members, [group_id("below")]);
}
