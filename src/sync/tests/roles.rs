//! Rules `group-roles` and `kept-group`: what groups may do on their server.

use crate::sync::ability::GroupDeletion;
use crate::sync::policy::{AdoptAccounts, AdoptGroups, Policy};
use crate::sync::scenario::{Scenario, StoredGroup, check, given, group, hours_ago, role, selector, stored};
use crate::sync::snapshot::GroupSighting::Deleted;

const ROLES: [&str; 3] = ["Admin", "Gamma", "Sales"];

fn bi() -> StoredGroup {
    stored("BI").of("BI")
}

/// The directory group BI is on a server that has all roles.
fn giving<const N: usize, const S: usize>(roles: [&str; N], held: [StoredGroup; S]) -> Scenario {
    given([group("BI")], held).with_roles(ROLES).giving(roles)
}

/// Rule `group-roles`.
#[test]
fn a_group_gets_the_roles_that_its_item_names() {
    check(&giving(["Gamma", "Sales"], []), ["create group BI with Gamma and Sales"], []);
    check(&giving(["Gamma"], [bi()]), ["BI: give Gamma"], []);
    check(&giving(["Gamma"], [bi().having(["Gamma"]).given(["Gamma"])]), [], []);
}

#[test]
fn what_we_gave_is_taken_when_no_item_names_it_any_more() {
    let held = || bi().having(["Gamma", "Sales"]).given(["Gamma", "Sales"]);
    check(&giving(["Gamma"], [held()]), ["BI: take Sales"], []);
    check(&giving([], [held()]), ["BI: take Gamma and Sales"], []);
    check(&giving(["Admin"], [held()]), ["BI: give Admin take Gamma and Sales"], []);
    let withdrawn = giving(["Gamma", "Sales"], [held()]).policy(|policy| {
        let _ = policy.roles.grantable.remove("Sales");
    });
    check(&withdrawn, ["BI: take Sales"], ["RoleNotGranted: groups"]);
}

#[test]
fn a_role_of_a_person_stays_and_is_never_taken_for_ours() {
    let by_hand = || bi().having(["Gamma", "Sales"]);
    check(&giving([], [by_hand()]), [], []);
    check(&giving(["Gamma"], [by_hand()]), [], []);
    check(&giving([], [by_hand().given(["Sales"])]), ["BI: take Sales"], []);
}

#[test]
fn a_role_that_a_person_took_is_given_again_if_an_item_names_it_and_forgotten_if_not() {
    check(&giving(["Gamma"], [bi().given(["Gamma"])]), ["BI: give Gamma"], []);
    check(&giving([], [bi().given(["Gamma"])]), ["link group BI: gave"], []);
}

/// Servers give the ids of deleted roles to new ones.
#[test]
fn a_role_with_the_id_of_ours_and_another_name_is_not_ours() {
    let mut renamed = bi().given(["Gamma"]);
    renamed.roles = vec![crate::sync::role::Role { name: "Delta".into(), ..role("Gamma") }];
    check(&giving([], [renamed]), ["link group BI: gave"], []);
}

#[test]
fn items_that_select_the_same_group_add_their_roles() {
    let two = |policy: &mut Policy| {
        policy.selectors = vec![selector("names", true), selector("filter", false), selector("names", true)];
        for (selector, role) in policy.selectors.iter_mut().zip(ROLES) {
            selector.roles = [role.into()].into();
        }
    };
    let selected = given([group("BI").by([0, 1])], []).with_roles(ROLES).policy(two);
    check(&selected, ["create group BI with Admin and Gamma and Sales"], []);
    // What a `name` item once selected stays selected by it, with its roles.
    let renamed = given([group("BI").by([])], [bi().by("names")]).with_roles(ROLES).policy(two);
    check(&renamed, ["BI: give Admin and Sales"], ["NotFound: filter"]);
}

#[test]
fn a_role_that_cannot_be_given_stops_nothing_else() {
    let unknown = giving(["gamma", "Sales"], []).policy(|policy| {
        let _ = policy.roles.grantable.insert("gamma".into());
    });
    check(&unknown, ["create group BI with Sales"], ["RoleNotFound: groups"]);
    let refused = giving(["Gamma", "Sales"], []).policy(|policy| {
        let _ = policy.roles.grantable.remove("Gamma");
    });
    check(&refused, ["create group BI with Sales"], ["RoleNotGranted: groups"]);
    let without = giving(["Gamma"], []).policy(|policy| policy.abilities.group_roles = false);
    check(&without, ["create group BI"], ["RoleNotFound: groups"]);
}

#[test]
fn an_adopted_group_keeps_the_roles_of_people() {
    let scenario = giving(["Gamma", "Sales"], [stored("BI").having(["Admin", "Gamma"])]);
    let adopting = scenario.policy(|policy| {
        (policy.adopt_groups, policy.adopt_accounts) = (AdoptGroups::ByName, AdoptAccounts::ByUsername);
    });
    check(&adopting, ["link group BI: new", "BI: give Sales"], []);
}

#[test]
fn a_released_group_keeps_its_roles_and_they_are_ours_again_with_it() {
    let held = bi().having(["Gamma"]).given(["Gamma"]);
    let released = given([group("BI").excluded()], [held.clone()]).with_roles(ROLES).giving(["Gamma"]);
    check(&released, ["link group BI: released"], []);
    let again = giving([], [held.released()]).policy(|policy| policy.adopt_groups = AdoptGroups::ByName);
    check(&again, ["link group BI: ours", "BI: take Gamma"], []);
}

/// Rule `known-server`: a new server may be behind the one that showed why an item selects the group.
#[test]
fn a_new_server_takes_no_role() {
    let held = bi().having(["Gamma"]).given(["Gamma"]);
    let scenario = giving(["Sales"], [held]).known(hours_ago(9), []);
    check(&scenario, ["BI: give Sales"], []);
}

/// Rule `protection`.
#[test]
fn the_role_of_administrators_protects_unless_we_gave_it() {
    let administrating = |held: StoredGroup| {
        giving(["Admin"], [held]).policy(|policy| policy.protected.administrator_role = Some(role("Admin").id))
    };
    check(&administrating(bi().having(["Admin"]).holding(["anna"])), [], ["Protected: BI"]);
    let ours = bi().having(["Admin"]).given(["Admin"]).holding(["anna"]);
    check(&administrating(ours), ["BI: remove anna"], []);
}

/// BI was deleted in the directory.
fn without_bi(held: StoredGroup, deletion: GroupDeletion) -> Scenario {
    let scenario = given([group("ERP")], [stored("ERP").of("ERP"), held.holding(["anna"])]).located("BI", Deleted);
    scenario.with_roles(ROLES).policy(|policy| policy.abilities.group_deletion = deletion)
}

/// Rule `kept-group`.
#[test]
fn a_group_that_the_server_keeps_is_emptied_and_released() {
    let foreign = || bi().having(["Gamma", "Sales"]).given(["Gamma"]);
    check(&without_bi(foreign(), GroupDeletion::WithoutForeignRoles), ["empty group BI"], []);
    check(&without_bi(bi(), GroupDeletion::Never), ["empty group BI"], []);
    check(&without_bi(foreign(), GroupDeletion::Always), ["delete group BI"], []);
    let ours = bi().having(["Gamma"]).given(["Gamma"]);
    check(&without_bi(ours, GroupDeletion::WithoutForeignRoles), ["delete group BI"], []);
}

#[test]
fn the_name_of_a_group_that_the_server_keeps_stays_in_use() {
    let mut scenario = without_bi(bi(), GroupDeletion::Never);
    scenario.groups.push(group("new").named("BI"));
    check(&scenario, ["empty group BI"], ["GroupName: BI"]);
}

/// Rule `hold`: what takes the place of a deletion counts as one.
#[test]
fn emptying_a_group_that_the_server_keeps_has_the_limits_of_a_deletion() {
    let scenario = without_bi(bi(), GroupDeletion::Never).policy(|policy| {
        policy.limits.group_deletions.percent = 10;
        policy.limits.member_removals_per_group.percent = 10;
    });
    let planned = check(&scenario, [], []);
    let exceeded: Vec<String> = planned.reasons.iter().map(ToString::to_string).collect();
    assert_eq!(exceeded.len(), 1, "{exceeded:?}");
    assert!(exceeded[0].starts_with("1 of 2 groups would be deleted"), "{exceeded:?}");
}
