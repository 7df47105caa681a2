//! The id that a store gives to an account or a group.

use std::fmt;

use super::escape::visible;

/// The id of an account or a group in its store. One store has ids of one kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StoreId {
    /// As databases count.
    Number(i64),
    /// As servers with a REST API have it, a UUID for instance.
    Text(Box<str>),
}

impl StoreId {
    /// The number; `None` for a text.
    #[must_use]
    pub const fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(_) => None,
        }
    }
}

impl From<i64> for StoreId {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for StoreId {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

/// As messages print it: a text comes from the store.
impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(&visible(text, false)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_pays_one_word_for_ids_that_are_texts() {
        assert_eq!(size_of::<StoreId>(), 2 * size_of::<i64>());
    }

    #[test]
    fn a_text_is_printed_visibly() {
        assert_eq!(StoreId::from(7).to_string(), "7");
        assert_eq!(StoreId::from("a-1").to_string(), "a-1");
        assert!(!StoreId::from("a\nb").to_string().contains('\n'));
    }
}
