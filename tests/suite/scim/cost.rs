//! What a run costs, in requests.

use serde_json::Value;

use super::program::{Program, result};
use super::{Scim, started};
use crate::harness::environment;
use crate::harness::scim_servers::Kind;

const GROUPS: usize = 200;
const PAGE: usize = 100;

/// The requests that a list of so many resources takes: each further page begins with the last resource of the page before
/// it, and one more shows the end.
const fn list(resources: usize) -> usize {
    match resources {
        0 => 1,
        1..=PAGE => 2,
        _ => 2 + (resources - PAGE).div_ceil(PAGE - 1),
    }
}

const fn read(users: usize) -> usize {
    list(users) + list(GROUPS)
}

const PROBE: usize = 2;

fn count(scim: &Scim, method: &str) -> usize {
    scim.proxy.calls().iter().filter(|call| call.starts_with(method)).count()
}

/// A first import, a run without a change, and one changed member.
#[test]
fn a_run_costs_what_its_page_says() {
    let users: usize =
        environment::variable("DIRECTORY_GROUP_SYNC_USERS").map_or(1_000, |users| users.parse().unwrap());
    let usernames: Vec<String> = (0..users).map(|number| format!("u{number:05}")).collect();
    let names: Vec<String> = (0..GROUPS).map(|number| format!("g{number:03}")).collect();
    let members = |group: usize| (0..users).filter(move |user| user % GROUPS == group);
    let mut directory: Vec<(&str, Vec<&str>)> = (0..GROUPS)
        .map(|group| (&*names[group], members(group).map(|user| &*usernames[user]).collect::<Vec<_>>()))
        .collect();
    let scim = started(Kind::Elimity);
    let program = Program::into_scim(&scim, &[]);
    let have = |directory: &[(&str, Vec<&str>)]| {
        program.have(&directory.iter().map(|(name, members)| (*name, &members[..])).collect::<Vec<_>>());
    };
    have(&directory);
    scim.proxy.forget();
    let status: Value = program.status(&["--new-links"]);
    assert_eq!(result(&status), "Synced", "{status:#}");
    // A group: created, and its members added. An account: created.
    assert_eq!((count(&scim, "POST"), count(&scim, "PATCH")), (GROUPS + users, GROUPS));
    assert_eq!(count(&scim, "GET"), PROBE + 2 * 2);

    scim.proxy.forget();
    let status = program.status(&[]);
    assert_eq!(result(&status), "Synced", "{status:#}");
    let unchanged = PROBE + read(users);
    assert_eq!((count(&scim, "GET"), count(&scim, "")), (unchanged, unchanged));

    let (_, members) = directory.last_mut().unwrap();
    members.remove(0);
    have(&directory);
    scim.proxy.forget();
    let status = program.status(&[]);
    assert_eq!(result(&status), "Synced", "{status:#}");
    // All again, and the group before and after: it is the first removal that this run sees.
    assert_eq!((count(&scim, "PATCH"), count(&scim, "GET")), (1, unchanged + read(users) + 2));
}
