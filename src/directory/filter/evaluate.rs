//! Filters evaluated on entries of a file, where no server does it.

use super::{Filter, Substrings};
use crate::directory::entry::Entry;
use crate::sync::fold::fold;

/// A form of filter that only a server can evaluate, because it takes the schema's ordering or matching rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{filter}` is {form}, which only a server evaluates: in a file a filter has `&`, `|`, `!`, equality, presence and patterns with `*`"
)]
pub struct UnsupportedInAFile {
    /// The part of the filter.
    pub filter: String,
    /// What it is.
    pub form: &'static str,
}

impl Filter {
    /// Whether [`Self::evaluate`] can tell what a server would.
    ///
    /// # Errors
    /// Names the first part that it cannot.
    pub fn supported_in_a_file(&self) -> Result<(), UnsupportedInAFile> {
        let form = match self {
            Self::And(parts) | Self::Or(parts) => return parts.iter().try_for_each(Self::supported_in_a_file),
            Self::Not(inner) => return inner.supported_in_a_file(),
            Self::Equality(_) | Self::Present(_) | Self::Substrings(_) => return Ok(()),
            Self::GreaterOrEqual(_) | Self::LessOrEqual(_) => "a comparison by order",
            Self::Approximate(_) => "an approximate match",
            Self::Extensible(_) => "a match by a rule",
        };
        Err(UnsupportedInAFile { filter: self.to_string(), form })
    }

    /// Whether an entry of a file matches. Texts are compared folded, other octets as they are; an absent attribute
    /// matches nothing, so that its negation matches. Forms that are not supported match nothing: they are refused
    /// before, by [`Self::supported_in_a_file`].
    #[must_use]
    pub fn evaluate(&self, entry: &Entry) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.evaluate(entry)),
            Self::Or(parts) => parts.iter().any(|part| part.evaluate(entry)),
            Self::Not(inner) => !inner.evaluate(entry),
            Self::Present(attribute) => !entry.values(attribute).is_empty(),
            Self::Equality(assertion) => {
                let wanted = comparable(&assertion.value);
                entry.values(&assertion.attribute).iter().any(|value| comparable(value) == wanted)
            }
            Self::Substrings(pattern) => entry.values(&pattern.attribute).iter().any(|value| fits(pattern, value)),
            Self::GreaterOrEqual(_) | Self::LessOrEqual(_) | Self::Approximate(_) | Self::Extensible(_) => false,
        }
    }
}

fn comparable(value: &[u8]) -> Vec<u8> {
    std::str::from_utf8(value).map_or_else(|_| value.to_vec(), |text| fold(text).into_bytes())
}

/// Whether a value has the parts of a pattern in their order (RFC 4511 section 4.5.1.7.2).
fn fits(pattern: &Substrings, value: &[u8]) -> bool {
    let value = comparable(value);
    let Some(mut rest) = value.strip_prefix(part(pattern.initial.as_deref()).as_slice()) else { return false };
    for any in &pattern.any {
        let wanted = part(Some(any));
        let Some(at) = rest.windows(wanted.len()).position(|window| window == wanted) else { return false };
        rest = &rest[at + wanted.len()..];
    }
    rest.ends_with(&part(pattern.last.as_deref()))
}

/// A part folded like a value, but for the blanks at its ends, which in the middle of a value mean something.
fn part(octets: Option<&[u8]>) -> Vec<u8> {
    let octets = octets.unwrap_or_default();
    let Ok(text) = std::str::from_utf8(octets) else { return octets.to_vec() };
    let folded = fold(text);
    let blank = |at_end: bool| if at_end { " " } else { "" };
    if folded.is_empty() {
        return blank(!text.is_empty()).into();
    }
    let (before, after) = (text.starts_with(char::is_whitespace), text.ends_with(char::is_whitespace));
    [blank(before), &folded, blank(after)].concat().into_bytes()
}
