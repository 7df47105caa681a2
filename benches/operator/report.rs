//! The tables of what was measured.

use std::fmt::Write as _;
use std::time::Duration;

use super::Arguments;
use super::cost::Cost;
use super::many::Many;
use super::runs::{Floor, Runs};
use super::size::Size;

/// Until all syncs of [`SIZE`] are synced for the first time.
const TIME_GOAL: Duration = Duration::from_secs(90);
/// The operator's processor time for it.
const PROCESSOR_GOAL: Duration = Duration::from_secs(30);
/// What the goals are for.
const SIZE: (u32, Size) = (500, Size { groups: 10_000, users: 10_000, memberships: 100_000 });

/// The runs of all syncs, and the least that their work can cost.
#[must_use]
pub fn runs(runs: &Runs, arguments: &Arguments) -> String {
    let mut text = format!("\n{} syncs of {} groups each; {}\n\n", arguments.syncs, arguments.groups, arguments.size());
    head(&mut text);
    floor(&mut text, "ldapsearch of all of it, once", &runs.search, "slapd");
    floor(&mut text, "COPY of all rows, once", &runs.copy, "PostgreSQL");
    row(&mut text, "all synced for the first time", &runs.first);
    row(&mut text, "all once more, no change", &runs.unchanged);
    let floor = runs.search.elapsed + runs.copy.elapsed;
    let clients = runs.search.client + runs.copy.client;
    let of = |time: Duration, floor: Duration| time.as_secs_f64() / floor.as_secs_f64().max(f64::EPSILON);
    let _ = write!(
        text,
        "\nall synced for the first time: {:.0} times ldapsearch + COPY; the operator's processor time {:.0} times theirs\n\
         all once more: {:.0} times ldapsearch; the operator's processor time {:.0} times its own\n\
         one run: {} of the operator's processor time first, {} without a change\n",
        of(runs.first.elapsed, floor),
        of(runs.first.processors.operator, clients),
        of(runs.unchanged.elapsed, runs.search.elapsed),
        of(runs.unchanged.processors.operator, runs.search.client),
        seconds(runs.first.processors.operator / arguments.syncs),
        seconds(runs.unchanged.processors.operator / arguments.syncs),
    );
    text.push_str("API calls of one run without a change:\n");
    calls(&mut text, &runs.unchanged, |count| format!("{:.2}", f64::from(count) / f64::from(arguments.syncs)));
    if (arguments.syncs, arguments.size()) == SIZE {
        goal(&mut text, "time until all are synced", runs.first.elapsed, TIME_GOAL);
        goal(&mut text, "the operator's processor time for it", runs.first.processors.operator, PROCESSOR_GOAL);
    }
    text
}

/// An operator with nothing to do.
#[must_use]
pub fn idle(what: &str, cost: &Cost) -> String {
    let minutes = cost.elapsed.as_secs_f64() / 60.0;
    let in_a_minute = |time: Duration| format!("{:.2} s", time.as_secs_f64() / minutes);
    let in_an_hour = |count: u32| format!("{:.0}", f64::from(count) / minutes * 60.0);
    let mut text = format!("\nidle: {what}; for {:.0} s\n\n", cost.elapsed.as_secs_f64());
    for (name, time) in [
        ("operator", cost.processors.operator),
        ("PostgreSQL", cost.processors.postgres),
        ("slapd", cost.processors.slapd),
        ("kube-apiserver, etcd", cost.processors.kubernetes),
    ] {
        let _ = writeln!(text, "processor time in a minute: {name:<24}{:>9}", in_a_minute(time));
    }
    let _ = writeln!(text, "resident memory {:>45}", mebibytes(cost.resident));
    let _ = writeln!(text, "LDAP requests in an hour {:>36}", in_an_hour(cost.requests));
    let _ = writeln!(text, "API calls in an hour {:>40}", in_an_hour(cost.all_calls()));
    calls(&mut text, cost, in_an_hour);
    text
}

/// An operator that gets many objects, and one that is started when they are there.
#[must_use]
pub fn many(many: &Many, arguments: &Arguments) -> String {
    let suspended = arguments.objects - arguments.syncs;
    let mut text = format!("\n{} syncs, of which {suspended} are suspended\n\n", arguments.objects);
    head(&mut text);
    row(&mut text, "suspended ones created and seen", &many.seen);
    row(&mut text, "operator started again", &many.restart);
    let _ = writeln!(text, "\nready after its start: {}", seconds(many.ready));
    text
}

fn head(text: &mut String) {
    let _ = writeln!(
        text,
        "{:<33}{:>9}{:>11}{:>11}{:>9}{:>12}{:>10}{:>10}{:>9}{:>11}",
        "", "time", "operator", "PostgreSQL", "slapd", "Kubernetes", "peak", "resident", "LDAP", "API calls"
    );
}

fn row(text: &mut String, what: &str, cost: &Cost) {
    let processors = cost.processors;
    let _ = writeln!(
        text,
        "{what:<33}{:>9}{:>11}{:>11}{:>9}{:>12}{:>10}{:>10}{:>9}{:>11}",
        seconds(cost.elapsed),
        seconds(processors.operator),
        seconds(processors.postgres),
        seconds(processors.slapd),
        seconds(processors.kubernetes),
        mebibytes(cost.peak),
        mebibytes(cost.resident),
        cost.requests,
        cost.all_calls()
    );
}

fn floor(text: &mut String, what: &str, floor: &Floor, server: &str) {
    let used = format!("its own {}, {server} {}", seconds(floor.client), seconds(floor.server));
    let _ = writeln!(text, "{what:<33}{:>9}  {used}", seconds(floor.elapsed));
}

fn calls(text: &mut String, cost: &Cost, words: impl Fn(u32) -> String) {
    for (what, count) in &cost.calls {
        let _ = writeln!(text, "    {what:<48}{:>9}", words(*count));
    }
}

fn goal(text: &mut String, what: &str, measured: Duration, goal: Duration) {
    let verdict = if measured <= goal { "met" } else { "missed" };
    let _ = writeln!(text, "{what}: {}, goal {}, {verdict}", seconds(measured), seconds(goal));
}

fn seconds(time: Duration) -> String {
    if time < Duration::from_secs(10) {
        format!("{:.2} s", time.as_secs_f64())
    } else {
        format!("{:.0} s", time.as_secs_f64())
    }
}

fn mebibytes(octets: u64) -> String {
    format!("{} MiB", octets >> 20)
}
