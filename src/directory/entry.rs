//! One entry as a directory sent it: a name and attributes whose values are octets.

use std::collections::BTreeMap;

use super::Error;
use super::dn::Dn;
use crate::sync::identity::{ExternalId, IdKind};
use crate::sync::values::Values;

/// An entry. Attribute names are lower case and without options (`;range=` is dealt with before), values in the order
/// in which the directory sent them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// The distinguished name as the directory wrote it.
    pub dn: String,
    /// The attributes that were read; one that is absent or hidden has no key.
    pub attributes: BTreeMap<String, Vec<Vec<u8>>>,
}

impl Entry {
    /// The values of an attribute, named in any case; none if it is absent or hidden.
    #[must_use]
    pub fn values(&self, attribute: &str) -> &[Vec<u8>] {
        let found = if attribute.bytes().any(|byte| byte.is_ascii_uppercase()) {
            self.attributes.get(&attribute.to_ascii_lowercase())
        } else {
            self.attributes.get(attribute)
        };
        found.map_or(&[], Vec::as_slice)
    }

    /// Whether it is of an object class, named in lower case.
    #[must_use]
    pub fn is_of_class(&self, class: &str) -> bool {
        self.values("objectclass").iter().any(|value| value.eq_ignore_ascii_case(class.as_bytes()))
    }

    /// The texts of an attribute, without blanks around them; blank ones are none.
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
    /// When a value is not an external id, in words.
    pub fn external_ids(&self, kinds: &[IdKind]) -> Result<Vec<ExternalId>, String> {
        let mut ids = Vec::new();
        for kind in kinds {
            if let Some(value) = self.values(kind.attribute()).first() {
                let id = read_id(*kind, value);
                ids.push(
                    id.ok_or_else(|| format!("the value of `{}` is not 16 octets or their text", kind.attribute()))?,
                );
            }
        }
        Ok(ids)
    }

    /// Its identity by the first of these kinds that it shows; `None` if it shows none.
    ///
    /// # Errors
    /// [`Error::Malformed`] when a value is not an external id.
    pub fn external_id(&self, kinds: &[IdKind]) -> Result<Option<ExternalId>, Error> {
        let ids = self.external_ids(kinds).map_err(|problem| self.malformed(problem))?;
        Ok(ids.first().copied())
    }

    /// The error of an entry that cannot be understood.
    #[must_use]
    pub fn malformed(&self, cause: String) -> Error {
        Error::malformed(format!("entry `{}`", self.dn), cause)
    }

    /// Whether the entry is named by this value of an attribute.
    pub(super) fn is_named_by(&self, attribute: &str, value: &str) -> bool {
        Dn::parse(&self.dn).is_ok_and(|dn| dn.is_named_by(attribute, value))
    }
}

/// `objectGUID` and the `GUID` of eDirectory are 16 octets, and text only where a person wrote a file by hand; the others
/// are text.
fn read_id(kind: IdKind, value: &[u8]) -> Option<ExternalId> {
    match (kind, <[u8; 16]>::try_from(value)) {
        (IdKind::ObjectGuid, Ok(octets)) => return Some(ExternalId::from_guid_octets(octets)),
        (IdKind::EdirectoryGuid, Ok(octets)) => return Some(ExternalId::new(kind, octets)),
        _ => {}
    }
    let text = std::str::from_utf8(value).ok()?;
    ExternalId::parse(kind, text.trim()).ok()
}
