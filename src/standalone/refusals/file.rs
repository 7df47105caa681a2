//! The file that outlives a run. Whatever is wrong with it is told once and fails nothing.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use super::Refusal;

const NAME: &str = "refused-binds.json";
/// The form of the content.
const VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Content {
    version: u32,
    refused: Vec<Refusal>,
}

/// Where refusals are kept.
#[derive(Debug)]
pub(super) struct RefusalFile {
    folder: Option<PathBuf>,
    was_told: AtomicBool,
}

impl RefusalFile {
    pub(super) const fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, was_told: AtomicBool::new(false) }
    }

    /// Where the file is, or would be.
    pub(super) fn path(&self) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(NAME))
    }

    /// What it holds; nothing where it is absent or cannot be understood.
    pub(super) fn read(&self) -> Vec<Refusal> {
        let Some(path) = self.path() else { return Vec::new() };
        let content = match fs::read(&path) {
            Ok(content) => content,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Vec::new(),
            Err(error) => {
                self.tell(&path, &format!("cannot be read ({error})"));
                return Vec::new();
            }
        };
        match serde_json::from_slice(&content) {
            Ok(Content { version: VERSION, refused }) => refused,
            Ok(Content { version, .. }) => {
                self.tell(&path, &format!("has version {version}, which this program does not know"));
                Vec::new()
            }
            Err(error) => {
                self.tell(&path, &format!("is not a file that this program wrote ({error})"));
                Vec::new()
            }
        }
    }

    /// Puts another file in its location, in one step: who reads meanwhile sees the one or the other.
    pub(super) fn write(&self, refused: &[Refusal]) {
        let Some(folder) = &self.folder else {
            if !self.was_told.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    "the next run will try the refused password again, because there is no folder to remember it in: \
                     set HOME or XDG_STATE_HOME"
                );
            }
            return;
        };
        let content = Content { version: VERSION, refused: refused.to_vec() };
        if let Err(error) = replace(folder, &content) {
            self.tell(&folder.join(NAME), &format!("cannot be written ({error})"));
        }
    }

    fn tell(&self, path: &Path, problem: &str) {
        if !self.was_told.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "{} {problem}, so a password that was refused may be tried again: make it and its folder readable and \
                 writable for this user, or remove it",
                path.display()
            );
        }
    }
}

fn replace(folder: &Path, content: &Content) -> io::Result<()> {
    // Of this user alone, as the specification has it.
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let path = folder.join(NAME);
    if content.refused.is_empty() {
        return fs::remove_file(path);
    }
    let new = folder.join(format!("{NAME}.{}", std::process::id()));
    // Left by a process of that number that was killed.
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
