//! One entry as a directory sent it: a name and attributes whose values are octets.

use std::collections::BTreeMap;

use super::Error;
use super::dn::Dn;
use crate::sync::identity::{ExternalId, IdKind};
use crate::sync::values::Values;

/// The octets of one value. Names, cookies and descriptions are much shorter.
pub const LONGEST_VALUE: u32 = 1 << 16;

/// An entry. Attribute names are lower case and without options (`;range=` is handled before). Values are in the order
/// in which the directory sent them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// The distinguished name as the directory wrote it.
    pub dn: String,
    /// The attributes that were read; one that is absent or hidden has no key.
    pub attributes: BTreeMap<String, Vec<Vec<u8>>>,
}

/// A value that should be an external id and is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the value of `{attribute}` is not an id: it must be 16 octets or their text")]
pub struct InvalidId {
    /// The attribute.
    pub attribute: &'static str,
}

impl Entry {
    /// The values of an attribute, in whatever case its name is given; none if it is absent or hidden.
    #[must_use]
    pub fn values(&self, attribute: &str) -> &[Vec<u8>] {
        let found = if attribute.bytes().any(|byte| byte.is_ascii_uppercase()) {
            self.attributes.get(&attribute.to_ascii_lowercase())
        } else {
            self.attributes.get(attribute)
        };
        found.map_or(&[], Vec::as_slice)
    }

    /// Whether it has an object class, given in lower case.
    #[must_use]
    pub fn is_of_class(&self, class: &str) -> bool {
        self.values("objectclass").iter().any(|value| value.eq_ignore_ascii_case(class.as_bytes()))
    }

    /// The texts of an attribute, without white space around them. An empty one does not count.
    #[must_use]
    pub fn texts(&self, attribute: &str) -> Values {
        let mut texts = Vec::new();
        for value in self.values(attribute) {
            match std::str::from_utf8(value) {
                Ok(text) if text.trim().is_empty() => {}
                Ok(text) => texts.push(text.trim().into()),
                Err(_) => return Values::Undecodable,
            }
        }
        Values::from_texts(texts)
    }

    /// Its ids of these kinds, in their order: the first is its identity. Empty if it shows none.
    ///
    /// # Errors
    /// When a value is not an external id.
    pub fn external_ids(&self, kinds: &[IdKind]) -> Result<Vec<ExternalId>, InvalidId> {
        let shown = |kind: &IdKind| Some((*kind, self.values(kind.attribute()).first()?));
        kinds.iter().filter_map(shown).map(|(kind, value)| read_id(kind, value)).collect()
    }

    /// Its identity by the first of these kinds that it shows; `None` if it shows none.
    ///
    /// # Errors
    /// When a value is not an external id.
    pub fn external_id(&self, kinds: &[IdKind]) -> Result<Option<ExternalId>, InvalidId> {
        Ok(self.external_ids(kinds)?.first().copied())
    }

    /// The error of an entry that contradicts another one, or that cannot be read.
    #[must_use]
    pub fn malformed(&self, cause: impl Into<String>) -> Error {
        Error::malformed(format!("entry `{}`", self.dn), cause)
    }

    /// Whether the entry is named by this value of an attribute.
    pub(super) fn is_named_by(&self, attribute: &str, value: &str) -> bool {
        Dn::parse(&self.dn).is_ok_and(|dn| dn.is_named_by(attribute, value))
    }
}

/// Reads an id. `objectGUID` and the `GUID` of eDirectory are 16 octets, or text in a file that was written by hand.
/// The others are text.
fn read_id(kind: IdKind, value: &[u8]) -> Result<ExternalId, InvalidId> {
    match (kind, <[u8; 16]>::try_from(value)) {
        (IdKind::ObjectGuid, Ok(octets)) => return Ok(ExternalId::from_guid_octets(octets)),
        (IdKind::EdirectoryGuid, Ok(octets)) => return Ok(ExternalId::new(kind, octets)),
        _ => {}
    }
    let id = std::str::from_utf8(value).ok().and_then(|text| ExternalId::parse(kind, text.trim()).ok());
    id.ok_or(InvalidId { attribute: kind.attribute() })
}
