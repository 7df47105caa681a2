//! Minutes with two operators while everything around them fails in turn. At the end everything is in sync, nothing was
//! removed that was a member all the time, no object is stuck, and the memory has not grown. `hack/soak` runs it.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "whatever is not so ends it, with its seed")]
#![allow(clippy::missing_panics_doc, reason = "as above")]
#![allow(clippy::print_stdout, reason = "a program for a terminal")]
#![allow(clippy::format_push_string, clippy::needless_pass_by_value, reason = "what it shares with the suite")]

#[path = "../../tests/harness/harness.rs"]
pub mod harness;

#[allow(dead_code, reason = "it uses a part of what the suite needs")]
#[path = "../../tests/suite/cluster.rs"]
mod cluster;
#[allow(dead_code, reason = "as above")]
#[path = "../../tests/suite/company.rs"]
mod company;
#[allow(dead_code, reason = "as above")]
#[path = "../../tests/suite/operator.rs"]
mod operator;
#[allow(dead_code, reason = "as above")]
#[path = "../../tests/suite/space.rs"]
mod space;

mod fault;
mod memory;
mod oracle;
mod random;
mod tenant;
mod world;

use std::time::{Duration, Instant};

use clap::Parser;

use self::fault::{FAULTS, Fault};
use self::random::Random;
use self::world::World;

/// Lets everything around two operators fail for some minutes.
#[derive(Debug, Parser)]
struct Arguments {
    /// How long, without the start and the end.
    #[arg(default_value_t = 40)]
    minutes: u64,
    /// What the order of the faults comes from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What `cargo bench` says to every program.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let Arguments { minutes, seed, bench: _ } = Arguments::parse();
    println!("soak of {minutes} min with seed {seed}: starting the servers");
    let mut world = World::start();
    let mut random = Random::new(seed);
    let started = Instant::now();
    let end = started + Duration::from_secs(minutes * 60);
    let mut order: Vec<Fault> = Vec::new();
    while Instant::now() < end {
        // Every kind in each round, in another order each time, so that each third of the time has the same mix.
        if order.is_empty() {
            order = random.shuffled(&FAULTS);
        }
        let fault = order.pop().expect("it was filled");
        let operator = random.below(2);
        println!("{:>5} s  {}", started.elapsed().as_secs(), fault.words());
        fault.start(&mut world, operator);
        world.live(Duration::from_secs(10 + random.below(15) as u64), &mut random);
        fault.end(&mut world, operator);
        world.live(Duration::from_secs(5 + random.below(10) as u64), &mut random);
    }
    println!("{:>5} s  everything works again", started.elapsed().as_secs());
    world.settle();
    print!("{}", world.report());
}
