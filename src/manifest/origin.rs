//! Where an object was read.

use std::fmt;
use std::fs::Metadata;
use std::num::NonZeroUsize;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use jiff::Timestamp;

/// Where an object was read. As text it is `a.yaml, document 1, item 3`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The file as it was specified, or `-` for standard input.
    pub file: String,
    /// The number of the document in its file, from 1.
    pub document: usize,
    /// The number of the item in the document, from 1, if the document is a `List`.
    pub item: Option<NonZeroUsize>,
    /// The folder that a path in the object is relative to.
    pub folder: PathBuf,
    /// The version of the file that was read. `None` for standard input and other pipes.
    pub version: Option<FileVersion>,
}

/// A version of a file. Editing the file in place changes its time; replacing it changes its inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileVersion {
    /// When its content was last modified.
    pub modified: Timestamp,
    /// The number of the file in the file system.
    pub inode: u64,
}

impl FileVersion {
    /// The version of a regular file. A pipe has none, because its time changes whenever it is opened.
    pub(super) fn from_metadata(metadata: &Metadata) -> Option<Self> {
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
