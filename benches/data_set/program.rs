//! The program under measurement: how long a run takes, and how much memory.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

use crate::harness::binary;

/// How often the memory is looked at. The kernel keeps the peak, so only one of the very last moments could be missed.
const LOOK: Duration = Duration::from_millis(5);

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
    let mut command: Command = binary::command(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let start = Instant::now();
    let child = command.spawn().unwrap_or_else(|error| panic!("start {command:?}: {error}"));
    let status = format!("/proc/{}/status", child.id());
    let (peak, ended) = (AtomicU64::new(0), AtomicBool::new(false));
    let (elapsed, output) = thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                peak.fetch_max(peak_in(&status).unwrap_or_default(), Ordering::Relaxed);
                thread::sleep(LOOK);
            }
        });
        let output = child.wait_with_output().unwrap_or_else(|error| panic!("wait for {command:?}: {error}"));
        let elapsed = start.elapsed();
        ended.store(true, Ordering::Relaxed);
        (elapsed, output)
    });
    let output_text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?} failed with {}:\n{output_text}", output.status);
    Finished { elapsed, peak: peak.into_inner(), output: output_text }
}

/// The `VmHWM` of `proc_pid_status(5)`, in bytes.
fn peak_in(status: &str) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let kibibytes = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?;
    kibibytes.parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}
