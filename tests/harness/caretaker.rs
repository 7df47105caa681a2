//! One shell process that outlives this one for a moment and cleans up after it.
//!
//! Servers that many tests share live in statics, and statics are never dropped; a killed test process drops nothing at
//! all. The kernel's own mechanism, `PR_SET_PDEATHSIG`, fires when the *thread* that started the server ends, and every
//! test has a thread of its own. So each server is reported to the caretaker. It is in a process group of its own, which
//! Ctrl-C does not reach, and cleans up when its standard input ends.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{LazyLock, Mutex, PoisonError};

use nix::sys::signal::Signal;

const SCRIPT: &str = r#"
groups= folder=
while read -r word what; do
    case $word in
    started) groups="$groups $what" ;;
    ended) rest=; for group in $groups; do [ "$group" = "$what" ] || rest="$rest $group"; done; groups=$rest ;;
    folder) folder=$what ;;
    esac
done
for group in $groups; do kill -s "${group%:*}" -- "-${group#*:}"; done
tries=100
until rm -rf -- "$folder" || [ $tries = 0 ]; do tries=$((tries - 1)); sleep 0.1; done
"#;

static CARETAKER: LazyLock<Mutex<ChildStdin>> = LazyLock::new(|| {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", SCRIPT]).current_dir("/").process_group(0);
    shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    #[expect(clippy::zombie_processes, reason = "it ends after this process")]
    let mut child = shell.spawn().expect("/bin/sh starts");
    Mutex::new(child.stdin.take().expect("its standard input is a pipe"))
});

/// Sends this signal to the process group when this process ends.
pub(super) fn started(signal: Signal, group: u32) {
    send(&format!("started {}:{group}", name(signal)));
}

/// Forgets the process group, because another one may soon have its id.
pub(super) fn ended(signal: Signal, group: u32) {
    send(&format!("ended {}:{group}", name(signal)));
}

/// Removes the folder when this process ends.
pub(super) fn owns(folder: &Path) {
    send(&format!("folder {}", folder.display()));
}

fn send(line: &str) {
    let mut caretaker = CARETAKER.lock().unwrap_or_else(PoisonError::into_inner);
    writeln!(caretaker, "{line}").expect("the caretaker reads");
}

fn name(signal: Signal) -> &'static str {
    signal.as_str().trim_start_matches("SIG")
}
