//! Rule `disabled-account`: disabled and expired directory accounts.

use crate::sync::policy::DisabledAccounts::{self, Deactivate, Exclude, Include};
use crate::sync::scenario::{
    Scenario, StoredAccount, User, account, check, given, group, hours_ago, now, stored, them, user,
};
use crate::sync::snapshot::UnclearState;

/// Anna is in the group BI on both sides.
fn anna(policy: DisabledAccounts, anna: User, account: StoredAccount) -> Scenario {
    given([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["anna"])])
        .users([anna])
        .accounts([account])
        .policy(|all| all.disabled_accounts = policy)
}

/// Anna is in the group BI in the directory and has no account.
fn new(policy: DisabledAccounts, anna: User) -> Scenario {
    let scenario = given([group("BI").with(["anna"])], [stored("BI").of("BI")]);
    scenario.users([anna]).policy(|all| all.disabled_accounts = policy)
}

/// Rule `disabled-account`.
#[test]
fn a_disabled_user_is_no_member_a_member_or_an_inactive_one() {
    let scenario = |policy| anna(policy, user("anna").disabled(), account("anna").of("anna"));
    check(&scenario(Exclude), ["BI: remove anna"], []);
    check(&scenario(Include), [], []);
    check(&scenario(Deactivate), ["link account anna: off by us", "deactivate account anna"], []);
}

#[test]
fn a_disabled_user_gets_no_new_account() {
    for policy in [Exclude, Deactivate] {
        check(&new(policy, user("anna").disabled()), [], []);
    }
}

#[test]
fn to_include_disabled_accounts_means_that_their_state_counts_for_nothing() {
    for state in [user("anna"), user("anna").disabled(), user("anna").hiding_its_state()] {
        check(&new(Include, state), ["create account anna", "BI: add anna"], []);
    }
    let off_by_us = anna(Include, user("anna").disabled(), account("anna").of("anna").inactive().marked());
    check(&off_by_us, ["link account anna: no longer off by us", "activate account anna"], []);
}

#[test]
fn an_account_is_activated_only_if_we_made_it_inactive() {
    let ours = anna(Deactivate, user("anna"), account("anna").of("anna").inactive().marked());
    check(&ours, ["link account anna: no longer off by us", "activate account anna"], []);
    check(&anna(Deactivate, user("anna"), account("anna").of("anna").inactive()), [], []);
}

#[test]
fn the_mark_goes_when_the_account_is_found_active() {
    let marked = || account("anna").of("anna").marked();
    check(&anna(Exclude, user("anna"), marked()), ["link account anna: no longer off by us"], []);
    check(&anna(Exclude, user("anna").hiding_its_state(), marked()), ["link account anna: no longer off by us"], []);
    let out_of_every_group = given([group("BI")], [stored("BI").of("BI")]).accounts([marked()]);
    check(&out_of_every_group, ["link account anna: no longer off by us"], []);
}

#[test]
fn an_account_that_an_administrator_activates_is_made_inactive_again_while_its_user_is_disabled() {
    let scenario = anna(Deactivate, user("anna").disabled(), account("anna").of("anna").marked());
    check(&scenario, ["deactivate account anna"], []);
}

#[test]
fn a_state_that_cannot_be_read_changes_nothing() {
    for policy in [Exclude, Deactivate] {
        let hidden = || user("anna").hiding_its_state();
        check(&anna(policy, hidden(), account("anna").of("anna")), [], []);
        check(&anna(policy, hidden(), account("anna").of("anna").inactive().marked()), [], []);
        check(&new(policy, hidden()), [], ["Unreadable: BI"]);
        check(&new(policy, hidden()).accounts([account("anna").of("anna")]), [], ["Unreadable: BI"]);
    }
}

#[test]
fn where_states_do_not_matter_a_hidden_one_keeps_nobody_out() {
    let hidden = || user("anna").hiding_its_state();
    check(&new(Include, hidden()).accounts([account("anna").of("anna")]), ["BI: add anna"], []);
}

#[test]
fn a_member_in_no_group_for_want_of_a_state_takes_no_account_from_another_sync() {
    let scenario =
        new(Exclude, user("anna").hiding_its_state()).accounts([account("anna").of("anna").owned_by(them())]);
    check(&scenario, [], ["Unreadable: BI"]);
}

#[test]
fn accounts_that_hold_the_names_of_a_user_without_one_keep_its_memberships() {
    let scenario = |policy| anna(policy, user("anna").disabled(), account("anna"));
    check(&scenario(Deactivate), [], []);
    check(&scenario(Exclude), ["BI: remove anna"], []);
}

#[test]
fn an_account_that_has_expired_is_disabled_from_that_moment_on() {
    let expiring = |at| user("anna").expiring(at);
    let linked = || account("anna").of("anna");
    check(&anna(Exclude, expiring(hours_ago(-1)), linked()), [], []);
    check(&anna(Exclude, expiring(now()), linked()), ["BI: remove anna"], []);
    check(
        &anna(Deactivate, expiring(hours_ago(1)), linked()),
        ["link account anna: off by us", "deactivate account anna"],
        [],
    );
    check(&new(Deactivate, expiring(hours_ago(1))), [], []);
}

#[test]
fn an_expired_account_is_disabled_whatever_else_can_be_read() {
    let expired = user("anna").hiding_its_state().expiring(hours_ago(1));
    check(&anna(Exclude, expired, account("anna").of("anna")), ["BI: remove anna"], []);
    check(&anna(Exclude, user("anna").hiding_its_state().expiring(hours_ago(-1)), account("anna").of("anna")), [], []);
}

#[test]
fn an_unclear_state_names_the_attribute_the_value_and_one_of_them() {
    let expires = |value: &str| UnclearState::Value {
        attribute: "accountExpires",
        value: value.into(),
        form: "a number of 100 ns since 1601",
    };
    let scenario = given([group("BI").with(["anna", "bert", "carl", "dora"])], [stored("BI").of("BI")]).users([
        user("carl").unclear(expires("soon")),
        user("bert").unclear(expires("\u{1b}[2K20200101000000.0Z")),
        user("anna").unclear(UnclearState::Hidden { attribute: "userAccountControl" }),
        user("dora"),
    ]);
    let planned = check(&scenario, ["create account dora", "BI: add dora"], ["Unreadable: BI", "Unreadable: BI"]);
    let messages: Vec<&str> = planned.problems.iter().map(|problem| &*problem.message).collect();
    let [hidden, unclear] = messages.as_slice() else { panic!("{messages:?}") };
    assert_eq!(
        *hidden,
        "group \"BI\": 1 member of CN=BI cannot be added because it cannot be read whether the directory account is disabled: grant the bind account read access to userAccountControl"
    );
    assert!(
        unclear.starts_with("group \"BI\": 2 members of CN=BI cannot be added because it is unknown whether their directory accounts are disabled: accountExpires of bert"),
        "{unclear}"
    );
    assert!(
        unclear.ends_with(" is `\\u{1b}[2K20200101000000.0Z` and must be a number of 100 ns since 1601"),
        "{unclear}"
    );
}
