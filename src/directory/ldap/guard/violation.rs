//! What ends a connection.

/// Why a connection is ended. The text says what the server sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// The octets are not an answer that LDAP (RFC 4511) allows here.
    #[error("the server sent {0}")]
    Malformed(String),
    /// There is more than any real directory has.
    #[error("the server sent {0}, which exceeds the limit")]
    TooMuch(String),
    /// The server announced that it ends the session (RFC 4511 section 4.4.1).
    #[error("the server ended the session ({0})")]
    NoticeOfDisconnection(String),
}
