//! Programs that run until they exit, with their time and memory.

use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

/// How often the memory is read. The kernel keeps the peak, so only a peak in the last moment could be missed.
const LOOK: Duration = Duration::from_millis(5);

/// A program that has exited.
#[derive(Debug)]
pub struct Measured {
    /// The time from the start of the process to its end.
    pub elapsed: Duration,
    /// The peak of the resident memory, in bytes.
    pub peak: u64,
    /// Its exit status and its output.
    pub output: Output,
}

/// Runs the command until it exits. Standard error is as the caller has set it.
#[must_use]
pub fn run(command: &mut Command) -> Measured {
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
    Measured { elapsed, peak: peak.into_inner(), output }
}

/// The `VmHWM` of `proc_pid_status(5)`, in bytes.
fn peak_in(status: &str) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let kibibytes = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?;
    kibibytes.parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}
