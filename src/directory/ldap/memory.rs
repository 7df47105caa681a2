//! The memory that a read may use. A read keeps more of a larger directory, and no bound on messages tells a huge
//! directory from a hostile one. So a read that fills the memory is ended before the kernel ends the operator.

use std::fs;

use super::guard::Violation;

/// How many octets come between two checks.
const CHECK_EVERY: usize = 4 << 20;
/// The memory limit of a container, with version 2 and version 1 of cgroups.
const LIMITS: [&str; 2] = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];
/// The size of a page in octets, where the kernel counts in pages. With larger pages the watch is stricter.
const PAGE: u64 = 4096;

/// Watches the memory of the process during one connection.
#[derive(Debug)]
pub(super) struct MemoryWatch {
    limit: Option<u64>,
    before: u64,
    unchecked: usize,
}

impl MemoryWatch {
    /// Starts now.
    pub(super) fn start() -> Self {
        Self { limit: limit(), before: resident().unwrap_or_default(), unchecked: 0 }
    }

    /// Notes the number of octets that came. An error if they fill the memory, which is checked at intervals.
    pub(super) fn note(&mut self, octets: usize) -> Result<(), Violation> {
        self.unchecked += octets;
        if self.unchecked < CHECK_EVERY {
            return Ok(());
        }
        self.unchecked = 0;
        match (self.limit, resident()) {
            (Some(limit), Some(now)) => check(limit, self.before, now),
            _ => Ok(()),
        }
    }
}

/// At most seven eighths of the limit may be used: some messages are on their way, and the kernel also counts cached
/// files. A read is only the cause if it used more than an eighth of the limit since it started.
fn check(limit: u64, before: u64, now: u64) -> Result<(), Violation> {
    if now <= limit / 8 * 7 || now.saturating_sub(before) <= limit / 8 {
        return Ok(());
    }
    let mebibytes = |octets: u64| octets >> 20;
    Err(Violation::TooMuch(format!(
        "so much that {} of {} MiB of memory are used (narrow the bases and filters, or give the container more)",
        mebibytes(now),
        mebibytes(limit)
    )))
}

/// The memory that the process may use: its container's limit, else the machine's memory.
fn limit() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total(&text));
    let container = LIMITS.iter().filter_map(|file| fs::read_to_string(file).ok()?.trim().parse().ok());
    container.chain(machine).min()
}

/// `MemTotal` of `proc_meminfo(5)`, in octets.
fn total(meminfo: &str) -> Option<u64> {
    let kibibytes = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?.trim().strip_suffix(" kB")?;
    kibibytes.parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}

/// The resident memory of the process without what it shares with files, in octets: `proc_pid_statm(5)`.
fn resident() -> Option<u64> {
    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    let mut pages = statm.split(' ').skip(1).map_while(|count| count.trim().parse::<u64>().ok());
    let (resident, shared) = (pages.next()?, pages.next()?);
    Some(resident.saturating_sub(shared) * PAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn only_a_read_that_fills_the_memory_is_ended() {
        let limit = 256 * MIB;
        check(limit, 20 * MIB, 224 * MIB).unwrap();
        check(limit, 220 * MIB, 250 * MIB).unwrap();
        let words = check(limit, 20 * MIB, 225 * MIB).unwrap_err().to_string();
        assert!(words.contains("225 of 256 MiB"), "{words}");
    }

    #[test]
    fn a_process_that_grows_is_seen() {
        let before = resident().unwrap();
        let mut watch = MemoryWatch { limit: Some(before + 32 * MIB), before, unchecked: 0 };
        let filled = vec![7_u8; 256 << 20];
        watch.note(CHECK_EVERY - 1).unwrap();
        assert!(matches!(watch.note(1), Err(Violation::TooMuch(_))), "{} octets more", filled.len());
    }

    #[test]
    fn the_process_knows_its_limit_and_its_size() {
        let (limit, resident) = (limit().unwrap(), resident().unwrap());
        assert!(resident > 0 && resident < limit, "{resident} of {limit}");
        assert_eq!(total("MemTotal:       24000 kB\nMemFree: 1 kB"), Some(24000 * 1024));
    }
}
