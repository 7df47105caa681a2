//! Rule `same-directory`: links of another directory stop a run until an administrator approves that they are released.

use crate::sync::pairing::server::AddsOnly;
use crate::sync::planning::Stop;
use crate::sync::policy::{AdoptAccounts, AdoptGroups, HeldObject};
use crate::sync::scenario::{
    Scenario, account, directory_id, elsewhere_id, given, group, hours_ago, now, print, stored, them,
};
use crate::sync::snapshot::GroupSighting;

/// A group and a member that are linked to another directory, which this one has too.
fn moved() -> Scenario {
    let bi = stored("BI").of("old").of_directory(elsewhere_id()).holding(["anna", "bert"]);
    given([group("BI").with(["anna"])], [bi]).accounts([
        account("anna").of("old").of_directory(elsewhere_id()),
        account("bert").of("older").of_directory(elsewhere_id()),
    ])
}

fn hash(scenario: &Scenario) -> String {
    match scenario.plan() {
        Err(Stop::DirectoryChanged { pinned, read, linked: 1, approval, .. }) => {
            assert_eq!((pinned, read), (elsewhere_id(), directory_id()));
            approval.hash
        }
        other => panic!("{other:?}"),
    }
}

/// Rule `same-directory`.
#[test]
fn links_of_another_directory_stop_the_run() {
    hash(&moved());
    let bi = || stored("BI").of("BI").of_directory(elsewhere_id());
    assert!(given([group("BI")], [bi().owned_by(them())]).plan().is_ok());
    assert!(given([group("BI")], [bi().released()]).plan().is_ok());
}

#[test]
fn an_approval_releases_them_and_that_run_only_adds() {
    let approved = moved().policy(|policy| policy.approval.hash = Some(hash(&moved())));
    let planned = approved.plan().unwrap();
    assert_eq!(planned.adds_only, Some(AddsOnly::DirectoryChanged));
    assert_eq!(
        print::changes(&planned.plan, &approved.found()),
        ["link group BI: released", "link account anna: released", "link account bert: released"]
    );
    assert_eq!(print::complaints(&planned), ["GroupName: BI"]);
}

#[test]
fn the_run_that_releases_deletes_nothing_whatever_is_proven() {
    let mixed = |file: bool| {
        let mut scenario = moved().located("CRM", GroupSighting::Deleted);
        scenario.stored.push(stored("CRM").of("CRM"));
        let scenario = if file { scenario.in_a_file() } else { scenario };
        scenario.clone().policy(|policy| policy.approval.hash = Some(hash(&scenario)))
    };
    for scenario in [mixed(false), mixed(true)] {
        let planned = scenario.plan().unwrap();
        assert_eq!(planned.adds_only, Some(AddsOnly::DirectoryChanged));
        assert_eq!(
            print::changes(&planned.plan, &scenario.found()),
            ["link group BI: released", "link account anna: released", "link account bert: released"]
        );
    }
}

#[test]
fn what_was_released_may_be_adopted_at_once_and_loses_nobody() {
    let approved = moved().policy(|policy| {
        policy.approval.hash = Some(hash(&moved()));
        (policy.adopt_groups, policy.adopt_accounts) = (AdoptGroups::ByName, AdoptAccounts::ByUsername);
    });
    let planned = approved.plan().unwrap();
    assert_eq!(
        print::changes(&planned.plan, &approved.found()),
        [
            "link group BI: another, adopted, moved",
            "link account anna: another, adopted, moved",
            "link account bert: released"
        ]
    );
    assert_eq!(planned.after.waiting, 1);
}

#[test]
fn an_approval_fits_one_change_of_one_object_at_one_time() {
    let at = |uid: &str, since| {
        let object = HeldObject { uid: uid.to_owned(), since };
        hash(&moved().policy(|policy| policy.approval.object = Some(object)))
    };
    let first = at("a", Some(hours_ago(1)));
    assert_eq!(first, at("a", Some(hours_ago(1))));
    assert_ne!(first, at("b", Some(hours_ago(1))));
    assert_ne!(first, at("a", None));
    assert_eq!(at("a", None), at("a", Some(now())));
    let preview = moved().policy(|policy| {
        policy.preview = true;
        policy.approval.hash = Some(hash(&moved()));
    });
    assert!(preview.plan().is_err(), "an approval is ignored in a preview");
}
