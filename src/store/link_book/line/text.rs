//! Values of lines that have a text of their own.

use std::fmt::Display;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::store::link_book::LinkedObject;
use crate::sync::identity::{DirectoryId, ExternalId, InvalidExternalId};
use crate::sync::link::Origin;
use crate::sync::snapshot::DnHash;
use crate::sync::store_id::StoreId;

/// An id of the store.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum StoreIdText {
    Number(i64),
    Text(Box<str>),
}

/// The id of the store's object, or the mark that it gets.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ObjectText {
    Number(i64),
    Text(Box<str>),
    Intended(Box<str>),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum OriginText {
    Created,
    Adopted,
}

/// A value that is written as its text.
pub(super) struct Text<T>(pub(super) T);

impl<T: Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de, T: FromStr<Err: Display>> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

/// A directory id, by the text of its external id.
pub(super) struct Directory(pub(super) ExternalId);

impl Directory {
    pub(super) const fn into_inner(self) -> DirectoryId {
        DirectoryId(self.0)
    }
}

impl Display for Directory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Directory {
    type Err = InvalidExternalId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// A hash, by its 32 hexadecimal digits.
pub(super) struct Hash(pub(super) DnHash);

impl Display for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0.0))
    }
}

impl FromStr for Hash {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_digit = |letter: u8| letter.is_ascii_digit() || (b'a'..=b'f').contains(&letter);
        let number = u128::from_str_radix(text, 16).ok().filter(|_| text.len() == 32 && text.bytes().all(is_digit));
        number.map(|number| Self(DnHash(number.to_be_bytes()))).ok_or("a hash must be 32 hexadecimal digits")
    }
}

impl From<&StoreId> for StoreIdText {
    fn from(id: &StoreId) -> Self {
        match id {
            StoreId::Number(number) => Self::Number(*number),
            StoreId::Text(text) => Self::Text(text.clone()),
        }
    }
}

impl From<StoreIdText> for StoreId {
    fn from(id: StoreIdText) -> Self {
        match id {
            StoreIdText::Number(number) => Self::Number(number),
            StoreIdText::Text(text) => Self::Text(text),
        }
    }
}

impl From<&LinkedObject> for ObjectText {
    fn from(object: &LinkedObject) -> Self {
        match object {
            LinkedObject::Known(StoreId::Number(number)) => Self::Number(*number),
            LinkedObject::Known(StoreId::Text(text)) => Self::Text(text.clone()),
            LinkedObject::Intended(mark) => Self::Intended(mark.clone()),
        }
    }
}

impl From<ObjectText> for LinkedObject {
    fn from(object: ObjectText) -> Self {
        match object {
            ObjectText::Number(number) => Self::Known(StoreId::Number(number)),
            ObjectText::Text(text) => Self::Known(StoreId::Text(text)),
            ObjectText::Intended(mark) => Self::Intended(mark),
        }
    }
}

impl From<Origin> for OriginText {
    fn from(origin: Origin) -> Self {
        match origin {
            Origin::Created => Self::Created,
            Origin::Adopted => Self::Adopted,
        }
    }
}

impl From<OriginText> for Origin {
    fn from(origin: OriginText) -> Self {
        match origin {
            OriginText::Created => Self::Created,
            OriginText::Adopted => Self::Adopted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_has_32_digits() {
        assert!("000000000000000000000000000000ff".parse::<Hash>().is_ok());
        for hash in ["", "+0000000000000000000000000000000", "0000000000000000000000000000000G"] {
            assert!(hash.parse::<Hash>().is_err(), "{hash}");
        }
    }
}
