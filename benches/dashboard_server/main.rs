//! How long a run with a dashboard server takes, against the same requests over connections that stay open. A program, not a
//! timed test: it prints a table and fails only where a result is wrong.

#![allow(clippy::expect_used, clippy::panic, reason = "a server that does not start, or a wrong result, ends it")]
#![allow(clippy::missing_panics_doc, reason = "as above")]

#[path = "../../tests/harness/harness.rs"]
pub mod harness;

pub mod company;
pub mod floor;

use std::fs;
use std::io::Write as _;
use std::time::{Duration, Instant};

use clap::Parser;

use self::company::Company;
use self::floor::replay;
use self::harness::http_faults::Exchange;
use self::harness::{FlaskAppBuilder, HttpFaults, binary, command, folder};

/// Measures a first import, and a run without a change.
#[derive(Debug, Parser)]
struct Arguments {
    /// Groups in the directory.
    #[arg(long, default_value_t = 200)]
    groups: usize,
    /// Users in the directory, each in two groups.
    #[arg(long, default_value_t = 1_000)]
    users: usize,
    /// What `cargo bench` says to every program.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let Arguments { groups, users, bench: _ } = Arguments::parse();
    let (ours, theirs) = (FlaskAppBuilder::start(), FlaskAppBuilder::start());
    // Both through a proxy, which costs both the same.
    let (proxy, floor) = (HttpFaults::to(&ours.address()), HttpFaults::to(&theirs.address()));
    let place = folder::temporary("dashboard-server");
    fs::write(place.path().join("sync.yaml"), Company::objects(&proxy.url())).expect("the folder is ours");
    fs::write(place.path().join("company.ldif"), Company { groups, users }.ldif()).expect("the folder is ours");
    let run = |more: &[&str]| -> (Duration, Vec<Exchange>) {
        proxy.forget();
        let mut program = binary::command(&["sync", "-f", "sync.yaml", "--links", "links.json"]);
        let start = Instant::now();
        command::run(program.args(more).current_dir(place.path()));
        (start.elapsed(), proxy.exchanges())
    };
    let mut output = std::io::stdout().lock();
    let _ = writeln!(output, "{groups} groups, {users} users | requests | run | same requests | ratio");
    let mut tell = |name: &str, rounds: &[&[&str]]| {
        let mut times = Vec::new();
        let mut count = 0;
        for more in rounds {
            let (time, exchanges) = run(more);
            times.push((time, replay(&floor.address(), &exchanges)));
            count = exchanges.len();
        }
        // The machine does other things too, which take time from either: the shortest of each says most.
        let shortest = |times: &mut dyn Iterator<Item = Duration>| times.min().unwrap_or_default().as_secs_f64();
        let ours = shortest(&mut times.iter().map(|(ours, _)| *ours));
        let least = shortest(&mut times.iter().map(|(_, least)| *least));
        let _ = writeln!(output, "{name} | {count} | {ours:.2} s | {least:.2} s | {:.2}", ours / least);
    };
    tell("first import", &[&["--new-links"]]);
    tell("without a change", &[&[][..]; 5]);
    assert_eq!(ours.content().groups.len(), theirs.content().groups.len(), "the same requests do the same");
    assert_eq!(ours.content().accounts.len(), theirs.content().accounts.len(), "the same requests do the same");
}
