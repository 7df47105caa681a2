//! The resident memory of the operators over time.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(1);
/// What the last third may have more than the first: a tenth and a little, which allocators take.
const GROWTH: u64 = 10;
const SLACK: u64 = 4 << 20;

/// Takes the larger of the operators' resident memories every second.
#[derive(Debug)]
pub(crate) struct Memory {
    ids: Arc<Mutex<[Option<u32>; 2]>>,
    samples: Arc<Mutex<Vec<u64>>>,
    is_over: Arc<AtomicBool>,
}

impl Memory {
    /// Starts with no process.
    pub(crate) fn start() -> Self {
        let memory = Self { ids: Arc::default(), samples: Arc::default(), is_over: Arc::default() };
        let (ids, samples, is_over) =
            (Arc::clone(&memory.ids), Arc::clone(&memory.samples), Arc::clone(&memory.is_over));
        thread::spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                let ids = *ids.lock().unwrap();
                samples.lock().unwrap().extend(ids.into_iter().flatten().filter_map(resident).max());
                thread::sleep(EVERY);
            }
        });
        memory
    }

    /// The operators' process ids from now on.
    pub(crate) fn watch(&self, ids: [Option<u32>; 2]) {
        *self.ids.lock().unwrap() = ids;
    }

    /// The medians of the first and of the last third, and the peak, as words. Panics if the memory has grown.
    pub(crate) fn report(&self) -> String {
        self.is_over.store(true, Ordering::Relaxed);
        let samples = self.samples.lock().unwrap();
        let third = samples.len() / 3;
        let (first, last) = (median(&samples[..third]), median(&samples[samples.len() - third..]));
        let peak = samples.iter().max().copied().unwrap_or_default();
        let mebibytes = |octets: u64| octets >> 20;
        let words = format!(
            "{} MiB in the first third, {} MiB in the last (medians of {} samples), peak {} MiB",
            mebibytes(first),
            mebibytes(last),
            samples.len(),
            mebibytes(peak)
        );
        assert!(last <= first + first / GROWTH + SLACK, "the memory has grown: {words}");
        words
    }
}

fn median(samples: &[u64]) -> u64 {
    let mut samples = samples.to_vec();
    samples.sort_unstable();
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}

/// The `VmRSS` of `proc_pid_status(5)`, in octets.
fn resident(id: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let kibibytes = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?;
    kibibytes.parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}
