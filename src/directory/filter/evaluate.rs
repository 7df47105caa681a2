//! Filters evaluated on entries of a file, where no server does it.

use super::{Filter, Substrings};
use crate::directory::entry::Entry;
use crate::sync::fold::fold;

/// A filter that only a server can evaluate, because it needs the schema's ordering or matching rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{filter}` is {form}, which only a server can evaluate; for a file use `&`, `|`, `!`, equality, presence and patterns with `*`"
)]
pub struct UnsupportedInAFile {
    /// The filter, or the filter in it, that it is about.
    pub filter: String,
    /// What it is.
    pub form: &'static str,
}

impl Filter {
    /// Whether [`Self::evaluate`] answers as a server would.
    ///
    /// # Errors
    /// Names the first filter in it for which it does not.
    pub fn supported_in_a_file(&self) -> Result<(), UnsupportedInAFile> {
        let form = match self {
            Self::And(filters) | Self::Or(filters) => return filters.iter().try_for_each(Self::supported_in_a_file),
            Self::Not(inner) => return inner.supported_in_a_file(),
            Self::Equality(_) | Self::Present(_) | Self::Substrings(_) => return Ok(()),
            Self::GreaterOrEqual(_) | Self::LessOrEqual(_) => "a comparison by order",
            Self::Approximate(_) => "an approximate match",
            Self::Extensible(_) => "a match by a rule",
        };
        Err(UnsupportedInAFile { filter: self.to_string(), form })
    }

    /// Whether an entry of a file matches. Texts are compared folded, other octets as they are. An absent attribute
    /// does not match, so its negation does. Filters that are not supported do not match; [`Self::supported_in_a_file`]
    /// refuses them before.
    #[must_use]
    pub fn evaluate(&self, entry: &Entry) -> bool {
        match self {
            Self::And(filters) => filters.iter().all(|filter| filter.evaluate(entry)),
            Self::Or(filters) => filters.iter().any(|filter| filter.evaluate(entry)),
            Self::Not(inner) => !inner.evaluate(entry),
            Self::Present(attribute) => !entry.values(attribute).is_empty(),
            Self::Equality(assertion) => {
                let expected = comparable(&assertion.value);
                entry.values(&assertion.attribute).iter().any(|value| comparable(value) == expected)
            }
            Self::Substrings(pattern) => entry.values(&pattern.attribute).iter().any(|value| fits(pattern, value)),
            Self::GreaterOrEqual(_) | Self::LessOrEqual(_) | Self::Approximate(_) | Self::Extensible(_) => false,
        }
    }
}

fn comparable(value: &[u8]) -> Vec<u8> {
    std::str::from_utf8(value).map_or_else(|_| value.to_vec(), |text| fold(text).into_bytes())
}

/// Whether a value has the pieces of a pattern in their order (RFC 4511 section 4.5.1.7.2).
fn fits(pattern: &Substrings, value: &[u8]) -> bool {
    let value = comparable(value);
    let Some(mut rest) = value.strip_prefix(piece(pattern.initial.as_deref()).as_slice()) else { return false };
    for any in &pattern.any {
        let expected = piece(Some(any));
        let Some(at) = rest.windows(expected.len()).position(|window| window == expected) else { return false };
        rest = &rest[at + expected.len()..];
    }
    rest.ends_with(&piece(pattern.last.as_deref()))
}

/// A piece of a pattern, folded like a value. The spaces at its ends are kept, because they count in the middle of a
/// value.
fn piece(octets: Option<&[u8]>) -> Vec<u8> {
    let octets = octets.unwrap_or_default();
    let Ok(text) = std::str::from_utf8(octets) else { return octets.to_vec() };
    let folded = fold(text);
    let space = |at_end: bool| if at_end { " " } else { "" };
    if folded.is_empty() {
        return space(!text.is_empty()).into();
    }
    let (before, after) = (text.starts_with(char::is_whitespace), text.ends_with(char::is_whitespace));
    [space(before), &folded, space(after)].concat().into_bytes()
}
