//! How fast a data set is synchronized, against the least that the same work can cost. A program, not a timed test: it
//! prints a table and fails only where a result is wrong.

#![allow(clippy::expect_used, clippy::panic, reason = "a server that does not start, or a wrong result, ends it")]
#![allow(clippy::missing_panics_doc, reason = "as above")]

#[path = "../../tests/harness/harness.rs"]
pub mod harness;

pub mod floor;
pub mod population;
pub mod program;
pub mod report;
pub mod round;
pub mod servers;
pub mod size;

use std::fs;
use std::io::Write as _;

use clap::Parser;

use self::population::Population;
use self::report::Measured;
use self::round::Round;
use self::servers::Servers;
use self::size::Size;

/// Measures one tenth of a data set, then all of it. The defaults are the data set that the goals are set for.
#[derive(Debug, Parser)]
struct Arguments {
    /// Groups in the directory.
    #[arg(long, default_value_t = 10_000)]
    groups: u32,
    /// Users in the directory.
    #[arg(long, default_value_t = 100_000)]
    users: u32,
    /// Members of all groups together.
    #[arg(long, default_value_t = 1_000_000)]
    memberships: u32,
    /// How often each measurement is made; the median is printed.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// What `cargo bench` says to every program.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let Arguments { groups, users, memberships, rounds, bench: _ } = Arguments::parse();
    let size = Size { groups, users, memberships };
    let tenth = measure(size.tenth(), rounds);
    let whole = measure(size, rounds);
    let mut output = std::io::stdout().lock();
    output.write_all(report::table(&tenth, &whole).as_bytes()).expect("standard output is open");
}

fn measure(size: Size, rounds: usize) -> Measured {
    let population = Population::new(size);
    tell(&format!("{size}, of which the largest group has {}: loading", population.largest()));
    let servers = Servers::start(&population);
    let rounds = (1..=rounds.max(1)).map(|number| {
        tell(&format!("round {number} (load {})", load()));
        Round::measure(&servers, &population)
    });
    Measured { size, rounds: rounds.collect() }
}

/// Progress, on standard error.
fn tell(what: &str) {
    let _ = writeln!(std::io::stderr(), "{what}");
}

/// What else the machine does: `proc_loadavg(5)`, the last minute.
fn load() -> String {
    let averages = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    averages.split(' ').next().unwrap_or_default().to_owned()
}
