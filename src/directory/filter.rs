//! Search filters: the text form of RFC 4515 as a value that is read, written, composed and evaluated.

mod evaluate;
mod parse;
mod write;

pub use evaluate::UnsupportedInAFile;

use crate::sync::escape::shown;

/// A search filter, RFC 4511 section 4.5.1.7. Assertion values are octets, without escapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// `(&…)`: all of them; of none it is true (RFC 4526).
    And(Vec<Filter>),
    /// `(|…)`: any of them; of none it is false (RFC 4526).
    Or(Vec<Filter>),
    /// `(!…)`.
    Not(Box<Filter>),
    /// `(attribute=value)`.
    Equality(Assertion),
    /// `(attribute=*)`.
    Present(String),
    /// `(attribute=initial*any*final)`.
    Substrings(Substrings),
    /// `(attribute>=value)`.
    GreaterOrEqual(Assertion),
    /// `(attribute<=value)`.
    LessOrEqual(Assertion),
    /// `(attribute~=value)`.
    Approximate(Assertion),
    /// `(attribute:dn:rule:=value)`.
    Extensible(Extensible),
}

/// An attribute and what it is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// The attribute description, as it was written.
    pub attribute: String,
    /// The octets of the value.
    pub value: Vec<u8>,
}

/// A pattern. It has at least one piece, and no piece is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Substrings {
    /// The attribute description.
    pub attribute: String,
    /// What a value starts with.
    pub initial: Option<Vec<u8>>,
    /// What follows in it, in this order.
    pub any: Vec<Vec<u8>>,
    /// What it ends with.
    pub last: Option<Vec<u8>>,
}

/// A match by a rule. It has an attribute or a rule, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extensible {
    /// The attribute description; `None`: every attribute that the rule applies to.
    pub attribute: Option<String>,
    /// Whether the attributes of the name are compared too.
    pub dn: bool,
    /// The matching rule, by name or object identifier.
    pub rule: Option<String>,
    /// The octets of the value.
    pub value: Vec<u8>,
}

/// A text that is not a filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a search filter (RFC 4515): character {position}: {problem}", shown(text))]
pub struct InvalidFilter {
    /// The text; a long one is cut off.
    pub text: String,
    /// Where, in characters from 1.
    pub position: usize,
    /// What was found there and what would be right.
    pub problem: String,
}

impl Filter {
    /// The longest text that is parsed, in octets.
    pub const MAX_LENGTH: usize = 64 * 1024;

    /// How deep `&`, `|` and `!` may be nested: deeper than any filter in use, and not too deep for any stack.
    pub const MAX_DEPTH: usize = 50;

    /// `(attribute=value)` with the octets of a value, such as a name or an `objectGUID`.
    #[must_use]
    pub fn equality(attribute: &str, value: impl Into<Vec<u8>>) -> Self {
        Self::Equality(Assertion { attribute: attribute.to_owned(), value: value.into() })
    }

    /// What matches both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let mut filters = match self {
            Self::And(filters) => filters,
            single => vec![single],
        };
        match other {
            Self::And(more) => filters.extend(more),
            single => filters.push(single),
        }
        Self::And(filters)
    }

    /// What matches any.
    #[must_use]
    pub fn any_of(filters: impl IntoIterator<Item = Self>) -> Self {
        let mut filters: Vec<Self> = filters.into_iter().collect();
        match filters.len() {
            1 => filters.remove(0),
            _ => Self::Or(filters),
        }
    }
}

#[cfg(test)]
mod tests;
