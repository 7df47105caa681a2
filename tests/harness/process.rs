//! A server process with its own process group, and its output in a file. It stops when the value is dropped.

use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::{caretaker, wait};

/// How long a server may take to start or to stop: a hundred times as long as on an idle machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running program.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
    stop_signal: Signal,
}

impl Process {
    /// Starts the program in a process group of its own; what it prints is appended to the file. Its standard input is a
    /// pipe that stays open as long as the value.
    #[must_use]
    pub fn spawn(name: &str, command: Command, log: &Path) -> Self {
        Self::spawn_ended_by(Signal::SIGKILL, name, command, log)
    }

    /// The same for a program that needs another signal than SIGKILL to clean up.
    #[must_use]
    pub fn spawn_ended_by(stop_signal: Signal, name: &str, mut command: Command, log: &Path) -> Self {
        let output = File::options().create(true).append(true).open(log);
        let output = output.unwrap_or_else(|error| panic!("open {}: {error}", log.display()));
        command.process_group(0).stdin(Stdio::piped());
        command.stdout(output.try_clone().expect("a second handle of a file")).stderr(output);
        let child = command.spawn().unwrap_or_else(|error| panic!("start {name} ({command:?}): {error}"));
        caretaker::started(stop_signal, child.id());
        Self { name: name.to_owned(), child, log: log.to_owned(), stop_signal }
    }

    /// The process id, which is its group's too.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Everything that it has printed so far.
    #[must_use]
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Waits until the condition is true. Panics with the end of the log if the process exits before or takes too long.
    pub fn wait_until(&mut self, what: &str, mut condition: impl FnMut() -> bool) {
        // `Some(None)`: the condition holds; `Some(Some(status))`: the process has ended.
        let ended = wait::poll(PATIENCE, || if condition() { Some(None) } else { self.try_wait().map(Some) });
        let problem = match ended {
            Some(None) => return,
            Some(Some(status)) => format!("ended with {status} before it {what}"),
            None => format!("it {what}: not so within {PATIENCE:?}"),
        };
        panic!("{}: {problem}; its log ends:\n{}", self.name, self.log_tail());
    }

    /// Sends a signal to the whole group.
    pub fn signal(&self, signal: Signal) {
        killpg(self.group(), signal).unwrap_or_else(|error| panic!("send {signal} to {}: {error}", self.name));
    }

    /// Kills the program with SIGKILL.
    pub fn kill(mut self) {
        self.signal(Signal::SIGKILL);
        self.wait();
    }

    /// Stops the program with SIGTERM and waits until it has exited.
    pub fn stop(mut self) -> ExitStatus {
        self.signal(Signal::SIGTERM);
        self.wait()
    }

    /// Waits until the program has exited by itself.
    pub fn wait(&mut self) -> ExitStatus {
        wait::poll(PATIENCE, || self.try_wait())
            .unwrap_or_else(|| panic!("{} does not end; its log ends:\n{}", self.name, self.log_tail()))
    }

    /// The exit status, if the program has exited.
    pub fn try_wait(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap_or_else(|error| panic!("wait for {}: {error}", self.name))
    }

    /// The last lines of the log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        let log = self.log();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    fn group(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).expect("process ids are small"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // After the process has been waited for, another one may have its id.
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = killpg(self.group(), self.stop_signal);
            let _ = self.child.wait();
        }
        caretaker::ended(self.stop_signal, self.child.id());
    }
}
