//! Where an object was read.

use std::fmt;
use std::fs::Metadata;
use std::num::NonZeroUsize;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use jiff::Timestamp;

/// Where an object was read. Written out it is `a.yaml, document 1, item 3`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The file as it was named, or what stands for it.
    pub file: String,
    /// The place of the document in its file, from 1.
    pub document: usize,
    /// The place of the item in the document, from 1, where the document is a `List`.
    pub item: Option<NonZeroUsize>,
    /// The folder that a path in the object is relative to.
    pub folder: PathBuf,
    /// Which version of the file was read; `None` for what is no file, such as standard input or another pipe.
    pub version: Option<FileVersion>,
}

/// What changes with every change of a file: who edits it in place gives it another time, who puts another file in its
/// place another inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileVersion {
    /// When its content was last modified.
    pub modified: Timestamp,
    /// Its number in the file system.
    pub inode: u64,
}

impl FileVersion {
    /// Of a regular file. A pipe has a new time whenever it is opened, whatever comes through it.
    pub(super) fn of(metadata: &Metadata) -> Option<Self> {
        let nanosecond = i32::try_from(metadata.mtime_nsec()).ok()?;
        let modified = Timestamp::new(metadata.mtime(), nanosecond).ok()?;
        metadata.is_file().then_some(Self { modified, inode: metadata.ino() })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, document {}", self.file, self.document)?;
        self.item.map_or(Ok(()), |item| write!(f, ", item {item}"))
    }
}
