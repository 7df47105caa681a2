//! What one operator with many objects costs: its time, its memory, the work that it gives to the servers around it, and its
//! calls to the API server. A program, not a timed test: it prints tables and fails only where a result is wrong.

#![allow(clippy::expect_used, clippy::panic, reason = "a server that does not start, or a wrong result, ends it")]
#![allow(clippy::missing_panics_doc, reason = "as above")]
#![allow(clippy::unwrap_used, clippy::format_push_string, reason = "what it shares with the suite")]
#![allow(clippy::needless_pass_by_value, reason = "as above")]

#[path = "../../tests/harness/harness.rs"]
pub mod harness;

#[allow(dead_code, reason = "it uses a part of what the suite needs")]
#[path = "../../tests/suite/company.rs"]
mod company;
#[path = "../data_set/floor.rs"]
pub mod floor;
#[allow(dead_code, reason = "another benchmark changes its people too")]
#[path = "../data_set/population.rs"]
pub mod population;
#[allow(dead_code, reason = "as above")]
#[path = "../data_set/size.rs"]
pub mod size;

pub mod cost;
pub mod idle;
pub mod many;
pub mod operator;
pub mod processor;
pub mod progress;
pub mod report;
pub mod runs;
pub mod servers;

use std::io::Write as _;
use std::time::Duration;

use clap::Parser;

use self::population::Population;
use self::servers::Servers;
use self::size::Size;

/// Lets one operator synchronize many syncs, and watch even more. The defaults are the sizes that the
/// goals are set for.
#[derive(Debug, Parser)]
pub struct Arguments {
    /// Syncs that run.
    #[arg(long, default_value_t = 500)]
    syncs: u32,
    /// Groups of each of them.
    #[arg(long, default_value_t = 20)]
    groups: u32,
    /// Users in the directory.
    #[arg(long, default_value_t = 10_000)]
    users: u32,
    /// Members of all groups together.
    #[arg(long, default_value_t = 100_000)]
    memberships: u32,
    /// The `interval` of each sync. With one that is shorter than `--idle`, they run meanwhile.
    #[arg(long, default_value = "24h")]
    interval: String,
    /// How many seconds an operator without work is watched.
    #[arg(long, default_value_t = 600)]
    idle: u64,
    /// Syncs in the second part. Those of the first part are among them; the others are suspended. 0: no second part.
    #[arg(long, default_value_t = 5000)]
    objects: u32,
    /// What `cargo bench` says to every program.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Arguments {
    /// The directory's size.
    const fn size(&self) -> Size {
        Size { groups: self.syncs * self.groups, users: self.users, memberships: self.memberships }
    }

    const fn watched(&self) -> Duration {
        Duration::from_secs(self.idle)
    }
}

fn main() {
    let arguments = Arguments::parse();
    let population = Population::new(arguments.size());
    tell(&format!("{}: starting the servers", arguments.size()));
    let servers = Servers::start(&population);
    let database = servers.postgres.database("operator");
    servers.apply(&database, &arguments);
    let (operator, runs) = runs::measure(&servers, &database, &population, &arguments);
    print(&report::runs(&runs, &arguments));
    tell(&format!("idle for {:?}", arguments.watched()));
    let idle = idle::measure(&servers, &operator, arguments.watched());
    print(&report::idle(&format!("{} syncs, none of which is due", arguments.syncs), &idle));
    if arguments.objects > arguments.syncs {
        let (many, idle) = many::measure(&servers, operator, &arguments);
        print(&report::many(&many, &arguments));
        print(&report::idle(&format!("{} syncs, none of which is due", arguments.objects), &idle));
    }
}

/// Progress, on standard error.
pub fn tell(what: &str) {
    let _ = writeln!(std::io::stderr(), "{what} (load {})", processor::load());
}

fn print(text: &str) {
    std::io::stdout().lock().write_all(text.as_bytes()).expect("standard output is open");
}
