//! All reads of a process, each with what it has received: who is ended when the memory is full.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use super::full::Full;
use super::limit::{limit, resident};

/// A read that has received less than this part of the limit is never ended: that would free too little.
const LEAST_PART: u64 = 32;

/// The reads of one process.
#[derive(Debug)]
pub(super) struct Reads {
    limit: Option<u64>,
    resident: fn() -> Option<u64>,
    active: Mutex<Active>,
    /// A read has left.
    left: Notify,
}

/// By number: the later a read started, the higher it is.
#[derive(Debug, Default)]
struct Active {
    started: u64,
    shares: BTreeMap<u64, Arc<Share>>,
}

/// One read.
#[derive(Debug)]
pub(super) struct Share {
    number: u64,
    received: AtomicU64,
    is_ended: AtomicBool,
    ended: Notify,
}

/// What follows for the read that asks.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// There is room, or no read is the cause.
    GoOn,
    /// Another read is being ended, and frees its memory.
    Wait,
    /// This read is the one.
    End(Full),
}

impl Reads {
    /// Of this process.
    pub(super) fn new() -> Arc<Self> {
        Self::of(limit(), resident)
    }

    pub(super) fn of(limit: Option<u64>, resident: fn() -> Option<u64>) -> Arc<Self> {
        Arc::new(Self { limit, resident, active: Mutex::default(), left: Notify::new() })
    }

    /// A read starts.
    pub(super) fn join(&self) -> Arc<Share> {
        let mut active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        active.started += 1;
        let number = active.started;
        let share =
            Share { number, received: AtomicU64::new(0), is_ended: AtomicBool::new(false), ended: Notify::new() };
        let share = Arc::new(share);
        active.shares.insert(number, Arc::clone(&share));
        share
    }

    /// A read has ended, and what it received is freed.
    pub(super) fn leave(&self, share: &Share) {
        self.active.lock().unwrap_or_else(PoisonError::into_inner).shares.remove(&share.number);
        self.left.notify_waiters();
    }

    /// Waits until a read has left since the call.
    pub(super) async fn left(&self) {
        self.left.notified().await;
    }

    /// Judges whether this read may go on. At most seven eighths of the limit may be used: some messages are on their
    /// way, and the kernel also counts cached files. Beyond that the read that has received most is ended, of equal ones
    /// the last that started; one after the other, because it frees its memory only when it has gone.
    pub(super) fn judge(&self, asking: &Share) -> Verdict {
        let (Some(limit), Some(used)) = (self.limit, (self.resident)()) else { return Verdict::GoOn };
        if used <= limit / 8 * 7 {
            return Verdict::GoOn;
        }
        let full = Full { used, limit };
        let active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ending) = active.shares.values().find(|share| share.is_ended.load(Ordering::Relaxed)) {
            return if ending.number == asking.number { Verdict::End(full) } else { Verdict::Wait };
        }
        match active.shares.values().max_by_key(|share| (share.received(), share.number)) {
            Some(largest) if largest.received() < limit / LEAST_PART => Verdict::GoOn,
            Some(largest) if largest.number == asking.number => Verdict::End(full),
            Some(largest) => {
                largest.end();
                Verdict::Wait
            }
            None => Verdict::GoOn,
        }
    }

    /// The present state, for the read that another one ended.
    pub(super) fn full(&self) -> Full {
        Full { used: (self.resident)().unwrap_or_default(), limit: self.limit.unwrap_or_default() }
    }
}

impl Share {
    /// Adds what came, in octets.
    pub(super) fn receive(&self, octets: u64) {
        self.received.fetch_add(octets, Ordering::Relaxed);
    }

    /// Resolves when another read has ended this one.
    pub(super) async fn ended(&self) {
        // A permit is kept for whoever comes later.
        self.ended.notified().await;
    }

    fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    fn end(&self) {
        self.is_ended.store(true, Ordering::Relaxed);
        self.ended.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn reads(used: fn() -> Option<u64>, received: &[u64]) -> (Arc<Reads>, Vec<Arc<Share>>) {
        let reads = Reads::of(Some(512 * MIB), used);
        let shares = received.iter().map(|octets| {
            let share = reads.join();
            share.receive(*octets);
            share
        });
        let shares = shares.collect();
        (reads, shares)
    }

    /// Of eight that have filled the memory with 64 MiB each, and stall, none grew by more than any other.
    #[test]
    fn of_equal_reads_the_last_is_ended_whoever_asks() {
        let (reads, shares) = reads(|| Some(500 * MIB), &[64 * MIB; 8]);
        assert_eq!(reads.judge(&shares[2]), Verdict::Wait);
        assert!(shares[7].is_ended.load(Ordering::Relaxed));
        // One at a time: the memory of the first is not free yet.
        assert_eq!(reads.judge(&shares[3]), Verdict::Wait);
        assert!(shares[..7].iter().all(|share| !share.is_ended.load(Ordering::Relaxed)));
        assert!(matches!(reads.judge(&shares[7]), Verdict::End(_)));
        reads.leave(&shares[7]);
        assert!(matches!(reads.judge(&shares[6]), Verdict::End(_)));
    }

    #[test]
    fn the_largest_is_ended() {
        let (reads, shares) = reads(|| Some(449 * MIB), &[10 * MIB, 300 * MIB, 20 * MIB]);
        assert_eq!(reads.judge(&shares[2]), Verdict::Wait);
        let Verdict::End(full) = reads.judge(&shares[1]) else { panic!("it goes on") };
        assert!(full.to_string().contains("449 of 512 MiB"), "{full}");
    }

    #[test]
    fn none_is_ended_while_there_is_room_or_where_that_frees_nothing() {
        let (some_room, shares) = reads(|| Some(448 * MIB), &[300 * MIB]);
        assert_eq!(some_room.judge(&shares[0]), Verdict::GoOn);
        let (small, shares) = reads(|| Some(500 * MIB), &[15 * MIB, 3]);
        assert_eq!(small.judge(&shares[1]), Verdict::GoOn);
    }
}
