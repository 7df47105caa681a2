//! What ends a connection.

use std::time::Duration;

use crate::memory::Full;

/// Why a connection is ended. The text says what the server sent and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::store::sql::postgres) enum Violation {
    /// The octets are not what a PostgreSQL server sends.
    #[error(
        "the server sent {0}: check that the host and the port in the URL lead to a PostgreSQL server, and what lies \
         between"
    )]
    Malformed(String),
    /// There is more than any real store has.
    #[error(
        "the server sent {0}, which exceeds the limit: check that the URL leads to the dashboard server's database, and \
         what its tables contain"
    )]
    TooMuch(String),
    /// It fills the memory.
    #[error(
        "the server sent {0}, and this read took most: check what the tables of the store contain, or give the container \
         more memory"
    )]
    Full(Full),
    /// Nothing comes any more.
    #[error("the server sent nothing for {} s: check the server, and what lies between", .0.as_secs())]
    Silent(Duration),
}
