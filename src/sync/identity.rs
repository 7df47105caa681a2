//! Who is who: ids that survive a rename, the directory they belong to, and who owns what they are linked to.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// The attribute that an external id was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdKind {
    /// Active Directory and Samba, MS-ADA3 section 2.44.
    ObjectGuid,
    /// OpenLDAP and others, RFC 4530.
    EntryUuid,
    /// 389 Directory Server.
    NsUniqueId,
    /// FreeIPA.
    IpaUniqueId,
    /// IBM Security Directory Server.
    IbmEntryUuid,
    /// eDirectory: 16 octets.
    EdirectoryGuid,
}

impl IdKind {
    /// All kinds, the first that an entry shows being its identity: what an entry has from its creation comes before
    /// what it may get later (389 Directory Server gives `entryUUID` to entries that it has by a task).
    pub const ALL: [Self; 6] = [
        Self::ObjectGuid,
        Self::IpaUniqueId,
        Self::NsUniqueId,
        Self::EntryUuid,
        Self::IbmEntryUuid,
        Self::EdirectoryGuid,
    ];

    /// The attribute's name as directories spell it.
    #[must_use]
    pub const fn attribute(self) -> &'static str {
        match self {
            Self::ObjectGuid => "objectGUID",
            Self::EntryUuid => "entryUUID",
            Self::NsUniqueId => "nsUniqueId",
            Self::IpaUniqueId => "ipaUniqueID",
            Self::IbmEntryUuid => "ibm-entryUUID",
            Self::EdirectoryGuid => "GUID",
        }
    }
}

/// A directory's immutable id of one object. All kinds are 128 bits wide, so a million of them are cheap to
/// compare and keep. Its text is `kind:value`, the value in lower case: `entryUUID:0a1b…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExternalId {
    kind: IdKind,
    uuid: Uuid,
}

/// A text that is not an external id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an external id: it must be 32 hexadecimal digits, with dashes as its directory writes them")]
pub struct InvalidExternalId {
    /// What was found.
    pub text: String,
}

impl ExternalId {
    /// From the 16 octets in the order of the text form.
    #[must_use]
    pub const fn new(kind: IdKind, octets: [u8; 16]) -> Self {
        Self { kind, uuid: Uuid::from_bytes(octets) }
    }

    /// From the octets of `objectGUID` as Active Directory sends them: the first three fields are little-endian
    /// (MS-DTYP section 2.3.4.2).
    #[must_use]
    pub const fn from_guid_octets(octets: [u8; 16]) -> Self {
        Self { kind: IdKind::ObjectGuid, uuid: Uuid::from_bytes_le(octets) }
    }

    /// The octets of `objectGUID` as Active Directory expects them in a filter: the inverse of
    /// [`Self::from_guid_octets`].
    #[must_use]
    pub const fn guid_octets(self) -> [u8; 16] {
        self.uuid.to_bytes_le()
    }

    /// From the text that the directory writes, in any case.
    ///
    /// # Errors
    /// When the text is not 32 hexadecimal digits, dashes apart.
    pub fn parse(kind: IdKind, text: &str) -> Result<Self, InvalidExternalId> {
        let digits = if text.contains('-') { Cow::from(text.replace('-', "")) } else { Cow::from(text) };
        // Of 32 characters only the form without dashes, braces and a prefix is read.
        match Uuid::try_parse(&digits) {
            Ok(uuid) if digits.len() == 32 => Ok(Self { kind, uuid }),
            Ok(_) | Err(_) => Err(InvalidExternalId { text: text.chars().take(80).collect() }),
        }
    }

    /// Its 16 octets in the order of the text form.
    #[must_use]
    pub const fn octets(self) -> [u8; 16] {
        self.uuid.into_bytes()
    }

    /// The attribute that it was read from.
    #[must_use]
    pub const fn kind(self) -> IdKind {
        self.kind
    }

    /// The value without its kind, as the directory writes it (in lower case).
    #[must_use]
    pub fn value(self) -> String {
        if self.kind != IdKind::NsUniqueId {
            return self.uuid.to_string();
        }
        let digits = self.uuid.simple().to_string();
        [&digits[..8], &digits[8..16], &digits[16..24], &digits[24..]].join("-")
    }
}

impl fmt::Display for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.attribute(), self.value())
    }
}

impl FromStr for ExternalId {
    type Err = InvalidExternalId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidExternalId { text: text.chars().take(80).collect() };
        let (attribute, value) = text.split_once(':').ok_or_else(invalid)?;
        let kind = IdKind::ALL.into_iter().find(|kind| kind.attribute() == attribute).ok_or_else(invalid)?;
        Self::parse(kind, value)
    }
}

/// The directory that external ids belong to: the external id of its root entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DirectoryId(pub ExternalId);

impl fmt::Display for DirectoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The sync that a linked object belongs to. Its text is `installation/namespace/name`; that is what problems print and
/// what `adoption.fromOwners` takes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner {
    /// The UID of the namespace `kube-system`, `standalone` without a cluster, or what `--installation-id` says.
    pub installation: String,
    /// The namespace of the `DirectoryGroupSync`.
    pub namespace: String,
    /// The name of the `DirectoryGroupSync`.
    pub name: String,
}

/// The longest owner, in octets: names in Kubernetes have at most 63 and 253.
const LONGEST_OWNER: usize = 512;
/// How much of a text that is not an owner is kept, in characters.
const KEPT_OF_UNKNOWN: usize = 80;
/// The longest id of an installation, in octets.
pub const LONGEST_INSTALLATION: usize = 128;

impl Owner {
    /// The owner of a link, as a store has it. A text that is not an owner's is somebody else's: it is equal to no owner
    /// that this program writes, and nobody can ask for its object.
    #[must_use]
    pub fn of_link(text: &str) -> Self {
        text.parse().unwrap_or_else(|_| Self {
            installation: text.chars().take(KEPT_OF_UNKNOWN).collect(),
            namespace: String::new(),
            name: String::new(),
        })
    }

    /// Whether an object of Kubernetes may be called so (RFC 1123): only then may anybody ask for it.
    #[must_use]
    pub fn may_be_an_object(&self) -> bool {
        let Self { namespace, name, .. } = self;
        is_namespace(namespace) && name.len() <= 253 && name.split('.').all(is_part_of_name)
    }
}

/// Whether a namespace may be called so (RFC 1123).
#[must_use]
pub fn is_namespace(text: &str) -> bool {
    text.len() <= 63 && is_part_of_name(text)
}

fn is_part_of_name(part: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !part.is_empty() && part.chars().all(is_inner) && !part.starts_with('-') && !part.ends_with('-')
}

/// Whether a text may be the first part of an owner.
#[must_use]
pub fn is_installation(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_INSTALLATION && !text.contains(['/', ' '])
}

/// A text that is not an owner.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an owner: it must be installation/namespace/name")]
pub struct InvalidOwner {
    /// What was found.
    pub text: String,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            return f.write_str(&self.installation);
        }
        write!(f, "{}/{}/{}", self.installation, self.namespace, self.name)
    }
}

impl FromStr for Owner {
    type Err = InvalidOwner;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = if text.len() <= LONGEST_OWNER { text.split('/').collect() } else { Vec::new() };
        match parts.as_slice() {
            [installation, namespace, name] if ![installation, namespace, name].iter().any(|part| part.is_empty()) => {
                Ok(Self {
                    installation: (*installation).to_owned(),
                    namespace: (*namespace).to_owned(),
                    name: (*name).to_owned(),
                })
            }
            _ => Err(InvalidOwner { text: text.chars().take(KEPT_OF_UNKNOWN).collect() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_reads_with_its_first_three_fields_swapped() {
        let octets = [0x19, 0xf6, 0x61, 0x6f, 0x86, 0x8b, 0x11, 0xd0, 0xb4, 0x2d, 0x00, 0xc0, 0x4f, 0xc9, 0x64, 0xff];
        let id = ExternalId::from_guid_octets(octets);
        assert_eq!(id.to_string(), "objectGUID:6f61f619-8b86-d011-b42d-00c04fc964ff");
        assert_eq!(id.guid_octets(), octets);
    }

    #[test]
    fn every_kind_survives_its_own_text() {
        for kind in IdKind::ALL {
            let id = ExternalId::new(kind, *b"0123456789abcdef");
            assert_eq!(id.to_string().parse::<ExternalId>(), Ok(id));
        }
    }

    #[test]
    fn upper_case_is_read_as_the_same_id() {
        let lower = ExternalId::parse(IdKind::EntryUuid, "0a1b2c3d-0000-4000-8000-00000000000a");
        assert_eq!(lower, ExternalId::parse(IdKind::EntryUuid, "0A1B2C3D-0000-4000-8000-00000000000A"));
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in [
            "",
            "entryUUID:",
            "entryUUID:12",
            "uuid:00000000-0000-0000-0000-000000000000",
            "entryUUID:+0000000-0000-0000-0000-000000000000",
            "entryUUID:{00000000-0000-0000-0000-000000000000}",
            "entryUUID:urn:uuid:00000000-0000-0000-0000-000000000000",
        ] {
            assert!(text.parse::<ExternalId>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_owner_survives_its_own_text() {
        let owner = Owner { installation: "standalone".into(), namespace: "bi".into(), name: "analysts".into() };
        assert_eq!(owner.to_string().parse::<Owner>(), Ok(owner));
        assert!("bi/analysts".parse::<Owner>().is_err());
        assert!("a//b".parse::<Owner>().is_err());
    }

    #[test]
    fn the_owner_of_a_link_is_somebody_else_unless_it_is_an_owner() {
        for text in ["", "bi/analysts", "a//b", "a/b/c/d", &format!("a/b/{}", "c".repeat(600))] {
            let owner = Owner::of_link(text);
            assert!(!owner.may_be_an_object(), "{text}");
            assert!(text.starts_with(&owner.to_string()) && owner.to_string().len() <= 80, "{text}");
            assert_ne!(owner, Owner { installation: "a".into(), namespace: "b".into(), name: "c".into() });
        }
        assert_eq!(Owner::of_link("a/b/c"), "a/b/c".parse().unwrap());
    }

    #[test]
    fn only_what_can_be_an_object_is_asked_for() {
        let long = "c".repeat(254);
        for (text, is_object) in [
            ("u/bi/analysts", true),
            ("u/bi/a.b-c.d2", true),
            ("u/dashboards%2Fdirectories%2Fcorp?x=/y", false),
            ("u/bi/..", false),
            ("u/bi/a?b", false),
            ("u/Bi/a", false),
            ("u/b.i/a", false),
            ("u/-bi/a", false),
            ("u/bi/a..b", false),
            ("u/bi/ä", false),
            (&format!("u/bi/{long}"), false),
            (&format!("u/{}/a", &long[..64]), false),
        ] {
            assert_eq!(Owner::of_link(text).may_be_an_object(), is_object, "{text}");
        }
    }
}
