//! Memory is admitted before a run: each is expected to take what its last run had to hold, and all that run at once
//! must fit. Where a run takes more than that, the reads themselves are bounded (`crate::memory`).

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

/// What runs may take together, in mebibytes: what the container or the machine has, less what the process needs without a
/// run. An eighth stays free for what the kernel counts beside it.
#[must_use]
pub fn of_this_process() -> usize {
    let limit = limit().unwrap_or(UNKNOWN);
    mebibytes((limit / 8 * 7).saturating_sub(RESERVE).max(LEAST))
}

/// The part of a budget of `whole` mebibytes that a run takes. It is never more than three quarters, so that the largest
/// run of all leaves room for a small one.
#[must_use]
pub fn part(expected: u64, whole: usize) -> usize {
    mebibytes(expected).clamp(1, (whole / 4 * 3).max(1))
}

fn mebibytes(octets: u64) -> usize {
    usize::try_from(octets.div_ceil(MIB)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
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
    fn the_largest_run_leaves_room_for_a_small_one() {
        let whole = 384;
        assert_eq!(part(u64::MAX, whole), 288);
        assert_eq!(part(220 * MIB, whole), 220);
        assert!(part(expected(None), whole) + part(u64::MAX, whole) <= whole);
        assert_eq!((part(0, whole), part(u64::MAX, 1)), (1, 1));
        assert!(of_this_process() >= part(expected(None), of_this_process()));
    }
}
