//! The extended names of Active Directory: MS-ADTS section 3.1.1.3.4.1.5, `LDAP_SERVER_EXTENDED_DN_OID`.

use crate::sync::identity::{ExternalId, IdKind};

/// A name as Active Directory sends it with the extended-DN control: `<GUID=…>;<SID=…>;CN=…`. A name without such a
/// prefix is read too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtendedDn<'a> {
    /// The object's identity, if the name has one.
    pub id: Option<ExternalId>,
    /// The name as RFC 4514 has it.
    pub dn: &'a str,
}

impl<'a> ExtendedDn<'a> {
    /// Takes the prefix off. An identity that cannot be read is left out.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        let mut id = None;
        let mut rest = text;
        while let Some((component, tail)) = rest.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
            if let Some(value) = component.strip_prefix("GUID=") {
                id = guid(value);
            }
            rest = tail.strip_prefix(';').unwrap_or(tail);
        }
        Self { id, dn: rest }
    }
}

/// Option 0 of the control writes the octets in hexadecimal, option 1 the text with dashes.
fn guid(value: &str) -> Option<ExternalId> {
    let id = ExternalId::parse(IdKind::ObjectGuid, value).ok()?;
    Some(if value.contains('-') { id } else { ExternalId::from_guid_octets(id.octets()) })
}
