//! LDIF is UTF-8 (RFC 2849 note 5). UTF-16, as Windows writes it, gets an error of its own, because all its lines would
//! be wrong.

use crate::directory::ldif::problem::{InvalidLdif, Problem};

/// Refuses UTF-16, with its byte order mark or without.
pub(super) const fn check(file: &[u8]) -> Result<(), InvalidLdif> {
    match file {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..] => Err(Problem::Utf16.at(1)),
        _ => Ok(()),
    }
}
