//! What a run costs, in requests.

use std::collections::BTreeMap;

use serde_json::Value;

use super::program::Program;
use super::{Superset, started};
use crate::harness::environment;
use crate::harness::http_faults::Request;

/// The requests that a list of so many objects takes: a page for each hundred, with one that is not full at the end.
const fn list(objects: usize) -> usize {
    objects / 100 + 1
}

/// Who and what the server is: ourselves, which server, its version, the roles, the administrators, the rights on both
/// lists.
const PROBE: usize = 7;

/// How many requests of each kind, by their method and by what they are about, such as `PUT groups`.
fn requests(superset: &Superset) -> BTreeMap<String, usize> {
    let mut requests = BTreeMap::new();
    for exchange in superset.proxy.exchanges() {
        let Request { method, path, .. } = exchange.request;
        let of = path.trim_start_matches("/api/v1/security/").split('/').next().unwrap_or_default().to_owned();
        *requests.entry(format!("{method} {of}")).or_default() += 1;
    }
    superset.proxy.forget();
    requests
}

fn count(requests: &BTreeMap<String, usize>, method: &str) -> usize {
    requests.iter().filter(|(kind, _)| kind.starts_with(method)).map(|(_, count)| count).sum()
}

const GROUPS: usize = 200;

/// A first import, a run without a change, and one changed member.
#[test]
fn a_run_costs_what_its_page_says() {
    // More than these take minutes: each account is a request of its own.
    let users: usize =
        environment::variable("DIRECTORY_GROUP_SYNC_USERS").map_or(1_000, |users| users.parse().unwrap());
    let usernames: Vec<String> = (0..users).map(|number| format!("u{number:05}")).collect();
    let names: Vec<String> = (0..GROUPS).map(|number| format!("g{number:03}")).collect();
    let members = |group: usize| {
        let is_in = |user: &usize| user % GROUPS == group || (user / 7) % GROUPS == group;
        (0..users).filter(is_in).map(|user| usernames[user].as_str()).collect::<Vec<&str>>()
    };
    let mut directory: Vec<(&str, Vec<&str>)> =
        (0..GROUPS).map(|group| (names[group].as_str(), members(group))).collect();
    let superset = started("cost");
    let program = Program::of(&superset, &[]);
    let have = |directory: &[(&str, Vec<&str>)]| {
        program.have(&directory.iter().map(|(name, members)| (*name, &members[..])).collect::<Vec<_>>());
    };
    let result = |status: &Value| status["lastRun"]["result"].clone();

    have(&directory);
    superset.proxy.forget();
    let status = program.status(&["--new-links"]);
    assert_eq!(result(&status), "Synced", "{status:#}");
    let first = requests(&superset);
    assert_eq!((first["POST groups"], first["POST users"], first["PUT groups"]), (GROUPS, users, GROUPS), "{first:?}");
    assert_eq!(count(&first, "POST") + count(&first, "PUT"), 1 + GROUPS + users + GROUPS, "and a sign-in: {first:?}");
    // The account of an administrator and our own are there. Members are read again just before they are written.
    assert_eq!(count(&first, "GET"), PROBE + 2 * (list(2) + list(0)) + GROUPS, "{first:?}");

    let status = program.status(&[]);
    assert_eq!(result(&status), "Synced", "{status:#}");
    let unchanged = requests(&superset);
    let lists = list(users + 2) + list(GROUPS);
    assert_eq!((count(&unchanged, "GET"), count(&unchanged, "")), (PROBE + lists, 1 + PROBE + lists), "{unchanged:?}");

    let (_, members) = directory.last_mut().unwrap();
    members.remove(0);
    have(&directory);
    let status = program.status(&[]);
    assert_eq!(result(&status), "Synced", "{status:#}");
    let changed = requests(&superset);
    assert_eq!((changed["PUT groups"], count(&changed, "PUT"), count(&changed, "POST")), (1, 1, 1), "{changed:?}");
    assert_eq!(count(&changed, "GET"), PROBE + 2 * lists + 1, "the lists and the group are read again: {changed:?}");
}
