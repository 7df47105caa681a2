//! One shell process that outlives this one by a moment and clears up after it.
//!
//! Servers that many tests share live in statics, and statics are never dropped; a killed test process drops nothing at
//! all. The kernel's own means, `PR_SET_PDEATHSIG`, fires when the *thread* that started the server ends, and every
//! test has a thread of its own. So the caretaker is told what was started, in a process group of its own that no
//! Ctrl-C reaches, and acts when its standard input ends.

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

/// Has the process group ended by this signal when this process ends.
pub(super) fn started(signal: Signal, group: u32) {
    tell(&format!("started {}:{group}", name(signal)));
}

/// Forgets the process group, whose number may soon be another's.
pub(super) fn ended(signal: Signal, group: u32) {
    tell(&format!("ended {}:{group}", name(signal)));
}

/// Has the folder removed when this process ends.
pub(super) fn owns(folder: &Path) {
    tell(&format!("folder {}", folder.display()));
}

fn tell(line: &str) {
    let mut caretaker = CARETAKER.lock().unwrap_or_else(PoisonError::into_inner);
    writeln!(caretaker, "{line}").expect("the caretaker reads");
}

fn name(signal: Signal) -> &'static str {
    signal.as_str().trim_start_matches("SIG")
}
