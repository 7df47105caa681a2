//! What processes take, by `proc(5)`.

use std::fs;
use std::path::Path;
use std::time::Duration;

/// The kernel counts in hundredths of a second for every program (`USER_HZ`).
const TICK: Duration = Duration::from_millis(10);
/// Where the fields stand in `/proc/PID/stat`, after the name of the program.
const PARENT: usize = 1;
const OWN: [usize; 2] = [11, 12];
const ENDED_CHILDREN: [usize; 2] = [13, 14];

/// The processor time of a process, in user and in system mode.
#[must_use]
pub fn used_by(id: u32) -> Duration {
    stat(&id.to_string()).map_or(Duration::ZERO, |fields| sum(&fields, &OWN))
}

/// The same with its children, also those that have ended.
#[must_use]
pub fn used_by_family(id: u32) -> Duration {
    let parent = id.to_string();
    let own = stat(&parent).map_or(Duration::ZERO, |fields| sum(&fields, &OWN) + sum(&fields, &ENDED_CHILDREN));
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let fields = processes.filter_map(|process| stat(process.file_name().to_str()?));
    let children = fields.filter(|fields| fields.get(PARENT) == Some(&parent));
    own + children.map(|fields| sum(&fields, &OWN)).sum::<Duration>()
}

/// The processor time of all programs that this one has run to their end.
#[must_use]
pub fn used_by_commands() -> Duration {
    stat("self").map_or(Duration::ZERO, |fields| sum(&fields, &ENDED_CHILDREN))
}

/// The resident memory of a process in octets, now and at its peak since [`forget_peak`].
#[must_use]
pub fn memory(id: u32) -> [u64; 2] {
    let text = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    ["VmRSS:", "VmHWM:"].map(|name| {
        let kibibytes = text.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_suffix(" kB"));
        kibibytes.and_then(|kibibytes| kibibytes.parse::<u64>().ok()).unwrap_or_default() * 1024
    })
}

/// Starts another peak.
pub fn forget_peak(id: u32) {
    fs::write(format!("/proc/{id}/clear_refs"), "5").expect("the process is ours");
}

/// How many processes wanted a processor in the last minute.
#[must_use]
pub fn load() -> String {
    let averages = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    averages.split(' ').next().unwrap_or_default().to_owned()
}

/// The fields after the name, which is in brackets and may have spaces.
fn stat(process: &str) -> Option<Vec<String>> {
    let text = fs::read_to_string(Path::new("/proc").join(process).join("stat")).ok()?;
    let (_, fields) = text.rsplit_once(") ")?;
    Some(fields.split(' ').map(str::to_owned).collect())
}

fn sum(fields: &[String], which: &[usize]) -> Duration {
    let ticks = which.iter().filter_map(|&field| fields.get(field)?.parse::<u32>().ok());
    ticks.map(|ticks| TICK * ticks).sum()
}
