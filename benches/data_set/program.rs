//! The program under measurement: how long a run takes, and how much memory.

use std::time::Duration;

use crate::harness::{binary, measured};

/// A run that ended well.
#[derive(Debug)]
pub struct Finished {
    /// From the start of the process to its end.
    pub elapsed: Duration,
    /// The most that was resident at once, in bytes.
    pub peak: u64,
    /// What it printed.
    pub output: String,
}

/// Runs the program with these arguments. Panics with what it said if it failed.
#[must_use]
pub fn run(arguments: &[&str]) -> Finished {
    let mut command = binary::command(arguments);
    let measured = measured::run(&mut command);
    let output = String::from_utf8_lossy(&measured.output.stdout).into_owned();
    assert!(measured.output.status.success(), "{command:?} failed with {}:\n{output}", measured.output.status);
    Finished { elapsed: measured.elapsed, peak: measured.peak, output }
}
