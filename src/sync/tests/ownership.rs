//! Rule `ownership`: a group belongs to its first owner.

use crate::sync::problem::ProblemKind;
use crate::sync::scenario::{check, given, group, stored, them};

/// Rule `ownership`.
#[test]
fn a_group_of_another_sync_is_listed_with_the_owner_to_name() {
    let scenario = given([group("BI").with(["anna"])], [stored("BI").of("BI").owned_by(them())]);
    let planned = check(&scenario, [], ["OwnedElsewhere: BI"]);
    let problem = &planned.problems[0];
    assert_eq!(problem.kind, ProblemKind::OwnedElsewhere);
    assert!(problem.message.contains("\"standalone/bi/others\" to spec.adoption.fromOwners"), "{}", problem.message);
    let counts = planned.counts(&scenario.found());
    assert_eq!((counts.groups.selected, counts.groups.invalid), (1, 1));
}

#[test]
fn the_groups_of_an_owner_that_is_gone_are_adopted() {
    let scenario = given([group("BI").with(["anna"])], [stored("BI").of("BI").owned_by(them()).holding(["bert"])])
        .policy(|policy| policy.released_owners.extend([them()]));
    check(&scenario, ["link group BI: ours", "create account anna", "BI: remove bert", "BI: add anna"], []);
}

/// Rule `ownership`.
#[test]
fn an_owner_that_exists_keeps_its_groups_even_if_it_is_named() {
    let scenario = given([group("BI").with(["anna"])], [stored("BI").of("BI").owned_by(them()).holding(["bert"])])
        .policy(|policy| {
            policy.released_owners.extend([them()]);
            policy.living_owners.extend([them()]);
        });
    let planned = check(&scenario, [], ["OwnedElsewhere: BI"]);
    let message = &planned.problems[0].message;
    assert!(message.contains("or delete the DirectoryGroupSync \"standalone/bi/others\""), "{message}");
    assert!(!message.contains("fromOwners"), "{message}");
}

#[test]
fn what_another_sync_keeps_is_neither_missing_nor_released_here() {
    check(&given([group("CRM")], [stored("CRM").of("CRM"), stored("BI").of("BI").owned_by(them())]), [], []);
}
