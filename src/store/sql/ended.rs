//! The codes of errors that are not a server's: this program ended the connection and told the driver so. They look
//! like those of a server (`SQLSTATE`); PostgreSQL has no class that begins with Z.

/// What came is broken or too much.
pub(super) const REFUSED: &str = "ZG001";
/// Nothing came any more.
pub(super) const SILENT: &str = "ZG002";
