//! Memory is admitted before a run: each is expected to take what its last run had to hold, and all that run at once
//! must fit. Where a run takes more than that, the reads themselves are bounded (`crate::memory`).

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::memory::limit;

const MIB: u64 = 1 << 20;
/// What the process takes without a run: itself, its watches and its caches.
const RESERVE: u64 = 64 * MIB;
/// The smallest budget, however little memory there is: one run goes on, and the reads are watched.
const LEAST: u64 = 64 * MIB;
/// The budget of a machine that does not tell how much memory it has: that of the chart.
const UNKNOWN: u64 = 512 * MIB;

/// What a run takes whatever it reads: buffers of its connections, and the largest message of each side.
const OF_A_RUN: u64 = 16 * MIB;
/// What an account or a group takes: read from both sides, linked, and planned. Measured together with the next: a run
/// of 1,000,000 memberships of 100,000 people in 10,000 groups takes about 220 MiB (docs/internals/performance.md).
const OF_AN_OBJECT: u64 = 1024;
/// What a membership takes.
const OF_A_MEMBERSHIP: u64 = 96;
/// What a run takes whose size is not known, because it is the first: some 30,000 people.
const OF_A_FIRST_RUN: u64 = 64 * MIB;

/// How much a run has to hold, as its last run found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Groups.
    pub groups: u64,
    /// Accounts.
    pub accounts: u64,
    /// Memberships.
    pub memberships: u64,
}

/// What a run is expected to take, in octets. `None`: nobody knows its size.
#[must_use]
pub fn expected(size: Option<Size>) -> u64 {
    let Some(Size { groups, accounts, memberships }) = size else { return OF_A_FIRST_RUN };
    let objects = groups.saturating_add(accounts).saturating_mul(OF_AN_OBJECT);
    OF_A_RUN.saturating_add(objects).saturating_add(memberships.saturating_mul(OF_A_MEMBERSHIP))
}

/// The memory that runs may take together.
#[derive(Debug, Clone)]
pub struct Budget {
    /// A permit is a mebibyte.
    free: Arc<Semaphore>,
    whole: u32,
}

/// A run's part of the budget, until it is dropped.
#[derive(Debug)]
pub struct Admission {
    _permit: OwnedSemaphorePermit,
}

impl Budget {
    /// Of this process: what its container or the machine has, less what it needs without a run. An eighth stays free for
    /// what the kernel counts beside it.
    #[must_use]
    pub fn of_this_process() -> Self {
        let limit = limit().unwrap_or(UNKNOWN);
        Self::new((limit / 8 * 7).saturating_sub(RESERVE).max(LEAST))
    }

    /// Of this many octets.
    #[must_use]
    pub fn new(octets: u64) -> Self {
        let most = u32::try_from(Semaphore::MAX_PERMITS).unwrap_or(u32::MAX);
        let whole = mebibytes(octets).clamp(1, most);
        Self { free: Arc::new(Semaphore::new(whole as usize)), whole }
    }

    /// Admits a run that is expected to take this many octets, if they are free now. One that is expected to take more
    /// than all is admitted when it is alone.
    #[must_use]
    pub fn try_admit(&self, octets: u64) -> Option<Admission> {
        let permit = Arc::clone(&self.free).try_acquire_many_owned(self.part(octets)).ok()?;
        Some(Admission { _permit: permit })
    }

    /// Waits until the run is admitted. Whoever waits longest is admitted first, so that small runs keep no large one
    /// waiting for ever.
    pub async fn admit(&self, octets: u64) -> Option<Admission> {
        // Nobody closes the semaphore.
        let permit = Arc::clone(&self.free).acquire_many_owned(self.part(octets)).await.ok()?;
        Some(Admission { _permit: permit })
    }

    fn part(&self, octets: u64) -> u32 {
        mebibytes(octets).clamp(1, self.whole)
    }
}

fn mebibytes(octets: u64) -> u32 {
    u32::try_from(octets.div_ceil(MIB)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn a_run_is_expected_to_take_what_was_measured() {
        let data_set = Size { groups: 10_000, accounts: 100_000, memberships: 1_000_000 };
        assert!((200..240).contains(&(expected(Some(data_set)) / MIB)), "{} MiB", expected(Some(data_set)) / MIB);
        let small = expected(Some(Size { groups: 1, accounts: 10, memberships: 10 }));
        assert!(small < expected(None) && expected(None) < expected(Some(data_set)));
        let most = Size { groups: u64::MAX, accounts: u64::MAX, memberships: u64::MAX };
        assert_eq!(expected(Some(most)), u64::MAX);
    }

    #[test]
    fn runs_are_admitted_while_they_fit() {
        let budget = Budget::new(384 * MIB);
        let first = budget.try_admit(220 * MIB).unwrap();
        assert!(budget.try_admit(220 * MIB).is_none(), "two do not fit");
        let second = budget.try_admit(64 * MIB).unwrap();
        drop(first);
        assert!(budget.try_admit(220 * MIB).is_some());
        drop(second);
        assert!(budget.try_admit(u64::MAX).is_some(), "one that exceeds the budget runs alone");
    }

    #[tokio::test]
    async fn a_large_run_is_not_overtaken_for_ever() {
        let budget = Budget::new(100 * MIB);
        let small = budget.try_admit(60 * MIB).unwrap();
        let mut large = Box::pin(budget.admit(80 * MIB));
        assert!(large.as_mut().now_or_never().is_none());
        let mut next = Box::pin(budget.admit(10 * MIB));
        assert!(next.as_mut().now_or_never().is_none(), "the large one came first");
        drop(small);
        let large = large.await.unwrap();
        assert!(next.await.is_some());
        drop(large);
    }

    #[test]
    fn there_is_always_room_for_one() {
        assert!(Budget::of_this_process().try_admit(expected(None)).is_some());
        assert!(Budget::new(0).try_admit(expected(None)).is_some());
    }
}
