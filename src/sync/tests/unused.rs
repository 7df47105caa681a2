//! Rule `unused-account`: accounts that are in no group any more.

use crate::sync::policy::PruneAccounts::{self, Deactivate, Delete, Retain};
use crate::sync::scenario::{Scenario, StoredAccount, account, check, given, group, hours_ago, stored, them};

/// An account in no group. Accounts are pruned after 24 hours.
fn idle(prune: PruneAccounts, account: StoredAccount) -> Scenario {
    given([group("BI")], [stored("BI").of("BI")]).accounts([account]).policy(|policy| policy.prune_accounts = prune)
}

/// Rule `unused-account`.
#[test]
fn who_leaves_the_last_group_begins_to_be_unused_only_where_that_counts() {
    let scenario = |prune| {
        given([group("BI")], [stored("BI").of("BI").holding(["anna"])]).policy(|policy| policy.prune_accounts = prune)
    };
    check(&scenario(Retain), ["BI: remove anna"], []);
    for prune in [Deactivate, Delete] {
        check(&scenario(prune), ["link account anna: unused", "BI: remove anna"], []);
    }
}

#[test]
fn an_unused_account_is_made_inactive_when_its_time_has_come() {
    let unused = |hours| account("anna").of("anna").unused_since(hours_ago(hours));
    for prune in [Deactivate, Delete] {
        check(&idle(prune, unused(23)), [], []);
        check(&idle(prune, unused(24)), ["link account anna: off by us", "deactivate account anna"], []);
    }
}

#[test]
fn only_delete_deletes_and_only_what_we_made_inactive() {
    let inactive = || account("anna").of("anna").unused_since(hours_ago(99)).inactive();
    check(&idle(Deactivate, inactive().marked()), [], []);
    check(&idle(Delete, inactive().marked()), ["delete account anna"], []);
    check(&idle(Delete, inactive()), [], []);
}

#[test]
fn accounts_that_we_did_not_create_or_do_not_own_stay() {
    for account in [
        account("anna"),
        account("anna").of("anna").adopted(),
        account("anna").of("anna").owned_by(them()).unused_since(hours_ago(99)),
        account("anna").of("anna").released().unused_since(hours_ago(99)),
    ] {
        check(&idle(Delete, account), [], []);
    }
}

#[test]
fn any_group_but_the_default_one_is_a_use() {
    let mut scenario = idle(Delete, account("anna").of("anna").unused_since(hours_ago(99)));
    scenario.stored.push(stored("everyone").holding(["anna"]));
    check(&scenario, ["link account anna: no longer unused"], []);
    let scenario = scenario.policy(|policy| policy.default_group = Some(2.into()));
    check(&scenario, ["link account anna: off by us", "deactivate account anna"], []);
}

#[test]
fn a_deleted_account_leaves_the_default_group_uncounted() {
    let mut scenario = idle(Delete, account("anna").of("anna").unused_since(hours_ago(99)).inactive().marked());
    scenario.stored.push(stored("everyone").holding(["anna"]));
    check(&scenario.policy(|policy| policy.default_group = Some(2.into())), ["delete account anna"], []);
}

#[test]
fn who_comes_back_is_used_and_active_again() {
    let scenario = given([group("BI").with(["anna"])], [stored("BI").of("BI")])
        .accounts([account("anna").of("anna").unused_since(hours_ago(99)).inactive().marked()])
        .policy(|policy| policy.prune_accounts = Delete);
    check(
        &scenario,
        ["link account anna: no longer off by us, no longer unused", "activate account anna", "BI: add anna"],
        [],
    );
}

#[test]
fn a_time_from_before_the_last_use_does_not_count() {
    let scenario = given([group("BI")], [stored("BI").of("BI").holding(["anna"])])
        .accounts([account("anna").of("anna").unused_since(hours_ago(99)).inactive().marked()])
        .policy(|policy| policy.prune_accounts = Delete);
    check(&scenario, ["link account anna: unused", "BI: remove anna"], []);
}

#[test]
fn no_time_is_remembered_where_nothing_counts_it() {
    check(
        &idle(Retain, account("anna").of("anna").unused_since(hours_ago(99))),
        ["link account anna: no longer unused"],
        [],
    );
}
