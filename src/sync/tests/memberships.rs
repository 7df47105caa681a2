//! Rules `leaver` and `exclusive-members`: which members are removed, and which stay.

use crate::sync::policy::Members;
use crate::sync::scenario::{account, check, elsewhere_id, given, group, stored, them, user};

/// Rule `leaver`.
#[test]
fn who_leaves_the_directory_group_leaves_the_stores_and_the_account_stays() {
    let scenario = given([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["anna", "bert"])]);
    check(&scenario, ["BI: remove bert"], []);
}

#[test]
fn who_is_gone_from_the_directory_leaves_too() {
    let scenario = given([group("BI")], [stored("BI").of("BI").holding(["anna"])]).users([user("bert")]);
    check(&scenario, ["BI: remove anna"], []);
}

/// Rule `plan-order`.
#[test]
fn removals_of_all_groups_come_before_additions() {
    let scenario = given(
        [group("BI").with(["anna"]), group("CRM").with(["bert"])],
        [stored("BI").of("BI").holding(["bert"]), stored("CRM").of("CRM").holding(["anna"])],
    );
    check(&scenario, ["BI: remove bert", "CRM: remove anna", "BI: add anna", "CRM: add bert"], []);
}

/// Rule `exclusive-members`.
#[test]
fn an_exclusive_group_holds_exactly_the_directorys_members() {
    let scenario =
        given([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["anna", "local", "released", "theirs"])])
            .accounts([
                account("local"),
                account("released").of("x").released().of_directory(elsewhere_id()),
                account("theirs").of("y").owned_by(them()),
            ]);
    check(&scenario, ["BI: remove local, released, theirs"], []);
}

#[test]
fn keep_local_keeps_accounts_without_a_link_and_no_others() {
    let scenario = given([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["anna", "local", "bert"])])
        .accounts([account("local")])
        .policy(|policy| policy.members = Members::KeepLocal);
    check(&scenario, ["BI: remove bert"], []);
}

#[test]
fn a_group_that_is_not_ours_is_left_alone_whoever_is_in_it() {
    let scenario = given(
        [group("BI").with(["anna"])],
        [stored("BI").of("BI").holding(["anna"]), stored("local").holding(["anna", "bert"])],
    );
    check(&scenario, [], []);
}
