//! What a directory says of one attribute: it may have several values, whose order means nothing (RFC 4512 section
//! 2.3), and values that are not text.

use super::form::{TextForm, Unfit};

/// The values of one attribute of one entry, without blanks around them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Values {
    /// The entry shows none.
    #[default]
    Absent,
    /// It shows one that is not text, so nothing follows from it.
    Undecodable,
    /// It shows one.
    One(Box<str>),
    /// It shows several: ascending, each once, more than one.
    Several(Box<[Box<str>]>),
}

impl Values {
    /// Of the texts that an entry shows, in any order.
    #[must_use]
    pub fn from_texts(texts: impl IntoIterator<Item = Box<str>>) -> Self {
        let mut texts: Vec<Box<str>> = texts.into_iter().collect();
        texts.sort_unstable();
        texts.dedup();
        match texts.len() {
            0 => Self::Absent,
            1 => texts.pop().map_or(Self::Absent, Self::One),
            _ => Self::Several(texts.into()),
        }
    }

    /// All of them, in the order of their text.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let values = match self {
            Self::Absent | Self::Undecodable => &[],
            Self::One(value) => std::slice::from_ref(value),
            Self::Several(values) => &**values,
        };
        values.iter().map(|value| &**value)
    }

    /// The first in the order of their text.
    #[must_use]
    pub fn first(&self) -> Option<&str> {
        self.iter().next()
    }

    /// Rule `several-values`: what the store is to have of several values is the one that it has already, in the form
    /// in which it keeps them, else the first in the order of their text. `None`: there is none.
    ///
    /// # Errors
    /// When the store cannot keep the one that it should hold.
    pub(crate) fn kept<'a>(&'a self, held: Option<&str>, form: &TextForm) -> Result<Option<&'a str>, Unfit> {
        if let (Self::Several(values), Some(held)) = (self, held) {
            let mut kept = values.iter().filter_map(|value| form.kept(value).ok());
            if let Some(same) = kept.find(|kept| form.is_same(held, kept)) {
                return Ok(Some(same));
            }
        }
        self.first().map(|first| form.kept(first)).transpose()
    }
}

impl From<Option<Box<str>>> for Values {
    fn from(value: Option<Box<str>>) -> Self {
        value.map_or(Self::Absent, Self::One)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(texts: &[&str]) -> Values {
        Values::from_texts(texts.iter().map(|text| Box::from(*text)))
    }

    /// Rule `several-values`.
    #[test]
    fn the_value_that_the_store_has_stays_whatever_the_order() {
        for order in [["two", "t.wo"], ["t.wo", "two"]] {
            let values = values(&order);
            assert_eq!(values.kept(Some("two"), &TextForm::ANY), Ok(Some("two")));
            assert_eq!(values.kept(Some("t.wo"), &TextForm::ANY), Ok(Some("t.wo")));
            for other in [None, Some("three"), Some("TWO")] {
                assert_eq!(values.kept(other, &TextForm::ANY), Ok(Some("t.wo")), "{other:?}");
            }
        }
    }

    #[test]
    fn one_value_given_twice_is_one() {
        assert_eq!(values(&["a", "a"]), Values::One("a".into()));
        assert_eq!(values(&[]), Values::Absent);
    }

    #[test]
    fn nothing_is_known_of_what_is_no_text() {
        assert_eq!(Values::Undecodable.kept(Some("a"), &TextForm::ANY), Ok(None));
        assert_eq!(Values::Undecodable.first(), None);
    }
}
