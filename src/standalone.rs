//! `sync -f` and `check -f`: one synchronization from YAML files, without a cluster.

pub mod check;
mod console;
mod gather;
mod link_file;
pub mod links;
pub mod refusals;
pub mod sync;

/// The default of `--installation-id` without a cluster.
pub const INSTALLATION: &str = "standalone";

/// The format of results.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// Plain text.
    #[default]
    Text,
    /// JSON: a list of objects with `metadata` and `status`.
    Json,
    /// The same list as YAML.
    Yaml,
}

/// The output of a command, and how the process ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandOutput {
    /// The results, for standard output.
    pub results: String,
    /// Additional messages, for standard error.
    pub notes: String,
    /// How the process ends.
    pub exit: Exit,
}

/// The message about files without a `DirectoryGroupSync`.
const NO_SYNC: &str =
    "the files contain no DirectoryGroupSync, so there is nothing to synchronize: specify the file that contains it";

/// How the process ends, worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// The store is in sync.
    InSync,
    /// Changes were applied: 0, or 5 with `--exit-code`.
    Applied,
    /// In sync or applied, but problems or duplicates are listed: 0, or 6 with `--exit-code`. It is worse than
    /// [`Self::Applied`], so that an alert on it also works if changes were applied.
    NeedsFixing,
    /// Changes are held, or in a preview changes are pending.
    Pending,
    /// The store refused some writes.
    PartlyFailed,
    /// A run failed.
    Failed,
    /// The files or the command line are invalid.
    Invalid,
}

impl Exit {
    /// The exit code of the process. With `--exit-code` success has several codes.
    #[must_use]
    pub const fn code(self, is_detailed: bool) -> u8 {
        match self {
            Self::Applied if is_detailed => 5,
            Self::NeedsFixing if is_detailed => 6,
            Self::InSync | Self::Applied | Self::NeedsFixing => 0,
            Self::Pending => 3,
            Self::PartlyFailed => 4,
            Self::Failed => 1,
            Self::Invalid => 2,
        }
    }
}
