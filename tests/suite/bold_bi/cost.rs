//! What a run costs, in requests.

use super::program::{Program, Team, team};
use super::{Bold, started};
use crate::harness::environment;

const GROUPS: usize = 200;

/// A list of so many objects, twice if it has several pages; and the page behind a last one that is as long as others.
const fn list(objects: usize, longest_of_all: bool) -> usize {
    let pages = objects.div_ceil(100);
    let behind = if longest_of_all || objects.is_multiple_of(100) { 1 } else { 0 };
    if pages > 1 { 2 * (pages + behind) } else { pages + behind }
}

fn count(bold: &Bold, method: &str) -> usize {
    let calls = bold.proxy.calls().into_iter().filter(|call| !call.ends_with("/token"));
    calls.filter(|call| call.starts_with(method)).count()
}

/// One page each: the members of a group.
fn lists_of_members(bold: &Bold) -> usize {
    bold.proxy
        .calls()
        .iter()
        .filter(|call| call.starts_with("GET") && call.contains("/groups/") && call.ends_with("/users"))
        .count()
}

#[test]
fn a_run_costs_what_its_page_says() {
    let bold = started("cost");
    let program = Program::of(&bold);
    // More than these take minutes: each account is three requests of its own.
    let accounts: usize =
        environment::variable("DIRECTORY_GROUP_SYNC_USERS").map_or(1_000, |users| users.parse().unwrap());
    let members = accounts / GROUPS;
    let names: &'static [String] = Vec::leak((0..accounts).map(|number| format!("user{number:04}")).collect());
    let people: Vec<_> = names.iter().map(|name| super::program::person(name)).collect();
    let mut teams: Vec<Team> = (0..GROUPS)
        .map(|group| {
            let members: Vec<&str> = names.iter().skip(group * members).take(members).map(String::as_str).collect();
            team(&format!("Team {group:03}"), &members)
        })
        .collect();
    program.have(&people, &teams);
    bold.proxy.forget();
    let status = program.run();
    assert_eq!(status["lastRun"]["result"], "Synced", "{status:#}");
    // A group: created, its members written, its description. An account: created, and its contact number.
    assert_eq!(count(&bold, "POST"), GROUPS + GROUPS + accounts, "{:?}", status["lastRun"]);
    assert_eq!(count(&bold, "PUT"), GROUPS + accounts);
    // Each group is read before its members are written, and each account before its contact number.
    let ones = count(&bold, "GET") - (GROUPS + accounts);
    assert!(ones < 20, "the rest is what two reads of a small site take: {ones}");

    bold.proxy.forget();
    let status = program.run();
    assert_eq!(status["lastRun"]["result"], "Synced", "{status:#}");
    assert_eq!((count(&bold, "POST"), count(&bold, "PUT"), count(&bold, "DELETE")), (0, 0, 0));
    assert_eq!(lists_of_members(&bold), GROUPS + 1, "one for each group");
    // The version, the groups for the probe, ourselves; then accounts and groups.
    let groups = list(GROUPS + 1, false);
    let unchanged = 1 + groups + 1 + list(accounts + 2, false) + groups + GROUPS + 1;
    assert_eq!(count(&bold, "GET"), unchanged, "{:?}", bold.proxy.calls());

    teams[0].members.remove(0);
    program.have(&people, &teams);
    bold.proxy.forget();
    let status = program.run();
    assert_eq!(status["lastRun"]["members"]["removed"], 1, "{status:#}");
    assert_eq!((count(&bold, "POST"), count(&bold, "PUT"), count(&bold, "DELETE")), (0, 0, 1));
    let read = list(accounts + 2, false) + groups + GROUPS + 1;
    assert_eq!(count(&bold, "GET"), unchanged + read + 1, "everything again before it writes, and the group");
}
