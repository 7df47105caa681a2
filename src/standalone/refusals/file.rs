//! The file with the refusals of earlier runs. A problem with it is logged once and never fails a run.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use super::refusal::Refusal;

const NAME: &str = "refused-binds.json";
/// The version of the format.
const VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Content {
    version: u32,
    refused: Vec<Refusal>,
}

/// The file in which refusals are stored.
#[derive(Debug)]
pub(super) struct RefusalFile {
    folder: Option<PathBuf>,
    is_reported: AtomicBool,
}

impl RefusalFile {
    pub(super) const fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, is_reported: AtomicBool::new(false) }
    }

    /// The path of the file, which may not exist.
    pub(super) fn path(&self) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(NAME))
    }

    /// The refusals in the file. There are none if it is absent or cannot be read.
    pub(super) fn read(&self) -> Vec<Refusal> {
        let Some(path) = self.path() else { return Vec::new() };
        let content = match fs::read(&path) {
            Ok(content) => content,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Vec::new(),
            Err(error) => {
                self.report(&path, &format!("cannot be read ({error})"));
                return Vec::new();
            }
        };
        match serde_json::from_slice(&content) {
            Ok(Content { version: VERSION, refused }) => refused,
            Ok(Content { version, .. }) => {
                self.report(&path, &format!("has version {version}, which this program does not support"));
                Vec::new()
            }
            Err(error) => {
                self.report(&path, &format!("does not have the format of this program ({error})"));
                Vec::new()
            }
        }
    }

    /// Replaces the file in one step, so that a concurrent reader sees either the old or the new content.
    pub(super) fn write(&self, refused: &[Refusal]) {
        let Some(folder) = &self.folder else {
            if !self.is_reported.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    "the next run will try the refused password again, because there is no folder to remember it in: \
                     set HOME or XDG_STATE_HOME"
                );
            }
            return;
        };
        let content = Content { version: VERSION, refused: refused.to_vec() };
        if let Err(error) = replace(folder, &content) {
            self.report(&folder.join(NAME), &format!("cannot be written ({error})"));
        }
    }

    fn report(&self, path: &Path, problem: &str) {
        if !self.is_reported.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "{} {problem}, so a password that was refused may be tried again: make it and its folder readable and \
                 writable for this user, or remove it",
                path.display()
            );
        }
    }
}

fn replace(folder: &Path, content: &Content) -> io::Result<()> {
    // Only this user has access, as the specification requires.
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let path = folder.join(NAME);
    if content.refused.is_empty() {
        return fs::remove_file(path);
    }
    let new = folder.join(format!("{NAME}.{}", std::process::id()));
    // A killed process with the same id may have left it.
    let _ = fs::remove_file(&new);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    let written = serde_json::to_vec(content)
        .map_err(io::Error::from)
        .and_then(|octets| file.write_all(&octets))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        let _ = fs::remove_file(new);
    }
    written
}
