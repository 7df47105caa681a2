//! Commands that run until they exit.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

/// Runs the command and returns its output, whatever its exit code.
#[must_use]
pub fn output(command: &mut Command, input: &str) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("start {command:?}: {error}"));
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    std::thread::scope(|scope| {
        // For a program that ends without reading everything, only its exit code counts.
        scope.spawn(move || stdin.write_all(input.as_bytes()));
        child.wait_with_output().unwrap_or_else(|error| panic!("wait for {command:?}: {error}"))
    })
}

/// Runs the command with this text as its standard input and returns its standard output. Panics with its
/// output if it fails.
pub fn run_with(command: &mut Command, input: &str) -> String {
    let output = output(command, input);
    assert!(
        output.status.success(),
        "{command:?} failed with {}:\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The same with an empty standard input.
pub fn run(command: &mut Command) -> String {
    run_with(command, "")
}
