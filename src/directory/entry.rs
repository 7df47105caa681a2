//! One entry as a directory sent it: a name and attributes whose values are octets.

use std::collections::BTreeMap;

use super::Error;
use super::dn::Dn;
use crate::sync::identity::{ExternalId, IdKind};

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

    /// The text of an attribute; `None` if it is absent, hidden or blank. Of several values, which have no order in a
    /// directory, the one that the entry is named by, else the first.
    ///
    /// # Errors
    /// [`Error::Malformed`] when that value is not UTF-8.
    pub fn text(&self, attribute: &str) -> Result<Option<&str>, Error> {
        let values = self.values(attribute);
        let value = match values {
            [] => return Ok(None),
            [only] => only,
            [first, ..] => self.naming_value(attribute, values).unwrap_or(first),
        };
        match std::str::from_utf8(value) {
            Ok(text) if text.trim().is_empty() => Ok(None),
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(self.malformed(format!("a value of `{attribute}` is not UTF-8"))),
        }
    }

    /// Its identity by the first of these kinds that it shows; `None` if it shows none.
    ///
    /// # Errors
    /// [`Error::Malformed`] when the value is no external id.
    pub fn external_id(&self, kinds: &[IdKind]) -> Result<Option<ExternalId>, Error> {
        for kind in kinds {
            if let Some(value) = self.values(kind.attribute()).first() {
                return read_id(*kind, value).map(Some).ok_or_else(|| {
                    self.malformed(format!("the value of `{}` is not 16 octets or their text", kind.attribute()))
                });
            }
        }
        Ok(None)
    }

    /// The error of an entry that cannot be understood.
    #[must_use]
    pub fn malformed(&self, cause: String) -> Error {
        Error::Malformed { attempt: format!("entry `{}`", self.dn), cause }
    }

    fn naming_value<'a>(&self, attribute: &str, values: &'a [Vec<u8>]) -> Option<&'a Vec<u8>> {
        let dn = Dn::parse(&self.dn).ok()?;
        values.iter().find(|value| std::str::from_utf8(value).is_ok_and(|text| dn.is_named_by(attribute, text)))
    }
}

/// `objectGUID` is 16 octets, and text only where a person wrote a file by hand; the others are text.
fn read_id(kind: IdKind, value: &[u8]) -> Option<ExternalId> {
    if kind == IdKind::ObjectGuid
        && let Ok(octets) = <[u8; 16]>::try_from(value)
    {
        return Some(ExternalId::from_guid_octets(octets));
    }
    let text = std::str::from_utf8(value).ok()?;
    ExternalId::parse(kind, text.trim()).ok()
}
