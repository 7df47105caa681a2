//! An operator that has nothing to do.

use std::time::{Duration, Instant};

use super::cost::{Cost, Reading};
use super::operator::Operator;
use super::servers::Servers;

/// Waits until it rests, and measures what it costs for so long.
#[must_use]
pub fn measure(servers: &Servers, operator: &Operator, time: Duration) -> Cost {
    let _ = operator.rests();
    let start = Reading::take(servers, operator);
    std::thread::sleep(time);
    start.until(Instant::now(), servers, operator)
}
