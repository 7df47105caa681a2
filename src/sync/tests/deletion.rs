//! Rules `deleted-group` and `missing-group`: what happens to a group that is not found.

use jiff::SignedDuration;

use crate::sync::found::GroupRef;
use crate::sync::hold::Reason;
use crate::sync::plan::Change;
use crate::sync::policy::{AdoptGroups, PruneGroups};
use crate::sync::proof::group::Evidence;
use crate::sync::scenario::{Scenario, StoredGroup, check, given, group, hours_ago, now, stored, user};
use crate::sync::snapshot::GroupSighting::{Deleted, Nowhere, Unreadable};

/// A run that shows the group ERP and not BI.
fn without_bi(bi: StoredGroup) -> Scenario {
    given([group("ERP")], [stored("ERP").of("ERP"), bi.holding(["anna"])])
}

/// Rule `deleted-group`.
#[test]
fn a_tombstone_deletes() {
    let planned = check(&without_bi(stored("BI").of("BI")).located("BI", Deleted), ["delete group BI"], []);
    assert_eq!(planned.after.missing, 0);
}

#[test]
fn absence_from_a_file_deletes() {
    let scenario = without_bi(stored("BI").of("BI")).in_a_file();
    check(&scenario.clone().located("BI", Deleted), ["delete group BI"], []);
    // Linked by another run since this one looked.
    check(&scenario, [], ["Missing: BI"]);
}

/// Rules `error-is-never-absence` and `missing-group`.
#[test]
fn to_be_found_nowhere_proves_nothing() {
    let scenario = without_bi(stored("BI").of("BI"));
    let planned = check(&scenario.clone().located("BI", Nowhere), ["link group BI: missing"], ["Missing: BI"]);
    assert_eq!((planned.after.missing, planned.after.groups), (1, 1));
    // No read looked for it, so it is not missing yet.
    check(&scenario, [], ["Missing: BI"]);
}

#[test]
fn a_group_goes_missing_once_and_counts_as_deleted_when_a_later_read_still_misses_it() {
    let missing = |minutes| {
        let since = now() - SignedDuration::from_mins(minutes);
        without_bi(stored("BI").of("BI").missing_since(since)).located("BI", Nowhere)
    };
    check(&missing(58), [], ["Missing: BI"]);
    let planned = check(&missing(60), ["delete group BI"], []);
    let since = now() - SignedDuration::from_mins(60);
    assert_eq!(planned.evidence.into_values().collect::<Vec<_>>(), [Evidence::MissingSince(since)]);
    // Not looked up, as by the second plan of a run: no proof.
    check(&without_bi(stored("BI").of("BI").missing_since(hours_ago(9))), [], ["Missing: BI"]);
}

#[test]
fn confirm_after_zero_believes_at_once() {
    let scenario = without_bi(stored("BI").of("BI")).located("BI", Nowhere);
    check(&scenario.policy(|policy| policy.confirm_after = SignedDuration::ZERO), ["delete group BI"], []);
}

#[test]
fn without_another_entry_of_its_parent_a_missing_group_waits_for_an_approval() {
    let alone = || without_bi(stored("BI").of("BI").below("hidden").missing_since(hours_ago(2))).located("BI", Nowhere);
    let planned = check(&alone(), [], ["Missing: BI"]);
    let hold = planned.hold.unwrap();
    assert!(
        matches!(&planned.reasons[..], [Reason::Unproven { group, since }] if group == "BI" && *since == hours_ago(2))
    );
    assert_eq!(hold.changes.changes, [Change::DeleteGroup { group: GroupRef(1) }]);

    let approved = alone().policy(|policy| policy.approval.hash = Some(hold.approval.hash));
    let planned = check(&approved, ["delete group BI"], []);
    assert_eq!(planned.evidence.into_values().collect::<Vec<_>>(), [Evidence::Approved]);
    let member = alone().users([user("anna").below("hidden")]);
    check(&member, ["delete group BI"], []);
    let adopted = without_bi(stored("BI").of("BI").adopted().below("hidden").missing_since(hours_ago(2)));
    assert_eq!(check(&adopted.located("BI", Nowhere), [], ["Missing: BI"]).hold, None, "nothing would be deleted");
}

#[test]
fn a_group_that_cannot_be_read_stays_and_is_not_missing() {
    check(&without_bi(stored("BI").of("BI")).located("BI", Unreadable), [], ["Unreadable: BI"]);
    let scenario = without_bi(stored("BI").of("BI").missing_since(hours_ago(1))).located("BI", Unreadable);
    check(&scenario, ["link group BI: no longer missing"], ["Unreadable: BI"]);
}

#[test]
fn a_group_that_is_seen_again_is_no_longer_missing() {
    let scenario = given([group("BI")], [stored("BI").of("BI").missing_since(hours_ago(1))]);
    check(&scenario, ["link group BI: no longer missing"], []);
}

#[test]
fn an_adopted_group_is_released_not_deleted() {
    check(&without_bi(stored("BI").of("BI").adopted()).located("BI", Deleted), ["link group BI: released"], []);
}

#[test]
fn prune_groups_retain_releases() {
    let scenario = without_bi(stored("BI").of("BI").missing_since(hours_ago(1))).located("BI", Deleted);
    let scenario = scenario.policy(|policy| policy.prune_groups = PruneGroups::Retain);
    check(&scenario, ["link group BI: released, no longer missing"], []);
}

#[test]
fn a_new_id_under_an_old_name_is_a_new_group_once_the_old_one_is_proven_deleted() {
    let scenario = given([group("new").named("BI").with(["anna"])], [stored("BI").of("old").holding(["bert"])]);
    check(&scenario.clone().located("old", Nowhere), ["link group BI: missing"], ["GroupName: BI", "Missing: BI"]);
    check(
        &scenario.clone().located("old", Deleted),
        ["delete group BI", "create group BI", "create account anna", "BI: add anna"],
        [],
    );
    let by_name = scenario.located("old", Deleted).policy(|policy| policy.adopt_groups = AdoptGroups::ByName);
    check(&by_name, ["link group BI: another, moved", "create account anna", "BI: remove bert", "BI: add anna"], []);
}

/// Rule `plan-order`.
#[test]
fn a_deletion_that_frees_no_name_comes_last() {
    let scenario =
        given([group("CRM").with(["anna"])], [stored("BI").of("BI").holding(["anna"])]).located("BI", Deleted);
    check(&scenario, ["create group CRM", "CRM: add anna", "delete group BI"], []);
}
