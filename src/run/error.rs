//! Why a run has failed, and what follows from it.

use crate::api::v1alpha1::condition::Reason;
use crate::directory;
use crate::run::settings::InvalidSettings;
use crate::store::{self, Interruption};
use crate::sync::escape::visible;
use crate::sync::planning::Stop;

/// Why a run has failed. It is known that nothing was written, except for [`store::Error::Unconfirmed`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The objects cannot be made into settings.
    #[error(transparent)]
    Settings(#[from] InvalidSettings),
    /// An object that the sync refers to does not exist or is not ready.
    #[error("{}", visible(message, false))]
    Dependency {
        /// The reason for the condition.
        reason: Reason,
        /// Which object, and what is known about it.
        message: String,
    },
    /// The Directory's controller has not tried the present settings yet, which it does by itself.
    #[error("{}", visible(message, false))]
    NotProbed {
        /// Which object, and what has not been tried.
        message: String,
    },
    /// The directory could not be read.
    #[error("reading the directory: {0}")]
    Directory(#[from] directory::Error),
    /// The store could not be read or written.
    #[error("using the dashboard server's store: {0}")]
    Store(#[source] store::Error),
    /// The two sides do not belong together.
    #[error(transparent)]
    Stop(#[from] Stop),
    /// The run took longer than `spec.timeout`.
    #[error("the run took longer than spec.timeout ({seconds} s) and wrote nothing")]
    TimedOut {
        /// The limit.
        seconds: u64,
    },
    /// The run stopped because it should not go on.
    #[error("the run stopped before it wrote: {0}")]
    Interrupted(#[source] Interruption),
    /// The API server gave no answer.
    #[error("asking the API server: {}", visible(&.0.to_string(), false))]
    Kubernetes(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The program itself failed.
    #[error(
        "the program failed over this object: the operator's log has the message; report it as a fault of the program"
    )]
    Fault,
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Interrupted(interruption) => interruption.into(),
            other => Self::Store(other),
        }
    }
}

impl From<Interruption> for Error {
    fn from(interruption: Interruption) -> Self {
        match interruption {
            Interruption::TimedOut { seconds } => Self::TimedOut { seconds },
            other => Self::Interrupted(other),
        }
    }
}

/// What follows from a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consequence {
    /// Try again after the retry interval, with backoff.
    Retry,
    /// Try again soon, without a report at first, because something is in the way that goes by itself.
    Requeue,
    /// Wait until another object changes.
    Wait,
    /// Wait until an administrator changes something.
    Stall,
}

impl Error {
    /// The reason for the condition.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Settings(invalid) => invalid.reason(),
            Self::Dependency { reason, .. } => *reason,
            Self::NotProbed { .. } => Reason::DirectoryNotReady,
            Self::Directory(error) => directory_reason(error),
            Self::Store(error) => store_reason(error),
            Self::Stop(Stop::DirectoryChanged { .. }) => Reason::DirectoryChanged,
            Self::Stop(Stop::DirectoryIdClaimed { .. }) => Reason::DirectoryIdClaimed,
            Self::Stop(Stop::StoreChanged { .. } | Stop::StoreMoved { .. }) => Reason::StoreChanged,
            Self::TimedOut { .. } => Reason::TimedOut,
            Self::Interrupted(_) => Reason::Progressing,
            Self::Kubernetes(_) => Reason::KubernetesFailed,
            Self::Fault => Reason::InternalError,
        }
    }

    /// The error with the rights that the store account lacks, if a right is missing.
    #[must_use]
    pub(super) fn naming(self, missing_rights: &[String]) -> Self {
        match self {
            Self::Store(error) => Self::Store(error.naming(missing_rights)),
            other => other,
        }
    }

    /// What follows.
    #[must_use]
    pub const fn consequence(&self) -> Consequence {
        match self {
            Self::Settings(
                InvalidSettings::Field { .. }
                | InvalidSettings::AdoptionNotAllowed { .. }
                | InvalidSettings::HostNotAllowed { .. },
            )
            | Self::Directory(directory::Error::BindRefused { .. })
            | Self::Store(store::Error::Configuration { .. } | store::Error::LinksLost { .. })
            | Self::Stop(_) => Consequence::Stall,
            Self::Settings(_) | Self::Dependency { .. } => Consequence::Wait,
            Self::Store(store::Error::Busy) | Self::NotProbed { .. } | Self::Interrupted(_) => Consequence::Requeue,
            Self::Directory(_) | Self::Store(_) | Self::TimedOut { .. } | Self::Kubernetes(_) | Self::Fault => {
                Consequence::Retry
            }
        }
    }
}

/// The reason for an error of the directory.
#[must_use]
pub const fn directory_reason(error: &directory::Error) -> Reason {
    match error {
        directory::Error::Unreachable { .. } => Reason::DirectoryUnreachable,
        directory::Error::Tls { .. } => Reason::DirectoryTlsFailed,
        directory::Error::TimedOut { .. } => Reason::DirectoryTimedOut,
        directory::Error::BindRefused { .. } => Reason::BindRefused,
        directory::Error::Incomplete { .. } => Reason::DirectoryReadIncomplete,
        directory::Error::Configuration { .. } => Reason::DirectoryMisconfigured,
        directory::Error::Malformed { .. } => Reason::DirectoryAnswerMalformed,
    }
}

/// The reason for an error of the store.
#[must_use]
pub const fn store_reason(error: &store::Error) -> Reason {
    match error {
        store::Error::Unreachable { .. } | store::Error::Unconfirmed { .. } => Reason::StoreUnreachable,
        store::Error::Tls { .. } => Reason::StoreTlsFailed,
        store::Error::AccessDenied { .. } => Reason::StoreAccessDenied,
        store::Error::Busy => Reason::StoreBusy,
        store::Error::Interrupted(_) => Reason::Progressing,
        store::Error::Configuration { .. } => Reason::StoreMisconfigured,
        store::Error::Unexpected { .. } => Reason::StoreUnexpected,
        store::Error::LinksLost { .. } => Reason::LinksLost,
    }
}
