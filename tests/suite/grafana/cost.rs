//! What a run costs, in requests.

use std::collections::BTreeMap;

use serde_json::Value;

use super::program::{Program, result};
use super::{Graf, started};
use crate::harness::environment;
use crate::harness::http_faults::Request;

const TEAMS: usize = 200;

/// The requests that a list of so many objects takes: several pages are read twice.
const fn list(objects: usize) -> usize {
    match objects.div_ceil(1_000) {
        0 | 1 => 1,
        pages => 2 * pages,
    }
}

/// Who and what the server is: its version, the organization, ourselves, our rights, and which organization of which
/// server; the server's administrators among all its users; the teams that it keeps itself.
const fn probe(users: usize, teams: usize) -> usize {
    5 + list(users) + list(teams)
}

/// Everything: the users of the organization, the teams, and the members of each.
const fn read(teams: usize) -> usize {
    1 + list(teams) + teams
}

/// How many requests of each kind, by their method and by what they are about, such as `PUT members`.
fn requests(graf: &Graf) -> BTreeMap<String, usize> {
    let mut requests = BTreeMap::new();
    for exchange in graf.proxy.exchanges() {
        let Request { method, path, .. } = exchange.request;
        let words: Vec<&str> = path.split('/').filter(|word| word.parse::<u64>().is_err()).collect();
        *requests.entry(format!("{method} {}", words.last().unwrap())).or_default() += 1;
    }
    graf.proxy.forget();
    requests
}

fn count(requests: &BTreeMap<String, usize>, method: &str) -> usize {
    requests.iter().filter(|(kind, _)| kind.starts_with(method)).map(|(_, count)| count).sum()
}

/// A first import, a run without a change, and one changed member.
#[test]
fn a_run_costs_what_its_page_says() {
    let users: usize =
        environment::variable("DIRECTORY_GROUP_SYNC_USERS").map_or(1_200, |users| users.parse().unwrap());
    let usernames: Vec<String> = (0..users).map(|number| format!("u{number:05}")).collect();
    let names: Vec<String> = (0..TEAMS).map(|number| format!("g{number:03}")).collect();
    let members = |team: usize| (0..users).filter(move |user| user % TEAMS == team);
    let mut directory: Vec<(&str, Vec<&str>)> = (0..TEAMS)
        .map(|team| (&*names[team], members(team).map(|user| &*usernames[user]).collect::<Vec<_>>()))
        .collect();
    let graf = started("cost");
    let program = Program::into_grafana(&graf, &[]);
    let have = |directory: &[(&str, Vec<&str>)]| {
        program.have(&directory.iter().map(|(name, members)| (*name, &members[..])).collect::<Vec<_>>());
    };
    have(&directory);
    graf.proxy.forget();
    let status: Value = program.status(&["--new-links"]);
    assert_eq!(result(&status), "Synced", "{status:#}");
    let first = requests(&graf);
    // A team: created, read, its members read, written and read again, and its mark removed. An account: created, its role.
    assert_eq!((first["POST teams"], first["PUT members"], first["PUT teams"]), (TEAMS, TEAMS, TEAMS), "{first:?}");
    assert_eq!((first["POST users"], first["PATCH users"]), (users, users), "{first:?}");
    assert_eq!(count(&first, "POST") + count(&first, "PUT") + count(&first, "PATCH"), 3 * TEAMS + 2 * users);
    // The addresses of the accounts that were created are asked for once.
    assert_eq!(count(&first, "GET"), probe(2, 0) + 2 * read(0) + 3 * TEAMS + 1, "{first:?}");
    assert_eq!(count(&first, "DELETE"), 0, "the creator leaves a team with the first members: {first:?}");

    let status = program.status(&[]);
    assert_eq!(result(&status), "Synced", "{status:#}");
    let unchanged = requests(&graf);
    let expected = probe(users + 2, TEAMS) + read(TEAMS);
    assert_eq!((count(&unchanged, "GET"), count(&unchanged, "")), (expected, expected), "{unchanged:?}");

    let (_, members) = directory.last_mut().unwrap();
    members.remove(0);
    have(&directory);
    let status = program.status(&[]);
    assert_eq!(result(&status), "Synced", "{status:#}");
    let changed = requests(&graf);
    assert_eq!(count(&changed, "DELETE"), 1, "one member is one request: {changed:?}");
    assert_eq!(count(&changed, "GET"), expected + read(TEAMS) + 2, "all again, the team and its members: {changed:?}");
    assert_eq!(count(&changed, ""), expected + read(TEAMS) + 3, "{changed:?}");
}
