//! `sync -f` and `check -f`: one synchronization from YAML files, with no cluster.

pub mod check;
mod console;
mod gather;
pub mod refusals;
pub mod sync;

/// What `--installation-id` is without a cluster.
pub const INSTALLATION: &str = "standalone";

/// How results are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// Plain text.
    #[default]
    Text,
    /// JSON: a list of objects with `metadata` and `status`.
    Json,
    /// The same as YAML.
    Yaml,
}

/// What a command has to say, and how the process ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The results, for standard output.
    pub results: String,
    /// What is said beside them, for standard error.
    pub aside: String,
    /// How the process ends.
    pub exit: Exit,
}

/// What is said of files without a `DirectoryGroupSync`.
const NO_SYNC: &str =
    "the files hold no DirectoryGroupSync, so there is nothing to synchronize: name the file that has it";

/// What the process ends with, worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// In step.
    InStep,
    /// Changes were applied: 0, or 5 with `--exit-code`.
    Applied,
    /// In step or applied, but something that a person must mend is listed: 0, or 6 with `--exit-code`. It comes before
    /// [`Self::Applied`], because whoever is alerted by it must not miss it on a day when something changed.
    NeedsFixing,
    /// Removals are held, or in a preview changes are pending.
    Pending,
    /// Some writes failed.
    PartlyFailed,
    /// A run failed.
    Failed,
    /// The files or the command line are wrong.
    Invalid,
}

impl Exit {
    /// The process's exit code. `--exit-code` tells success in more detail.
    #[must_use]
    pub const fn code(self, in_detail: bool) -> u8 {
        match self {
            Self::Applied if in_detail => 5,
            Self::NeedsFixing if in_detail => 6,
            Self::InStep | Self::Applied | Self::NeedsFixing => 0,
            Self::Pending => 3,
            Self::PartlyFailed => 4,
            Self::Failed => 1,
            Self::Invalid => 2,
        }
    }
}
