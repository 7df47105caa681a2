//! How much memory there is, and how much of it is used.

use std::fs;

/// The memory limit of a container, with version 2 and version 1 of cgroups.
const LIMITS: [&str; 2] = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];
/// The size of a page in octets, where the kernel counts in pages. With larger pages the watch is stricter.
const PAGE: u64 = 4096;

/// The memory that the process may use, in octets: its container's limit, else the machine's memory.
#[must_use]
pub fn limit() -> Option<u64> {
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
#[must_use]
pub fn resident() -> Option<u64> {
    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    let mut pages = statm.split(' ').skip(1).map_while(|count| count.trim().parse::<u64>().ok());
    let (resident, shared) = (pages.next()?, pages.next()?);
    Some(resident.saturating_sub(shared) * PAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_knows_its_limit_and_its_size() {
        let (limit, resident) = (limit().unwrap(), resident().unwrap());
        assert!(resident > 0 && resident < limit, "{resident} of {limit}");
        assert_eq!(total("MemTotal:       24000 kB\nMemFree: 1 kB"), Some(24000 * 1024));
    }
}
