//! One line of a record: an attribute description and a value.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

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
    let shown = || String::from_utf8_lossy(line).chars().take(60).collect::<String>();
    let Some(colon) = line.iter().position(|byte| *byte == b':') else {
        return Err(Problem::NotAnAttribute(shown()));
    };
    let (description, rest) = (&line[..colon], &line[colon + 1..]);
    let Some(description) = std::str::from_utf8(description).ok().filter(|name| is_description(name)) else {
        return Err(Problem::NoAttribute(shown()));
    };
    let value = match rest.split_first() {
        Some((b':', encoded)) => STANDARD
            .decode(encoded.trim_ascii())
            .map(Cow::Owned)
            .map_err(|cause| Problem::NotBase64 { attribute: description.to_owned(), cause }),
        Some((b'<', _)) => Err(Problem::Elsewhere(description.to_owned())),
        // A value that ends with a space is written in Base64, RFC 2849 note 8.
        _ => Ok(Cow::Borrowed(rest.trim_ascii())),
    };
    Ok(Attribute { name: name(description)?, value })
}

fn is_description(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._;=*".contains(&byte))
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
            Some(_) => return Err(Problem::Range(description.to_owned())),
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
