//! Why a directory could not be read.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::time::Duration;

use crate::sync::escape::visible;

/// The error of another layer or of a library, as it was.
type Source = Box<dyn StdError + Send + Sync>;

/// Why a directory could not be read. Each variant leads to another reaction, which the caller decides on.
///
/// The message is complete without the `source`, which is for diagnostics.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No server could be reached, the connection broke, or the server is busy.
    #[error("{}: {}", seen(attempt), seen(cause))]
    Unreachable {
        /// What was tried.
        attempt: String,
        /// Why it did not work.
        cause: String,
        /// The error behind it.
        source: Option<Source>,
    },
    /// The TLS handshake or the certificate was refused.
    #[error("{}: {}", seen(attempt), seen(cause))]
    Tls {
        /// What was tried.
        attempt: String,
        /// Why it did not work.
        cause: String,
        /// The error behind it.
        source: Option<Source>,
    },
    /// An operation took longer than its limit.
    #[error("{}: no answer within {seconds} s", seen(attempt))]
    TimedOut {
        /// What was tried.
        attempt: String,
        /// The limit.
        seconds: u64,
    },
    /// The server refused the credentials (LDAP result 49). They are never tried again with the same Secret.
    #[error("{}", seen(diagnostic))]
    BindRefused {
        /// Which server refused which account, and why.
        diagnostic: String,
        /// The server's answer.
        source: Option<Source>,
    },
    /// The read ended before it was complete: at a limit of the server, a reference inside the base, or a bound of this
    /// program.
    #[error("{}: {}", seen(attempt), seen(cause))]
    Incomplete {
        /// What was read.
        attempt: String,
        /// What ended it.
        cause: String,
        /// The error behind it.
        source: Option<Source>,
    },
    /// The settings do not fit this directory: a base that cannot be read, a schema that the server does not have, TLS
    /// that the server requires.
    #[error("{}: {}", seen(field), seen(problem))]
    Configuration {
        /// The field's path in the Directory or the DirectoryGroupSync.
        field: String,
        /// What was found and what would be right.
        problem: String,
        /// The error behind it.
        source: Option<Source>,
    },
    /// The answer breaks the protocol or the schema.
    #[error("{}: {}", seen(attempt), seen(cause))]
    Malformed {
        /// What was read.
        attempt: String,
        /// What was wrong with it.
        cause: String,
        /// The error behind it.
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

    /// [`Error::TimedOut`].
    pub fn timed_out(attempt: impl Into<String>, limit: Duration) -> Self {
        Self::TimedOut { attempt: attempt.into(), seconds: limit.as_secs() }
    }

    /// [`Error::BindRefused`].
    pub fn bind_refused(diagnostic: impl Into<String>) -> Self {
        Self::BindRefused { diagnostic: diagnostic.into(), source: None }
    }

    /// [`Error::Incomplete`].
    pub fn incomplete(attempt: impl Into<String>, cause: impl Into<String>) -> Self {
        Self::Incomplete { attempt: attempt.into(), cause: cause.into(), source: None }
    }

    /// [`Error::Configuration`].
    pub fn configuration(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Configuration { field: field.into(), problem: problem.into(), source: None }
    }

    /// [`Error::Configuration`] for a field whose value another error says everything about.
    pub fn invalid(field: impl Into<String>, error: impl StdError + Send + Sync + 'static) -> Self {
        Self::configuration(field, error.to_string()).caused_by(error)
    }

    /// [`Error::Malformed`].
    pub fn malformed(attempt: impl Into<String>, cause: impl Into<String>) -> Self {
        Self::Malformed { attempt: attempt.into(), cause: cause.into(), source: None }
    }

    /// With the error behind it. A time-out has none.
    #[must_use]
    pub fn caused_by(mut self, error: impl StdError + Send + Sync + 'static) -> Self {
        match &mut self {
            Self::Unreachable { source, .. }
            | Self::Tls { source, .. }
            | Self::BindRefused { source, .. }
            | Self::Incomplete { source, .. }
            | Self::Configuration { source, .. }
            | Self::Malformed { source, .. } => *source = Some(Box::new(error)),
            Self::TimedOut { .. } => {}
        }
        self
    }
}

/// A text of a server, a file or a library, as it may be printed.
fn seen(text: &str) -> Cow<'_, str> {
    visible(text, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_keeps_what_it_comes_from() {
        let refused = || std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        let error = Error::unreachable("connecting", "check the port").caused_by(refused());
        assert_eq!(error.to_string(), "connecting: check the port");
        let source = error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
        assert_eq!(source.map(std::io::Error::kind), Some(std::io::ErrorKind::ConnectionRefused));
        assert!(Error::invalid("spec.baseDN", refused()).source().is_some());
        assert!(Error::timed_out("binding", Duration::from_secs(1)).caused_by(refused()).source().is_none());
    }
}
