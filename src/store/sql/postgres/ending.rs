//! How the driver learns why its connection is ended by this program: as an error of the server, in the words of the
//! guard.

use super::guard::Violation;
use crate::store::sql::ended::{REFUSED, SILENT};

/// `ErrorResponse`, and `ReadyForQuery` in a transaction that has failed, which the driver expects to follow.
pub(super) fn ending(violation: &Violation) -> Vec<u8> {
    let code = if matches!(violation, Violation::Silent(_)) { SILENT } else { REFUSED };
    // A field is a letter and a text that ends with NUL; another NUL ends the fields.
    let fields = format!("SFATAL\0VFATAL\0C{code}\0M{violation}\0\0");
    let length = u32::try_from(fields.len() + 4).unwrap_or(u32::MAX);
    [b"E", &length.to_be_bytes()[..], fields.as_bytes(), b"Z\0\0\0\x05E"].concat()
}
