//! `sync -f` and `check -f`: one synchronization from YAML files, with no cluster.

pub mod check;
mod console;
mod gather;
pub mod sync;

/// What `--installation-id` is without a cluster.
pub const INSTALLATION: &str = "standalone";

/// How results are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// For people.
    #[default]
    Text,
    /// A list of objects with `metadata` and `status`.
    Json,
    /// The same as YAML.
    Yaml,
}

/// What the process ends with, worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// In step.
    InStep,
    /// Changes were applied: 0, or 5 with `--exit-code`.
    Applied,
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
    /// The process's exit code.
    #[must_use]
    pub const fn code(self, tell_applied: bool) -> u8 {
        match self {
            Self::InStep => 0,
            Self::Applied => {
                if tell_applied {
                    5
                } else {
                    0
                }
            }
            Self::Pending => 3,
            Self::PartlyFailed => 4,
            Self::Failed => 1,
            Self::Invalid => 2,
        }
    }
}
