//! Who is who in a scenario: what has the same key on both sides is the same.

use crate::sync::identity::{DirectoryId, ExternalId, IdKind, Owner};
use crate::sync::role::Role;
use crate::sync::snapshot::{Attributes, DnHash, Place};
use crate::sync::store_id::StoreId;

/// The key of the one selector of a scenario that says nothing else; it is sticky, as a `dn` selector is.
pub(crate) const SELECTOR: &str = "groups";

/// The sync that plans.
pub(crate) fn us() -> Owner {
    "standalone/bi/analysts".parse().unwrap()
}

/// Some other sync.
pub(crate) fn them() -> Owner {
    "standalone/bi/others".parse().unwrap()
}

/// The directory that is read.
pub(crate) fn directory_id() -> DirectoryId {
    DirectoryId(id("directory_id", "here"))
}

/// Some other directory.
pub(crate) fn elsewhere_id() -> DirectoryId {
    DirectoryId(id("directory_id", "elsewhere"))
}

/// The id of the directory group with this key.
pub(crate) fn group_id(key: &str) -> ExternalId {
    id("group", key)
}

/// The id of the directory user with this key.
pub(crate) fn user_id(key: &str) -> ExternalId {
    id("user", key)
}

fn id(kind: &str, key: &str) -> ExternalId {
    ExternalId::new(IdKind::EntryUuid, digest(kind, key))
}

/// Spells the key where it can be read in a failure: the first letter of the kind, then the key.
fn digest(kind: &str, key: &str) -> [u8; 16] {
    let text = kind.bytes().take(1).chain(key.bytes());
    let mut bytes = [b'.'; 16];
    assert!(key.len() < 16, "the key {key} is too long");
    bytes.iter_mut().zip(text).for_each(|(byte, letter)| *byte = letter);
    bytes
}

/// Where the entry with this key stands, all with the same parent.
pub(crate) fn place(kind: &str, key: &str) -> Place {
    Place { dn: DnHash(digest(kind, key)), parent: DnHash(digest(kind, "")) }
}

/// The same entry below another parent.
pub(crate) fn below(place: Place, parent: &str) -> Place {
    Place { parent: DnHash(digest("parent", parent)), ..place }
}

/// The names that a key stands for.
pub(crate) fn named(key: &str) -> Attributes {
    Attributes { username: text(key), email: text(&format!("{key}@example.org")), ..Attributes::default() }
}

/// A text as attributes hold it; an empty one is absent.
pub(crate) fn text(text: &str) -> Option<Box<str>> {
    (!text.is_empty()).then(|| text.into())
}

/// A role of the server.
pub(crate) fn role(name: &str) -> Role {
    Role { id: StoreId::from(&*format!("role {name}")), name: name.into() }
}
