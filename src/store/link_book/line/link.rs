//! The lines of links.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::text::{Directory, Hash, ObjectText, OriginText, StoreIdText, Text};
use crate::store::link_book::Entry;
use crate::sync::identity::{ExternalId, Owner};
use crate::sync::link::{AccountLink, GroupLink};
use crate::sync::role::Role;
use crate::sync::snapshot::Place;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct GroupLine {
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
    id: StoreIdText,
    name: Box<str>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AccountLine {
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

/// The owners of all links that were read so far, by their texts.
#[derive(Debug, Default)]
pub(super) struct Owners(BTreeMap<String, Arc<Owner>>);

impl Owners {
    fn shared(&mut self, owner: Option<Text<Owner>>) -> Option<Arc<Owner>> {
        let Text(owner) = owner?;
        Some(Arc::clone(self.0.entry(owner.to_string()).or_insert_with(|| Arc::new(owner))))
    }
}

impl GroupLine {
    /// The entry. Links share their owners.
    pub(super) fn into_entry(self, owners: &mut Owners) -> Entry<GroupLink> {
        let link = GroupLink {
            directory_id: self.directory.0.into_inner(),
            id: self.id.0,
            owner: owners.shared(self.owner),
            selector: self.selector,
            exclusions: self.exclusions,
            origin: self.origin.into(),
            name: self.name,
            place: Place { dn: self.dn.0.0, parent: self.parent.0.0 },
            roles: self.roles.into_iter().map(Into::into).collect(),
            missing_since: self.missing_since,
            empty_since: self.empty_since,
        };
        Entry { store: self.store, object: self.object.into(), link, renamed_to: self.renamed_to }
    }
}

impl AccountLine {
    /// The entry. Links share their owners.
    pub(super) fn into_entry(self, owners: &mut Owners) -> Entry<AccountLink> {
        let link = AccountLink {
            directory_id: self.directory.0.into_inner(),
            id: self.id.0,
            owner: owners.shared(self.owner),
            origin: self.origin.into(),
            username: self.username,
            email: self.email,
            place: Place { dn: self.dn.0.0, parent: self.parent.0.0 },
            deactivated_by_us: self.deactivated_by_us,
            unused_since: self.unused_since,
            missing_since: self.missing_since,
        };
        Entry { store: self.store, object: self.object.into(), link, renamed_to: self.renamed_to }
    }
}

impl From<&Entry<GroupLink>> for GroupLine {
    fn from(Entry { store, object, link, renamed_to }: &Entry<GroupLink>) -> Self {
        Self {
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
        }
    }
}

impl From<&Entry<AccountLink>> for AccountLine {
    fn from(Entry { store, object, link, renamed_to }: &Entry<AccountLink>) -> Self {
        Self {
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
        }
    }
}

impl From<&Role> for RoleLine {
    fn from(role: &Role) -> Self {
        Self { id: (&role.id).into(), name: role.name.clone() }
    }
}

impl From<RoleLine> for Role {
    fn from(RoleLine { id, name }: RoleLine) -> Self {
        Self { id: id.into(), name }
    }
}
