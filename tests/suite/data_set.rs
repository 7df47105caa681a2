//! The benchmark on a small data set, for its results only; how long it takes says nothing here.

#![allow(dead_code, reason = "the benchmark uses the rest")]
#![allow(clippy::missing_panics_doc, reason = "a wrong result ends the test")]

#[path = "../../benches/data_set/floor.rs"]
pub mod floor;
#[path = "../../benches/data_set/population.rs"]
pub mod population;
#[path = "../../benches/data_set/program.rs"]
pub mod program;
#[path = "../../benches/data_set/round.rs"]
pub mod round;
#[path = "../../benches/data_set/servers.rs"]
pub mod servers;
#[path = "../../benches/data_set/size.rs"]
pub mod size;

use self::population::Population;
use self::round::Round;
use self::servers::{Run, Servers};
use self::size::Size;

/// The round itself checks what is in the store, what the runs report and what they write.
fn measure(memberships: u32) -> Round {
    let population = Population::new(Size { groups: 100, users: 1000, memberships });
    Round::measure(&Servers::start(&population), &population)
}

#[test]
fn more_members_take_no_more_requests() {
    let (few, many) = (measure(2_500), measure(10_000));
    let sent = |run: &Run| (run.searches, run.statements);
    assert_eq!(sent(&few.first), sent(&many.first));
    assert_eq!(sent(&few.unchanged), sent(&many.unchanged));
    assert_eq!(sent(&few.changed), sent(&many.changed));
    assert!(sent(&many.unchanged).1 < sent(&many.first).1, "a run without a change sends fewer statements");
}
