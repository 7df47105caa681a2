//! Why a store could not be used.

use std::borrow::Cow;
use std::error::Error as StdError;

use super::guard::Interruption;
use crate::sync::escape::visible;

/// The error of another layer or of a library, as it was.
type Source = Box<dyn StdError + Send + Sync>;

/// Why a store could not be used. The message is complete without the `source`, which is for diagnostics.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be reached, or the connection broke.
    #[error("{}: {}", seen(attempt), seen(cause))]
    Unreachable {
        /// What was tried.
        attempt: String,
        /// Why it did not work; no password, no URL.
        cause: String,
        /// What it comes from.
        source: Option<Source>,
    },
    /// Its certificate is not trusted, or TLS cannot be agreed on.
    #[error("{attempt}: {cause}")]
    Tls {
        /// What was tried.
        attempt: String,
        /// What was found and what to do.
        cause: String,
        /// What it comes from.
        source: Option<Source>,
    },
    /// The credentials were refused, or the account, the database or the file does not take what was tried.
    #[error("{}: {}", seen(attempt), seen(cause))]
    AccessDenied {
        /// What was tried.
        attempt: String,
        /// Why it did not work.
        cause: String,
        /// What it comes from.
        source: Option<Source>,
    },
    /// Another writer has the store: come back soon.
    #[error("another run writes to this store now")]
    Busy,
    /// The connection's settings cannot work.
    #[error("{}: {}", seen(field), seen(problem))]
    Configuration {
        /// The field's path.
        field: String,
        /// What was found and what would be right.
        problem: String,
        /// What it comes from.
        source: Option<Source>,
    },
    /// The store holds something that cannot be true, such as a link text that is not an external id, or it refused the
    /// write as a whole.
    #[error("{}: {}", seen(attempt), seen(cause))]
    Unexpected {
        /// What was tried.
        attempt: String,
        /// What was found.
        cause: String,
        /// What it comes from.
        source: Option<Source>,
    },
    /// The links that are kept outside the store are missing or damaged, so that it is unknown which objects are ours. An
    /// administrator restores them, or says that there are none.
    #[error("{}: {}", seen(attempt), seen(cause))]
    LinksLost {
        /// What was tried.
        attempt: String,
        /// What was found and what to do.
        cause: String,
        /// What it comes from.
        source: Option<Source>,
    },
    /// The run may not go on. Nothing was written.
    #[error(transparent)]
    Interrupted(#[from] Interruption),
    /// The store did not say whether it has written the plan. The next read shows it.
    #[error("{attempt}: {}; it is not known whether the changes were written, and the next run finds out", seen(cause))]
    Unconfirmed {
        /// What was tried.
        attempt: String,
        /// Why no answer came.
        cause: String,
        /// What it comes from.
        source: Option<Source>,
    },
}

impl Error {
    /// [`Error::Unreachable`].
    pub fn unreachable(attempt: impl Into<String>, cause: impl Into<String>) -> Self {
        Self::Unreachable { attempt: attempt.into(), cause: cause.into(), source: None }
    }

    /// [`Error::Tls`].
    pub fn tls(attempt: impl Into<String>, cause: impl Into<String>) -> Self {
        Self::Tls { attempt: attempt.into(), cause: cause.into(), source: None }
    }

    /// [`Error::AccessDenied`].
    pub fn access_denied(attempt: impl Into<String>, cause: impl Into<String>) -> Self {
        Self::AccessDenied { attempt: attempt.into(), cause: cause.into(), source: None }
    }

    /// [`Error::Configuration`].
    pub fn configuration(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Configuration { field: field.into(), problem: problem.into(), source: None }
    }

    /// [`Error::Unexpected`].
    pub fn unexpected(attempt: impl Into<String>, cause: impl Into<String>) -> Self {
        Self::Unexpected { attempt: attempt.into(), cause: cause.into(), source: None }
    }

    /// [`Error::LinksLost`].
    pub fn links_lost(attempt: impl Into<String>, cause: impl Into<String>) -> Self {
        Self::LinksLost { attempt: attempt.into(), cause: cause.into(), source: None }
    }

    /// [`Error::Unconfirmed`].
    pub fn unconfirmed(attempt: impl Into<String>, cause: impl Into<String>) -> Self {
        Self::Unconfirmed { attempt: attempt.into(), cause: cause.into(), source: None }
    }

    /// With the error behind it. [`Error::Busy`] and [`Error::Interrupted`] have none.
    #[must_use]
    pub fn caused_by(mut self, error: impl StdError + Send + Sync + 'static) -> Self {
        match &mut self {
            Self::Unreachable { source, .. }
            | Self::Tls { source, .. }
            | Self::AccessDenied { source, .. }
            | Self::Configuration { source, .. }
            | Self::Unexpected { source, .. }
            | Self::LinksLost { source, .. }
            | Self::Unconfirmed { source, .. } => *source = Some(Box::new(error)),
            Self::Busy | Self::Interrupted(_) => {}
        }
        self
    }

    /// With the rights that the account lacks, where it is a right that was missing: what an administrator runs.
    #[must_use]
    pub fn naming(self, missing_rights: &[String]) -> Self {
        match self {
            Self::AccessDenied { attempt, cause, source } if !missing_rights.is_empty() => {
                Self::AccessDenied { attempt, cause: format!("{cause}; {}", grant(missing_rights)), source }
            }
            other => other,
        }
    }

    /// Rights are missing, whatever was tried.
    #[must_use]
    pub fn missing(missing_rights: &[String]) -> Self {
        let cause = format!("some are missing; {}", grant(missing_rights));
        Self::access_denied("checking the rights of the account", cause)
    }
}

fn grant(missing_rights: &[String]) -> String {
    // A database's rights are statements, which begin with capitals.
    let is_statement = |right: &String| right.starts_with(|first: char| first.is_ascii_uppercase());
    let verb = if missing_rights.iter().all(is_statement) { "run" } else { "grant" };
    format!("let an administrator {verb}: {};", missing_rights.join("; "))
}

/// Words of a server, a file or a library, as they may be printed.
fn seen(text: &str) -> Cow<'_, str> {
    visible(text, false)
}
