//! One line of a record: an attribute description and a value.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// An attribute and one value of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Attribute<'a> {
    pub(super) name: Name,
    /// The octets, or why nobody can tell them.
    pub(super) value: Result<Cow<'a, [u8]>, String>,
}

/// An attribute description.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// An attribute type, in lower case.
    Whole(String),
    /// A type with an option such as a language, which is another attribute and none that is read; or a value that was
    /// deleted.
    NotRead,
}

impl Name {
    /// The type; an attribute that is not read has none that anybody asks for.
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Whole(name) => name,
            Self::NotRead => "",
        }
    }
}

/// Reads `attribute: value` or `attribute:: base64`.
pub(super) fn parse(line: &[u8]) -> Result<Attribute<'_>, String> {
    let shown = || String::from_utf8_lossy(line).chars().take(60).collect::<String>();
    let Some(colon) = line.iter().position(|byte| *byte == b':') else {
        return Err(format!("`{}` is not `attribute: value`; a continued line begins with one blank", shown()));
    };
    let (description, rest) = (&line[..colon], &line[colon + 1..]);
    let Some(description) = std::str::from_utf8(description).ok().filter(|name| is_description(name)) else {
        return Err(format!("`{}` does not begin with an attribute; a continued line begins with one blank", shown()));
    };
    let value = match rest.split_first() {
        Some((b':', encoded)) => STANDARD
            .decode(encoded.trim_ascii())
            .map(Cow::Owned)
            .map_err(|error| format!("the value of `{description}` is not Base64, as `::` says it is: {error}")),
        Some((b'<', _)) => Err(format!(
            "`{description}:<` names a file or URL, which is never followed; write the value as `{description}::` and \
             its Base64"
        )),
        // A value that ends with a blank is written in Base64, RFC 2849 note 8.
        _ => Ok(Cow::Borrowed(rest.trim_ascii())),
    };
    Ok(Attribute { name: name(description)?, value })
}

fn is_description(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._;=*".contains(&byte))
}

/// Takes the options off, where that loses nothing: `;binary` (RFC 4522), a range that is all of them (MS-ADTS section
/// 3.1.1.3.1.3.3), and what 389 Directory Server remembers of a value's replication.
fn name(description: &str) -> Result<Name, String> {
    let lower = description.to_ascii_lowercase();
    let mut parts = lower.split(';');
    let attribute = parts.next().unwrap_or_default().to_owned();
    let mut is_read = true;
    for option in parts {
        match option.strip_prefix("range=") {
            Some("0-*") => {}
            Some(_) => {
                return Err(format!(
                    "`{description}` is a part of a long attribute, and the file does not have the rest; use \
                     `spec.ldap`, which reads all parts"
                ));
            }
            None => is_read &= option == "binary" || is_change_number(option),
        }
    }
    Ok(if is_read { Name::Whole(attribute) } else { Name::NotRead })
}

/// Whether an option says when a value or its attribute was changed, which `db2ldif -r` of 389 Directory Server writes:
/// two letters for what was done to it, then the change sequence number (`adcsn-6b0967dd000000010002`). Beside them
/// `deleted` and `deletedattribute` mark a value that is only remembered.
fn is_change_number(option: &str) -> bool {
    const CHANGES: [&str; 4] = ["ad", "md", "vd", "vu"];
    option.split_once("csn-").is_some_and(|(change, number)| {
        CHANGES.contains(&change) && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}
