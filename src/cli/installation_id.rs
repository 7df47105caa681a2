//! The value of `--installation-id`.

use crate::sync::identity::{LONGEST_INSTALLATION, is_installation};

/// Refuses what could not be read again as the first part of an owner.
pub(super) fn parse(text: &str) -> Result<String, String> {
    if is_installation(text) {
        return Ok(text.to_owned());
    }
    Err(format!("it must have 1 to {LONGEST_INSTALLATION} octets, without `/` and blanks"))
}

/// The same where an empty variable is the same as none.
pub(super) fn parse_optional(text: &str) -> Result<String, String> {
    if text.is_empty() { Ok(String::new()) } else { parse(text) }
}
