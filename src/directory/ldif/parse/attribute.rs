//! One line of a record: an attribute description and a value.

use std::borrow::Cow;

use base64::engine::general_purpose::STANDARD;
use base64::{DecodeError, Engine as _};

use crate::directory::ldif::known_attribute::KnownAttribute;
use crate::directory::ldif::problem::Problem;

/// An attribute and one value of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Attribute<'a> {
    pub(super) name: Name,
    /// The octets, or why they cannot be read.
    pub(super) value: Result<Cow<'a, [u8]>, Problem>,
}

/// An attribute description.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// An attribute type, in lower case.
    Whole(String),
    /// A type with an option such as a language, which makes it another attribute that is not read; or a value that was
    /// deleted.
    NotRead,
}

impl Name {
    /// The type; empty for an attribute that is not read.
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Whole(name) => name,
            Self::NotRead => "",
        }
    }
}

/// Reads `attribute: value` or `attribute:: base64`.
pub(super) fn parse(line: &[u8]) -> Result<Attribute<'_>, Problem> {
    let Some(colon) = line.iter().position(|byte| *byte == b':') else {
        return Err(Problem::NotAnAttribute);
    };
    let (description, rest) = (&line[..colon], &line[colon + 1..]);
    let description = self::description(description).map_err(|octet| Problem::NoAttribute { octet })?;
    let value = match rest.split_first() {
        Some((b':', encoded)) => {
            STANDARD.decode(encoded.trim_ascii()).map(Cow::Owned).map_err(|cause| Problem::NotBase64 {
                attribute: KnownAttribute::of(description),
                character: character(&cause, encoded.trim_ascii()),
            })
        }
        Some((b'<', _)) => Err(Problem::Elsewhere(KnownAttribute::of(description))),
        // A value that ends with a space is written in Base64, RFC 2849 note 8.
        _ => Ok(Cow::Borrowed(rest.trim_ascii())),
    };
    Ok(Attribute { name: name(description)?, value })
}

/// The text of an attribute description, or its first octet, from 1, that cannot be part of one.
fn description(octets: &[u8]) -> Result<&str, usize> {
    let starts = octets.first().is_some_and(u8::is_ascii_alphanumeric);
    let wrong = |octet: &u8| !octet.is_ascii_alphanumeric() && !b"-._;=*".contains(octet);
    let wrong = if starts { octets.iter().position(wrong) } else { Some(0) };
    match (wrong, std::str::from_utf8(octets)) {
        (None, Ok(text)) => Ok(text),
        (wrong, _) => Err(wrong.unwrap_or_default() + 1),
    }
}

/// Where a decoder stopped, from 1. What it found there is part of the value.
fn character(cause: &DecodeError, encoded: &[u8]) -> usize {
    match cause {
        DecodeError::InvalidByte(index, _) | DecodeError::InvalidLastSymbol(index, _) => index + 1,
        DecodeError::InvalidLength(_) | DecodeError::InvalidPadding => encoded.len(),
    }
}

/// Takes the options off that say nothing of the value: `;binary` (RFC 4522), a range of all values (MS-ADTS section
/// 3.1.1.3.1.3.3), and the replication state of 389 Directory Server.
fn name(description: &str) -> Result<Name, Problem> {
    let lower = description.to_ascii_lowercase();
    let mut options = lower.split(';');
    let attribute = options.next().unwrap_or_default().to_owned();
    let mut is_read = true;
    for option in options {
        match option.strip_prefix("range=") {
            Some("0-*") => {}
            Some(_) => return Err(Problem::Range(KnownAttribute::of(description))),
            None => is_read &= option == "binary" || is_csn(option),
        }
    }
    Ok(if is_read { Name::Whole(attribute) } else { Name::NotRead })
}

/// Whether an option says when a value or its attribute was changed, as `db2ldif -r` of 389 Directory Server writes it:
/// two letters for the change, then the change sequence number (`adcsn-6b0967dd000000010002`). The options `deleted`
/// and `deletedattribute` beside them mark a value that was deleted.
fn is_csn(option: &str) -> bool {
    const CHANGES: [&str; 4] = ["ad", "md", "vd", "vu"];
    option.split_once("csn-").is_some_and(|(change, number)| {
        CHANGES.contains(&change) && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}
