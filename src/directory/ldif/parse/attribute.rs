//! One line of a record: an attribute description and a value.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// An attribute and one value of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Attribute<'a> {
    pub(super) name: Name,
    pub(super) value: Cow<'a, [u8]>,
}

/// An attribute description.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// An attribute type, in lower case.
    Whole(String),
    /// A type with an option such as a language: another attribute, and none that is read.
    Option,
}

impl Name {
    /// The type; an attribute with an option has none that anybody asks for.
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Whole(name) => name,
            Self::Option => "",
        }
    }
}

/// Reads `attribute: value` or `attribute:: base64`.
pub(super) fn parse(line: &[u8]) -> Result<Attribute<'_>, String> {
    let shown = || String::from_utf8_lossy(line).chars().take(60).collect::<String>();
    let Some(colon) = line.iter().position(|byte| *byte == b':') else {
        return Err(format!("`{}` is no `attribute: value`; a continued line begins with one blank", shown()));
    };
    let (description, rest) = (&line[..colon], &line[colon + 1..]);
    let Some(name) = std::str::from_utf8(description).ok().filter(|name| is_description(name)) else {
        return Err(format!("`{}` does not begin with an attribute; a continued line begins with one blank", shown()));
    };
    let value = match rest.split_first() {
        Some((b':', encoded)) => Cow::Owned(
            STANDARD
                .decode(encoded.trim_ascii())
                .map_err(|error| format!("the value of `{name}` is not Base64, as `::` says it is: {error}"))?,
        ),
        Some((b'<', _)) => {
            return Err(format!(
                "`{name}:<` names a file or URL, which is never followed; write the value as `{name}::` and its Base64"
            ));
        }
        // A value that ends with a blank is written in Base64, RFC 2849 note 8.
        _ => Cow::Borrowed(rest.trim_ascii()),
    };
    Ok(Attribute { name: whole(name)?, value })
}

fn is_description(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._;=*".contains(&byte))
}

/// Takes the options off, where that loses nothing: `;binary` (RFC 4522) and a range that is all of them (MS-ADTS
/// section 3.1.1.3.1.3.3).
fn whole(description: &str) -> Result<Name, String> {
    let lower = description.to_ascii_lowercase();
    let Some((name, option)) = lower.split_once(';') else { return Ok(Name::Whole(lower)) };
    match option.strip_prefix("range=") {
        Some("0-*") => Ok(Name::Whole(name.to_owned())),
        Some(_) => Err(format!(
            "`{description}` is a part of a long attribute, and the file does not have the rest; use `spec.ldap`, \
             which reads all parts"
        )),
        None if option == "binary" => Ok(Name::Whole(name.to_owned())),
        None => Ok(Name::Option),
    }
}
