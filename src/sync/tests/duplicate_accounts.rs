//! Rule `duplicate-account`: usernames and e-mails that two users need.

use crate::sync::policy::AdoptAccounts;
use crate::sync::scenario::{Scenario, StoredAccount, account, check, elsewhere_id, given, group, stored, them, user};

/// Anna is a member in the directory; the store's group is empty.
fn anna_joins(account: StoredAccount) -> Scenario {
    given([group("BI").with(["anna"])], [stored("BI").of("BI")]).accounts([account])
}

fn adopting(scenario: Scenario, by: AdoptAccounts) -> Scenario {
    scenario.policy(|policy| policy.adopt_accounts = by)
}

/// Rule `duplicate-account`.
#[test]
fn a_member_whose_name_a_local_account_uses_is_not_synchronized() {
    let planned = check(&anna_joins(account("anna").email("other@x")), [], ["Username: anna"]);
    assert_eq!(planned.duplicates[0].conflicts_with, "the local account \"anna\"");
    check(&anna_joins(account("bert").email("ANNA@example.org")), [], ["Email: anna@example.org"]);
    check(&anna_joins(account("anna")), [], ["Username: anna", "Email: anna@example.org"]);
}

#[test]
fn a_conflicting_account_keeps_the_memberships_that_the_member_would_have() {
    let scenario = given(
        [group("BI").with(["anna"]), group("CRM")],
        [stored("BI").of("BI").holding(["anna", "bert"]), stored("CRM").of("CRM").holding(["anna"])],
    )
    .accounts([account("anna"), account("bert")]);
    check(&scenario, ["BI: remove bert", "CRM: remove anna"], ["Username: anna", "Email: anna@example.org"]);
}

#[test]
fn an_account_that_is_known_to_be_somebody_elses_keeps_nothing() {
    let scenario = given([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["bert"])])
        .users([user("anna").username("bert"), user("bert")]);
    check(&scenario, ["BI: remove bert"], ["Username: bert"]);
}

#[test]
fn a_new_user_never_inherits_the_account_of_a_former_one() {
    for by in [AdoptAccounts::Never, AdoptAccounts::ByUsername] {
        let scenario = adopting(anna_joins(account("anna").of("former").email("f@x")), by);
        check(&scenario, [], ["Username of a former user: anna", "HeldByFormerUser"]);
    }
}

#[test]
fn two_new_users_with_one_name_both_wait() {
    let scenario = given([group("BI").with(["anna", "bert", "carl"])], [stored("BI").of("BI")])
        .users([user("anna").email("team@x"), user("bert").email("TEAM@x")]);
    check(&scenario, ["create account carl", "BI: add carl"], ["Email: TEAM@x", "Email: team@x"]);
}

#[test]
fn the_holder_of_a_name_keeps_it_against_a_new_user() {
    let scenario = given([group("BI").with(["anna", "bert"])], [stored("BI").of("BI").holding(["anna"])])
        .users([user("bert").username("Anna")]);
    check(&scenario, [], ["Username: Anna"]);
}

#[test]
fn a_linked_member_whose_new_name_is_in_use_keeps_its_last_and_follows_otherwise() {
    let scenario = given([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["anna"])])
        .users([user("anna").username("bert").email("a@x")])
        .accounts([account("anna").of("anna"), account("bert")]);
    check(&scenario, ["set account anna: email a@x", "link account anna: at a@x"], ["Username: bert"]);
}

#[test]
fn a_second_holder_in_the_store_changes_nothing() {
    let scenario = given([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["anna"])])
        .users([user("anna").username("Anna")])
        .accounts([account("anna").of("anna"), account("second").username("anna").email("anna@example.org")]);
    check(&scenario, ["set account anna: username Anna", "link account anna: as Anna"], []);
}

#[test]
fn adoption_links_the_one_free_account() {
    let local = || account("Anna").email("old@x");
    check(&adopting(anna_joins(local()), AdoptAccounts::Never), [], ["Username: anna"]);
    check(
        &adopting(anna_joins(local()), AdoptAccounts::ByUsername),
        ["set account Anna: username anna email anna@example.org", "link account Anna: new", "BI: add Anna"],
        [],
    );
    check(
        &adopting(anna_joins(account("other").email("Anna@example.org")), AdoptAccounts::ByEmail),
        ["set account other: username anna email anna@example.org", "link account other: new", "BI: add other"],
        [],
    );
    let released_with_its_directory = account("anna").of("old").released().of_directory(elsewhere_id());
    check(
        &adopting(anna_joins(released_with_its_directory), AdoptAccounts::ByUsername),
        ["link account anna: another, ours, adopted, moved", "BI: add anna"],
        [],
    );
}

/// Rule `adoption-by-email`.
#[test]
fn accounts_that_are_adopted_by_email_are_known_as_such() {
    for (by, expected) in [(AdoptAccounts::ByEmail, true), (AdoptAccounts::ByUsername, false)] {
        let scenario = adopting(anna_joins(account("anna")), by);
        let planned = scenario.plan().unwrap();
        assert_eq!(!planned.adopted_by_email.is_empty(), expected);
        assert_eq!(planned.counts(&scenario.found()).links.adopted_accounts, 1);
    }
    let renamed = adopting(anna_joins(account("boss").email("anna@example.org")), AdoptAccounts::ByEmail);
    let planned = renamed.plan().unwrap();
    let counts = planned.counts(&renamed.found());
    assert_eq!((counts.links.adopted_accounts, counts.accounts.updated, counts.accounts.renamed), (1, 1, 1));
}

#[test]
fn adoption_leaves_an_account_that_is_not_free() {
    for taken in [account("anna").of("bert").owned_by(them()), account("anna").of("bert").released()] {
        let scenario = adopting(anna_joins(taken.email("b@x")), AdoptAccounts::ByUsername)
            .users([user("bert").username("b").email("z@x")]);
        check(&scenario, [], ["Username: anna"]);
    }
}

#[test]
fn adoption_needs_one_match_whose_other_key_is_free_or_its_own() {
    let two = adopting(anna_joins(account("anna").email("x@x")), AdoptAccounts::ByUsername)
        .accounts([account("ANNA").email("y@x")]);
    check(&two, [], ["Username: anna"]);
    let other_key_taken = adopting(anna_joins(account("anna").email("x@x")), AdoptAccounts::ByUsername)
        .accounts([account("bert").email("anna@example.org")]);
    check(&other_key_taken, [], ["Username: anna", "Email: anna@example.org"]);
}

#[test]
fn adoption_counts_a_name_that_comes_free_in_the_same_plan_as_free() {
    let scenario = given([group("BI").with(["anna", "bert"])], [stored("BI").of("BI").holding(["bert"])])
        .users([user("bert").email("new@x")])
        .accounts([account("anna").email("x@x"), account("bert").of("bert").email("anna@example.org")]);
    let planned = adopting(scenario.clone(), AdoptAccounts::ByUsername).plan().unwrap();
    assert_eq!(planned.duplicates, []);
    check(
        &adopting(scenario, AdoptAccounts::ByUsername),
        [
            "park account bert as renaming-2",
            "set account anna: email anna@example.org",
            "set account bert: username bert email new@x",
            "link account anna: new",
            "link account bert: at new@x",
            "BI: add anna",
        ],
        [],
    );
}

#[test]
fn adoption_leaves_an_account_that_another_user_of_the_read_claims_too() {
    let member = adopting(anna_joins(account("anna").email("x@x")), AdoptAccounts::ByUsername);
    let stranger = member.clone().users([user("cousin").username("Anna")]);
    check(&stranger, [], ["Username: anna"]);
    let by_email = adopting(anna_joins(account("local").email("team@x")), AdoptAccounts::ByEmail)
        .users([user("anna").email("team@x"), user("bert").email("team@x")]);
    check(&by_email, [], ["Email: team@x"]);
}
