//! How much a target takes in memory: little more than what it was given.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a target may take whatever it was given, in octets: buffers, and the tables of a runtime.
const BASE: usize = 2 << 20;
/// What it may take for each octet. `ldap3` makes an element of 40 octets out of two, and copies it.
const EACH: usize = 256;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(now, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Runs a target on an input. Panics when that took more memory than such an input may.
pub fn bounded(input: &[u8], target: impl FnOnce(&[u8])) {
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    target(input);
    let taken = PEAK.load(Ordering::Relaxed) - before;
    assert!(taken <= BASE + EACH * input.len(), "{taken} octets of memory for {} of input", input.len());
}
