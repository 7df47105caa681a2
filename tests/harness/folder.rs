//! Temporary folders: one for the run, removed by the caretaker, and below it one for each server.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use tempfile::{Builder, TempDir};

use super::caretaker;

static RUN: LazyLock<PathBuf> = LazyLock::new(|| {
    let run = open_to_all(Builder::new().prefix("directory-group-sync.")).tempdir().expect("a temporary folder").keep();
    caretaker::owns(&run);
    run
});

/// A folder that is deleted with the value, or with this process if the value is a static. Every user may read it, because
/// PostgreSQL runs as another user.
#[must_use]
pub fn temporary(name: &str) -> TempDir {
    let prefix = format!("{name}-");
    open_to_all(Builder::new().prefix(&prefix)).tempdir_in(&*RUN).expect("a temporary folder")
}

/// The state folder of the programs under test, instead of the user's own.
#[must_use]
pub fn state() -> PathBuf {
    RUN.join("state")
}

/// Writes a file and returns its path.
pub fn write(folder: &Path, name: &str, content: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, content).unwrap_or_else(|error| panic!("write {}: {error}", path.display()));
    path
}

/// Writes a file that only its owner may read, which servers require of private keys.
pub fn write_private(folder: &Path, name: &str, content: &str) -> PathBuf {
    let path = write(folder, name, content);
    fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("permissions of a file of ours");
    path
}

fn open_to_all<'a, 'b>(builder: &'a mut Builder<'b, 'b>) -> &'a mut Builder<'b, 'b> {
    builder.permissions(Permissions::from_mode(0o755))
}
