//! Rule `known-server`: what a server that is not known, or that was restored, may not remove.

use jiff::{SignedDuration, Timestamp};

use crate::sync::known::KnownServer;
use crate::sync::outcome::Planned;
use crate::sync::pairing::server::AddsOnly;
use crate::sync::policy::{DisabledAccounts, PruneAccounts};
use crate::sync::scenario::{Scenario, account, check, given, group, hours_ago, now, print, stored, user};
use crate::sync::snapshot::GroupSighting::{Deleted, Nowhere};

fn dc1(first_seen: Timestamp, position: Option<i64>) -> KnownServer {
    KnownServer { identity: "dc1".to_owned(), first_seen, position }
}

/// A leaver, a group that is found nowhere for long and one with a tombstone, an account to make inactive and one to
/// delete.
fn removals() -> Scenario {
    given(
        [group("BI").with(["anna", "dora", "eve"])],
        [
            stored("BI").of("BI").holding(["anna", "bert", "eve"]),
            stored("gone").of("gone").missing_since(hours_ago(9)),
            stored("dead").of("dead"),
        ],
    )
    .located("gone", Nowhere)
    .located("dead", Deleted)
    .users([user("eve").disabled()])
    .accounts([account("fred").of("fred").inactive().marked().unused_since(hours_ago(99))])
    .policy(|policy| {
        policy.disabled_accounts = DisabledAccounts::Deactivate;
        policy.prune_accounts = PruneAccounts::Delete;
    })
}

fn in_a_cluster(scenario: Scenario, servers: Vec<KnownServer>) -> Scenario {
    scenario.policy(|policy| policy.known_servers = Some(servers))
}

#[track_caller]
fn believed(scenario: &Scenario) -> Planned {
    let planned = scenario.plan().unwrap();
    assert_eq!(planned.adds_only, None);
    assert_eq!(planned.counts(&scenario.found()).members.removed, 1);
    planned
}

#[track_caller]
fn only_adds(scenario: &Scenario) -> AddsOnly {
    let mut planned = check(scenario, ["create account dora", "BI: add dora", "delete group dead"], ["Missing: gone"]);
    assert_eq!((planned.after.waiting, planned.after.members), (1, 4));
    planned.adds_only.take().unwrap()
}

/// Rule `known-server`.
#[test]
fn a_server_that_is_as_old_as_the_directory_is_believed() {
    believed(&removals());
    believed(&removals().known(hours_ago(99), [dc1(hours_ago(99), None)]));
    believed(&in_a_cluster(removals().known(hours_ago(99), []), vec![dc1(hours_ago(100), None)]));
}

#[test]
fn a_server_first_seen_later_only_adds_until_it_has_been_known_for_long_enough() {
    let first_seen = now() - SignedDuration::from_mins(58);
    let cluster = |since| in_a_cluster(removals().known(hours_ago(99), []), vec![dc1(since, None)]);
    let until = Some(first_seen + SignedDuration::from_hours(1));
    assert_eq!(only_adds(&cluster(first_seen)), AddsOnly::NewServer { identity: "dc1".to_owned(), until });
    believed(&cluster(hours_ago(1)));
    let unrecorded = in_a_cluster(removals().known(hours_ago(99), []), Vec::new());
    assert_eq!(only_adds(&unrecorded), AddsOnly::NewServer { identity: "dc1".to_owned(), until: None });
}

#[test]
fn without_a_cluster_the_store_remembers_a_server_that_is_new() {
    let new = removals().known(hours_ago(99), [KnownServer { identity: "dc2".to_owned(), ..dc1(hours_ago(99), None) }]);
    only_adds(&new);
    let remembered = new.plan().unwrap().plan.remember.unwrap();
    assert_eq!((remembered.first_seen, remembered.servers), (hours_ago(99), vec![dc1(now(), None)]));

    let quiet = given([group("BI")], [stored("BI").of("BI")]).known(hours_ago(99), []);
    assert_eq!(check(&quiet, [], []).plan.remember.unwrap().servers, [dc1(now(), None)]);
}

#[test]
fn a_server_that_went_back_only_adds() {
    let back = |scenario: Scenario, server| scenario.known(hours_ago(99), [server]).at_position(6);
    let went_back = AddsOnly::WentBack { identity: "dc1".to_owned(), recorded: 7, read: 6 };
    let standalone = back(removals(), dc1(hours_ago(99), Some(7)));
    assert_eq!(only_adds(&standalone), went_back);
    assert_eq!(standalone.plan().unwrap().plan.remember.unwrap().servers, [dc1(now(), Some(6))]);
    let cluster = in_a_cluster(removals().known(hours_ago(99), []), vec![dc1(hours_ago(99), Some(7))]).at_position(6);
    assert_eq!(only_adds(&cluster), went_back);
    believed(&back(removals(), dc1(hours_ago(99), Some(6))));
}

#[test]
fn a_directory_is_remembered_with_the_first_write_and_a_position_with_any() {
    let first = given([group("BI")], []);
    let remembered = check(&first, ["create group BI"], []).plan.remember.unwrap();
    assert_eq!((remembered.first_seen, remembered.servers), (now(), vec![dc1(now(), None)]));
    assert_eq!(given([], []).plan().unwrap().plan.remember, None, "nothing is of it yet");

    let position = |scenario: Scenario| scenario.known(hours_ago(9), [dc1(hours_ago(9), Some(1))]).at_position(2);
    let quiet = position(given([group("BI")], [stored("BI").of("BI")]));
    assert_eq!(check(&quiet, [], []).plan.remember, None);
    let moved = position(given([group("BI").named("CRM")], [stored("BI").of("BI")]));
    assert_eq!(moved.plan().unwrap().plan.remember.unwrap().servers, [dc1(hours_ago(9), Some(2))]);
    let cluster = in_a_cluster(given([group("BI")], []), Vec::new());
    let servers = cluster.plan().unwrap().plan.remember.unwrap().servers;
    assert_eq!(servers, [dc1(now(), None)], "a Directory that is made again does not remember them");
}

#[test]
fn a_directory_object_that_is_created_again_pauses_nothing() {
    let gone = || given([], [stored("BI").of("BI")]).located("BI", Deleted);
    let known = gone().known(hours_ago(9), [dc1(hours_ago(9), None)]);
    let removed = in_a_cluster(known, vec![dc1(now(), None)]).plan().unwrap();
    assert_eq!(removed.adds_only, None);
    let planned = in_a_cluster(gone().known(hours_ago(9), []), vec![dc1(now(), None)]).plan().unwrap();
    assert!(planned.adds_only.is_some(), "nothing knows the server but from now");
}

#[test]
fn a_server_that_may_be_late_begins_no_time_and_keeps_those_that_run() {
    let late = |scenario: Scenario| {
        let scenario = scenario.known(hours_ago(9), []);
        let planned = scenario.plan().unwrap();
        assert_eq!(print::changes(&planned.plan, &scenario.found()), [] as [&str; 0]);
        assert!(planned.adds_only.is_some());
    };
    late(given([group("CRM")], [stored("CRM").of("CRM"), stored("BI").of("BI")]).located("BI", Nowhere));
    let memberless = || stored("BI").of("BI").holding(["anna"]);
    late(given([group("BI").showing_no_members()], [memberless()]));
    late(given([group("BI").showing_no_members()], [memberless().empty_since(hours_ago(9))]));
}
