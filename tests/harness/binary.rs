//! The program under test.

use std::path::PathBuf;
use std::process::Command;

use super::{environment, folder};

/// The `directory-group-sync` binary: that of the variable `DIRECTORY_GROUP_SYNC_BINARY` (`hack/test` builds a release
/// binary), otherwise the one that cargo has built with the tests.
#[must_use]
pub fn path() -> PathBuf {
    environment::variable("DIRECTORY_GROUP_SYNC_BINARY")
        .or_else(|| option_env!("CARGO_BIN_EXE_directory-group-sync").map(ToOwned::to_owned))
        .map(PathBuf::from)
        .expect("DIRECTORY_GROUP_SYNC_BINARY names the binary, as `cargo run --example` does not build it")
}

/// A command that runs the binary with these arguments.
#[must_use]
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(path());
    command.args(arguments).env("XDG_STATE_HOME", folder::state());
    command
}
