//! What the running operator may do on its node, as the kernel says it.

use std::fs;
use std::io::ErrorKind;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::site::{NAMESPACE, Site};
use crate::harness::wait;

#[test]
fn the_process_has_no_right_that_it_does_not_need() {
    let site = Site::enter();
    site.install(&[]);
    let team = site.team("restrictions");
    team.synchronize("teams", &["Analysts"], &json!({}));
    let pod = site.pod();
    let process = site.node.operator_process(&pod).unwrap();
    let read = |file: &str| fs::read_to_string(format!("/proc/{process}/{file}")).unwrap();

    let status = read("status");
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(field("Uid"), "65532 65532 65532 65532");
    assert_eq!(field("Gid"), "65532 65532 65532 65532");
    for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
        assert_eq!(u64::from_str_radix(&field(set), 16), Ok(0), "{set}");
    }
    assert_eq!(field("NoNewPrivs"), "1");
    assert_eq!(field("Seccomp"), "2", "a filter");
    let root = read("mountinfo");
    let root = root.lines().find(|line| line.split(' ').nth(4) == Some("/")).unwrap();
    assert!(root.split(' ').nth(5).unwrap().split(',').any(|option| option == "ro"), "{root}");
    let refused = fs::write(format!("/proc/{process}/root/file"), "").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ReadOnlyFilesystem);

    println!("resident memory after a run: {}", field("VmRSS"));
    let log = site.node.kubectl(&["logs", "-n", NAMESPACE, &pod]);
    println!("from the start of the process to its first message: {:.2} s", first_message(&log) - started_at(process));
}

/// The time of the first message, which is that it works, or waits for another operator to end.
fn first_message(log: &str) -> f64 {
    let message: Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
    let time: Timestamp = message["timestamp"].as_str().unwrap().parse().unwrap();
    time.as_duration().as_secs_f64()
}

/// When a process was started, to a hundredth of a second (`proc_pid_stat(5)`).
fn started_at(process: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let ticks: f64 = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(19).unwrap().parse().unwrap();
    let uptime: f64 = fs::read_to_string("/proc/uptime").unwrap().split(' ').next().unwrap().parse().unwrap();
    wait::clock() - uptime + ticks / 100.0
}
