//! A change of a book as a line of text: one JSON object, named after the kind of change. A book that is kept as text is such
//! lines in their order.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{BookChange, Entry, LinkedObject};
use crate::sync::claim::{Claimant, ClaimedDirectory, DirectoryClaim};
use crate::sync::identity::{DirectoryId, ExternalId, Owner};
use crate::sync::known::{KnownDirectory, KnownServer};
use crate::sync::link::{AccountLink, GroupLink, Origin};
use crate::sync::role::Role;
use crate::sync::snapshot::{DnHash, Place};
use crate::sync::store_id::StoreId;

/// Writes changes as lines, each with a line feed at its end.
///
/// # Errors
/// Those of the serializer. The types of lines cause none.
pub fn lines_of<'a>(changes: impl IntoIterator<Item = &'a BookChange>) -> Result<Vec<String>, serde_json::Error> {
    let line = |change: &BookChange| Ok(serde_json::to_string(&Line::from(change))? + "\n");
    changes.into_iter().map(line).collect()
}

/// Reads lines. One reader for a whole book, because links share their owners.
#[derive(Debug, Default)]
pub struct LineReader {
    owners: BTreeMap<String, Arc<Owner>>,
}

impl LineReader {
    /// The change that a line says.
    ///
    /// # Errors
    /// When it is not one, in words. A field that is not known is one too many: a newer program may have meant something.
    pub fn change(&mut self, text: &str) -> Result<BookChange, serde_json::Error> {
        Ok(match serde_json::from_str(text)? {
            Line::Group(written) => {
                let link = GroupLink {
                    directory_id: written.directory.0.into_inner(),
                    id: written.id.0,
                    owner: self.owner(written.owner),
                    selector: written.selector,
                    exclusions: written.exclusions,
                    origin: written.origin.into(),
                    name: written.name,
                    place: Place { dn: written.dn.0.0, parent: written.parent.0.0 },
                    roles: written.roles.into_iter().map(Into::into).collect(),
                    missing_since: written.missing_since,
                    empty_since: written.empty_since,
                };
                let renamed_to = written.renamed_to;
                BookChange::Group(Entry { store: written.store, object: written.object.into(), link, renamed_to })
            }
            Line::Account(written) => {
                let link = AccountLink {
                    directory_id: written.directory.0.into_inner(),
                    id: written.id.0,
                    owner: self.owner(written.owner),
                    origin: written.origin.into(),
                    username: written.username,
                    email: written.email,
                    place: Place { dn: written.dn.0.0, parent: written.parent.0.0 },
                    deactivated_by_us: written.deactivated_by_us,
                    unused_since: written.unused_since,
                    missing_since: written.missing_since,
                };
                let renamed_to = written.renamed_to;
                BookChange::Account(Entry { store: written.store, object: written.object.into(), link, renamed_to })
            }
            Line::Forget(written) => BookChange::Forget(written.directory.0.into_inner(), written.id.0),
            Line::Directory(written) => BookChange::Remember(KnownDirectory {
                directory_id: written.directory.0.into_inner(),
                first_seen: written.first_seen,
                servers: written.servers.into_iter().map(Into::into).collect(),
            }),
            Line::Claims(written) => BookChange::Claim(ClaimedDirectory {
                directory_id: written.directory.0.into_inner(),
                claims: written.claims.into_iter().map(Into::into).collect(),
            }),
        })
    }

    fn owner(&mut self, owner: Option<Text<Owner>>) -> Option<Arc<Owner>> {
        let Text(owner) = owner?;
        Some(Arc::clone(self.owners.entry(owner.to_string()).or_insert_with(|| Arc::new(owner))))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Line {
    Group(GroupLine),
    Account(AccountLine),
    Forget(ForgetLine),
    Directory(DirectoryLine),
    Claims(ClaimsLine),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct GroupLine {
    directory: Text<Directory>,
    id: Text<ExternalId>,
    store: Box<str>,
    object: ObjectText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<Text<Owner>>,
    selector: Box<str>,
    exclusions: Box<str>,
    origin: OriginText,
    name: Box<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    renamed_to: Option<Box<str>>,
    dn: Text<Hash>,
    parent: Text<Hash>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    roles: Vec<RoleLine>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    missing_since: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    empty_since: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RoleLine {
    id: IdText,
    name: Box<str>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AccountLine {
    directory: Text<Directory>,
    id: Text<ExternalId>,
    store: Box<str>,
    object: ObjectText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<Text<Owner>>,
    origin: OriginText,
    username: Box<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    renamed_to: Option<Box<str>>,
    dn: Text<Hash>,
    parent: Text<Hash>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    deactivated_by_us: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unused_since: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    missing_since: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ForgetLine {
    directory: Text<Directory>,
    id: Text<ExternalId>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DirectoryLine {
    directory: Text<Directory>,
    first_seen: Timestamp,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    servers: Vec<ServerLine>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ServerLine {
    identity: String,
    first_seen: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    position: Option<i64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ClaimsLine {
    directory: Text<Directory>,
    claims: Vec<ClaimLine>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ClaimLine {
    installation: Box<str>,
    namespace: Box<str>,
    first_seen: Timestamp,
    addresses: Vec<Box<str>>,
    authorities: Vec<Box<str>>,
}

/// An id of the store.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum IdText {
    Number(i64),
    Text(Box<str>),
}

/// The id of the store's object, or the mark that it gets.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum ObjectText {
    Number(i64),
    Text(Box<str>),
    Intended(Box<str>),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum OriginText {
    Created,
    Adopted,
}

/// A value that is written as its text.
struct Text<T>(T);

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
struct Directory(ExternalId);

impl Directory {
    const fn into_inner(self) -> DirectoryId {
        DirectoryId(self.0)
    }
}

impl Display for Directory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Directory {
    type Err = crate::sync::identity::InvalidExternalId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// A hash, by its 32 hexadecimal digits.
struct Hash(DnHash);

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

impl From<&BookChange> for Line {
    fn from(change: &BookChange) -> Self {
        match change {
            BookChange::Group(Entry { store, object, link, renamed_to }) => Self::Group(GroupLine {
                directory: Text(Directory(link.directory_id.0)),
                id: Text(link.id),
                store: store.clone(),
                object: object.into(),
                owner: link.owner.as_deref().cloned().map(Text),
                selector: link.selector.clone(),
                exclusions: link.exclusions.clone(),
                origin: link.origin.into(),
                name: link.name.clone(),
                renamed_to: renamed_to.clone(),
                dn: Text(Hash(link.place.dn)),
                parent: Text(Hash(link.place.parent)),
                roles: link.roles.iter().map(Into::into).collect(),
                missing_since: link.missing_since,
                empty_since: link.empty_since,
            }),
            BookChange::Account(Entry { store, object, link, renamed_to }) => Self::Account(AccountLine {
                directory: Text(Directory(link.directory_id.0)),
                id: Text(link.id),
                store: store.clone(),
                object: object.into(),
                owner: link.owner.as_deref().cloned().map(Text),
                origin: link.origin.into(),
                username: link.username.clone(),
                email: link.email.clone(),
                renamed_to: renamed_to.clone(),
                dn: Text(Hash(link.place.dn)),
                parent: Text(Hash(link.place.parent)),
                deactivated_by_us: link.deactivated_by_us,
                unused_since: link.unused_since,
                missing_since: link.missing_since,
            }),
            BookChange::Forget(directory_id, id) => {
                Self::Forget(ForgetLine { directory: Text(Directory(directory_id.0)), id: Text(*id) })
            }
            BookChange::Remember(KnownDirectory { directory_id, first_seen, servers }) => {
                Self::Directory(DirectoryLine {
                    directory: Text(Directory(directory_id.0)),
                    first_seen: *first_seen,
                    servers: servers.iter().map(Into::into).collect(),
                })
            }
            BookChange::Claim(ClaimedDirectory { directory_id, claims }) => Self::Claims(ClaimsLine {
                directory: Text(Directory(directory_id.0)),
                claims: claims.iter().map(Into::into).collect(),
            }),
        }
    }
}

impl From<&KnownServer> for ServerLine {
    fn from(KnownServer { identity, first_seen, position }: &KnownServer) -> Self {
        Self { identity: identity.clone(), first_seen: *first_seen, position: *position }
    }
}

impl From<ServerLine> for KnownServer {
    fn from(ServerLine { identity, first_seen, position }: ServerLine) -> Self {
        Self { identity, first_seen, position }
    }
}

impl From<&DirectoryClaim> for ClaimLine {
    fn from(DirectoryClaim { claimant, first_seen, addresses, authorities }: &DirectoryClaim) -> Self {
        let Claimant { installation, namespace } = claimant.clone();
        let (addresses, authorities) = (addresses.clone(), authorities.clone());
        Self { installation, namespace, first_seen: *first_seen, addresses, authorities }
    }
}

impl From<ClaimLine> for DirectoryClaim {
    fn from(ClaimLine { installation, namespace, first_seen, addresses, authorities }: ClaimLine) -> Self {
        Self { claimant: Claimant { installation, namespace }, first_seen, addresses, authorities }
    }
}

impl From<&Role> for RoleLine {
    fn from(role: &Role) -> Self {
        let id = match &role.id {
            StoreId::Number(number) => IdText::Number(*number),
            StoreId::Text(text) => IdText::Text(text.clone()),
        };
        Self { id, name: role.name.clone() }
    }
}

impl From<RoleLine> for Role {
    fn from(RoleLine { id, name }: RoleLine) -> Self {
        let id = match id {
            IdText::Number(number) => StoreId::Number(number),
            IdText::Text(text) => StoreId::Text(text),
        };
        Self { id, name }
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
    use proptest::prelude::*;

    use super::super::sample::changes;
    use super::*;

    proptest! {
        #[test]
        fn every_change_survives_its_line(changes in changes(8)) {
            let mut reader = LineReader::default();
            for (line, change) in lines_of(&changes).unwrap().iter().zip(&changes) {
                let text = line.strip_suffix('\n').unwrap();
                prop_assert!(!text.contains('\n'));
                prop_assert_eq!(&reader.change(text).unwrap(), change);
            }
        }
    }

    #[test]
    fn what_is_not_a_line_is_refused() {
        let right = r#"{"forget":{"directory":"entryUUID:00000000-0000-0000-0000-000000000001","id":"entryUUID:00000000-0000-0000-0000-000000000002"}}"#;
        let read = |line: &str| LineReader::default().change(line);
        assert!(read(right).is_ok());
        for (from, to) in [
            ("entryUUID:", "uuid:"),
            ("000001", "00001"),
            ("forget", "remember"),
            ("{\"directory", "{\"more\":1,\"directory"),
            ("\"id\"", "\"directory\""),
            (",\"id\":\"entryUUID:00000000-0000-0000-0000-000000000002\"", ""),
            ("}}", "}"),
            ("}}", "}} x"),
        ] {
            let wrong = right.replacen(from, to, 1);
            assert_ne!(wrong, right);
            assert!(read(&wrong).is_err(), "{wrong}");
        }
        for hash in ["", "+0000000000000000000000000000000", "0000000000000000000000000000000G"] {
            assert!(hash.parse::<Hash>().is_err(), "{hash}");
        }
    }
}
