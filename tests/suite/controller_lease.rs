//! Of two operators one works. Whatever happens to it, the other takes over, and PostgreSQL never sees both at once.
//! How long each takeover took is printed.

use std::time::{Duration, Instant};

use crate::cluster::condition;
use crate::harness::wait;
use crate::operator_pair::{Pair, Write};

/// After the last renewal that was seen, a lease is another's for the taking.
const LEASE: Duration = Duration::from_secs(15);
/// When an operator that cannot renew its lease has given it up, and a moment.
const GIVEN_UP: Duration = Duration::from_secs(10);

/// Waits until the operator that was not the leader has written a few times, and returns the writes since then. Prints
/// how long its first write took.
fn takeover(pair: &Pair, what: &str, leader: usize, since: f64, limit: Duration) -> Vec<Write> {
    let other = 1 - leader;
    let theirs = |writes: &[Write]| writes.iter().filter(|write| write.operator == other && write.at > since).count();
    let writes = pair.busy(what, |writes| theirs(writes) >= 3);
    let writes: Vec<Write> = writes.into_iter().filter(|write| write.at > since).collect();
    let first = writes.iter().find(|write| write.operator == other).unwrap();
    let took = first.at - since;
    tell(&format!("{what}: the other operator wrote after {took:.1} s"));
    assert!(took < limit.as_secs_f64(), "{what}: {took:.1} s\n{}", pair.logs());
    pair.assert_no_interleaving(&writes);
    writes
}

#[allow(clippy::print_stdout, reason = "a figure for people, as `--nocapture` shows it")]
fn tell(line: &str) {
    println!("{line}");
}

/// The operator that lost its lease does not write again while the other works.
fn stays_out(pair: &mut Pair, loser: usize) {
    let since = pair.writes().len();
    pair.revive(loser);
    let writes = pair.busy("more writes", |writes| writes.len() >= since + 5);
    assert!(writes[since..].iter().all(|write| write.operator != loser), "{writes:?}\n{}", pair.logs());
}

#[test]
fn a_leader_that_is_killed_is_followed_when_its_lease_has_expired() {
    let mut pair = Pair::start("lease_killed");
    let leader = pair.leader();
    let all = pair.writes();
    assert!(all.iter().all(|write| write.operator == leader), "only one works: {all:?}\n{}", pair.logs());
    let since = wait::clock();
    pair.operators[leader].kill();
    takeover(&pair, "killed", leader, since, LEASE + Duration::from_secs(30));
    pair.resume(leader);
    stays_out(&mut pair, leader);
}

#[test]
fn a_leader_that_is_stopped_hands_over_at_once() {
    let mut pair = Pair::start("lease_stopped");
    let leader = pair.leader();
    let since = wait::clock();
    pair.operators[leader].stop();
    takeover(&pair, "stopped", leader, since, Duration::from_secs(10));
    pair.resume(leader);
    stays_out(&mut pair, leader);
}

#[test]
fn a_leader_that_was_paused_in_a_run_does_not_go_on_with_it() {
    let mut pair = Pair::start("lease_paused");
    let leader = pair.leader();
    pair.read_halfway();
    let since = wait::clock();
    pair.operators[leader].pause();
    pair.ldap.thaw();
    takeover(&pair, "paused", leader, since, LEASE + Duration::from_secs(30));

    // What it has read is old; it would write it now.
    pair.operators[leader].go_on();
    stays_out(&mut pair, leader);
    let writes = pair.writes();
    pair.assert_no_interleaving(&writes);
}

#[test]
fn a_leader_without_an_api_server_stops_before_the_other_starts() {
    let mut pair = Pair::start("lease_silent");
    let leader = pair.leader();
    pair.read_halfway();
    let since = wait::clock();
    pair.api[leader].silence();
    // Its run would go on as soon as the directory answers.
    pair.wait_for_lease(1 - leader);
    pair.ldap.thaw();
    takeover(&pair, "without an API server", leader, since, LEASE + Duration::from_secs(30));
    pair.api[leader].restore();
    stays_out(&mut pair, leader);
}

#[test]
fn without_an_api_server_nobody_writes_and_afterwards_one_does() {
    let pair = Pair::start("lease_nobody");
    pair.read_halfway();
    let silent = Instant::now();
    let since = wait::clock();
    pair.api.iter().for_each(crate::harness::Link::silence);
    wait::until("the lease is given up", GIVEN_UP * 2, || silent.elapsed() > GIVEN_UP);
    pair.ldap.thaw();
    let minute = Duration::from_mins(1);
    wait::until("a minute has passed", minute * 2, || silent.elapsed() > minute);
    let writes = pair.writes();
    assert!(writes.iter().all(|write| write.at < since), "{writes:?}\n{}", pair.logs());

    let restored = wait::clock();
    pair.api.iter().for_each(crate::harness::Link::restore);
    let mut pair = pair;
    for number in [0, 1] {
        pair.revive(number);
    }
    let writes = pair.busy("one works again", |writes| writes.iter().any(|write| write.at > restored));
    let writes: Vec<Write> = writes.into_iter().filter(|write| write.at > restored).collect();
    tell(&format!("silent for a minute: an operator wrote {:.1} s after the end", writes[0].at - restored));
    let leader = pair.leader();
    stays_out(&mut pair, 1 - leader);
    let status = pair.cluster.get("dgs/teams")["status"].clone();
    assert_eq!(condition(&status, "Stalled"), &serde_json::Value::Null, "{status:#}");
}
