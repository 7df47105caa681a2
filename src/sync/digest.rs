//! Digests, for what must be the same for the same text.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// The first half of a SHA-256, in hexadecimal digits: short enough to copy by hand, too long to meet another by
/// chance.
pub(crate) fn digest(octets: &[u8]) -> String {
    Sha256::digest(octets).iter().take(16).fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
