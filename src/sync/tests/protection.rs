//! Rule `protection`: what belongs to the server's administrators.

use crate::sync::policy::{AdoptAccounts, AdoptGroups, DisabledAccounts, Policy};
use crate::sync::scenario::{Scenario, account, check, given, group, hours_ago, stored, user};
use crate::sync::snapshot::GroupSighting::Deleted;

fn protecting(scenario: Scenario, change: impl FnOnce(&mut Policy)) -> Scenario {
    scenario.policy(|policy| {
        policy.protected.groups.insert("admins".to_owned());
        change(policy);
    })
}

/// Rule `protection`.
#[test]
fn a_protected_group_is_not_created_adopted_or_renamed_to() {
    let created = given([group("Admins")], []);
    check(&protecting(created, |_| ()), [], ["Protected: Admins"]);
    let adopted = given([group("Admins")], [stored("Admins")]);
    check(&protecting(adopted, |policy| policy.adopt_groups = AdoptGroups::ByName), [], ["Protected: Admins"]);
    let renamed = given([group("BI").named("ADMINS").with(["anna"])], [stored("BI").of("BI")]);
    check(&protecting(renamed, |_| ()), ["create account anna", "BI: add anna"], ["Protected: ADMINS"]);
}

#[test]
fn a_linked_group_that_is_protected_is_left_alone() {
    let by_name =
        given([group("Admins").with(["anna"]).described("x")], [stored("Admins").of("Admins").holding(["bert"])]);
    check(&protecting(by_name, |_| ()), [], ["Protected: Admins"]);
    let by_id = given([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["bert"])]);
    check(&protecting(by_id, |policy| policy.protected.administrators.extend([1.into()])), [], ["Protected: BI"]);
    let gone = given([group("BI")], [stored("Admins").of("Admins"), stored("BI").of("BI")]).located("Admins", Deleted);
    check(&protecting(gone, |_| ()), ["link group Admins: released"], []);
}

/// Rule `protection`: a group that the server keeps in step with a directory of its own.
#[test]
fn a_group_of_another_directory_is_left_alone_and_makes_nobody_an_administrator() {
    let foreign = |scenario: Scenario| scenario.policy(|policy| policy.protected.foreign_groups.extend([1.into()]));
    let adopted = given([group("BI").with(["anna"])], [stored("BI").holding(["bert"])]);
    check(&foreign(adopted.policy(|policy| policy.adopt_groups = AdoptGroups::ByName)), [], ["GroupName: BI"]);
    let ours = given([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["bert"])]);
    check(&foreign(ours), [], ["Protected: BI"]);
    let renamed = given([group("CRM").with(["anna"])], [stored("Azure").holding(["anna"]), stored("CRM").of("CRM")])
        .users([user("anna").saying(|anna| anna.phone = crate::sync::scenario::text("1")).email("new@x")]);
    check(
        &foreign(renamed),
        ["set account anna: email new@x phone 1", "link account anna: at new@x", "CRM: add anna"],
        [],
    );
}

/// Anna administrates the server.
fn with_an_administrator(scenario: Scenario) -> Scenario {
    let mut scenario = protecting(scenario, |_| ());
    scenario.stored.push(stored("Admins").holding(["anna"]));
    scenario
}

#[test]
fn a_protected_account_is_not_renamed_but_its_memberships_follow() {
    let scenario = given(
        [group("BI"), group("CRM").with(["anna"])],
        [stored("BI").of("BI").holding(["anna"]), stored("CRM").of("CRM")],
    )
    .users([user("anna").username("root").email("r@x").saying(|anna| anna.phone = crate::sync::scenario::text("1"))]);
    check(
        &with_an_administrator(scenario),
        ["set account anna: phone 1", "BI: remove anna", "CRM: add anna"],
        ["Protected", "Protected"],
    );
}

#[test]
fn the_name_of_a_protected_account_does_not_come_free() {
    let scenario = given([group("BI").with(["anna", "new"])], [stored("BI").of("BI").holding(["anna"])])
        .users([user("anna").username("root"), user("new").username("anna")]);
    check(&with_an_administrator(scenario), [], ["Username: anna", "Protected"]);
}

#[test]
fn nobody_takes_a_protected_username() {
    let protecting =
        |scenario: Scenario| scenario.policy(|policy| policy.protected.accounts.extend(["root".to_owned()]));
    let renamed = given([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["anna"])]);
    check(&protecting(renamed).users([user("anna").username("Root")]), [], ["Protected"]);
    let new = given([group("BI").with(["root"])], [stored("BI").of("BI")]);
    check(&protecting(new), [], ["Protected"]);
}

#[test]
fn a_protected_account_is_not_adopted() {
    let scenario = given([group("BI").with(["anna"])], [stored("BI").of("BI")]).accounts([account("anna")]);
    let scenario = scenario.policy(|policy| policy.adopt_accounts = AdoptAccounts::ByUsername);
    check(&with_an_administrator(scenario.clone()), [], ["Username: anna", "Email: anna@example.org"]);
    let named = scenario.policy(|policy| policy.protected.accounts.extend(["anna".to_owned()]));
    check(&named, [], ["Username: anna", "Email: anna@example.org"]);
}

#[test]
fn a_protected_account_is_not_made_inactive_or_deleted() {
    let disabled = given([group("BI").with(["anna"])], [stored("BI").of("BI").holding(["anna"])])
        .users([user("anna").disabled()])
        .policy(|policy| policy.disabled_accounts = DisabledAccounts::Deactivate);
    check(&with_an_administrator(disabled), [], []);
    let unused = given([group("BI")], [stored("BI").of("BI")])
        .accounts([account("anna").of("anna").inactive().marked().unused_since(hours_ago(99))])
        .policy(|policy| {
            policy.prune_accounts = crate::sync::policy::PruneAccounts::Delete;
            policy.protected.accounts.insert("anna".to_owned());
        });
    check(&unused, ["link account anna: no longer unused"], []);
}
