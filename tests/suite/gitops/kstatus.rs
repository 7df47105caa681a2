//! What kstatus says, by the library itself: Flux and `cli-utils` use it.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::harness::command;

/// The status of each object: `Current`, `InProgress`, `Failed`, `Terminating` and so on.
pub(super) fn statuses(objects: &[Value]) -> Vec<String> {
    ask(&[], objects)
}

/// The same by expressions of Flux, if there is an argument.
pub(super) fn ask(arguments: &[String], objects: &[Value]) -> Vec<String> {
    let program = command::run(&mut Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("hack/kstatus/build")));
    let input: Vec<String> = objects.iter().map(Value::to_string).collect();
    let printed = command::run_with(Command::new(program.trim()).args(arguments), &input.join("\n"));
    printed.lines().map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect()
}
