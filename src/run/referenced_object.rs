//! What objects refer to: Secrets, ConfigMaps and, outside a cluster, files. Which ones a set of objects needs is a pure
//! question; a shell fetches them and the settings are made from what it brought.

use std::collections::BTreeMap;
use std::path::PathBuf;

use secrecy::SecretSlice;

use crate::api::v1alpha1::reference::{AuthorityKind, AuthorityReference};
use crate::api::v1alpha1::{DashboardServer, Directory};

/// One thing that an object refers to, in the object's own namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReferencedObject {
    /// A Secret by name.
    Secret(String),
    /// A ConfigMap by name.
    ConfigMap(String),
    /// A file by the path that the object gives; only outside a cluster.
    File(String),
}

impl std::fmt::Display for ReferencedObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Secret(name) => write!(f, "Secret {name}"),
            Self::ConfigMap(name) => write!(f, "ConfigMap {name}"),
            Self::File(path) => write!(f, "file {path}"),
        }
    }
}

/// What a object holds. Secrets and others alike are kept as secrets: nothing here is ever printed.
#[derive(Debug, Clone)]
pub struct Contents {
    /// The values by key; a file has the one key "".
    pub values: BTreeMap<String, SecretSlice<u8>>,
    /// What paths inside it are relative to; `None` in a cluster, where paths are refused.
    pub folder: Option<PathBuf>,
}

/// What a shell fetched. A object that does not exist has no entry.
pub type ReferencedObjects = BTreeMap<ReferencedObject, Contents>;

/// Everything that these objects refer to, each once.
#[must_use]
pub fn needed(directory: &Directory, server: &DashboardServer) -> Vec<ReferencedObject> {
    let mut needed = needed_by_directory(directory);
    needed.extend(needed_by_server(server));
    needed.sort_unstable();
    needed.dedup();
    needed
}

/// Everything that a Directory refers to.
#[must_use]
pub fn needed_by_directory(directory: &Directory) -> Vec<ReferencedObject> {
    let mut needed = Vec::new();
    if let Some(ldap) = &directory.spec.ldap {
        needed.extend(ldap.tls.ca_ref.as_ref().map(of_authority));
        needed.extend(ldap.auth.simple.as_ref().map(|simple| ReferencedObject::Secret(simple.secret_ref.name.clone())));
        needed.extend(
            ldap.auth.external.as_ref().map(|external| ReferencedObject::Secret(external.secret_ref.name.clone())),
        );
    }
    if let Some(ldif) = &directory.spec.ldif {
        needed.extend(ldif.config_map_key_ref.as_ref().map(|key| ReferencedObject::ConfigMap(key.name.clone())));
        needed.extend(ldif.secret_key_ref.as_ref().map(|key| ReferencedObject::Secret(key.name.clone())));
        needed.extend(ldif.path.clone().map(ReferencedObject::File));
    }
    needed
}

/// Everything that a DashboardServer refers to.
#[must_use]
pub fn needed_by_server(server: &DashboardServer) -> Vec<ReferencedObject> {
    let mut needed = Vec::new();
    if let Some(sql) = &server.spec.sql {
        needed.push(ReferencedObject::Secret(sql.secret_key_ref.name.clone()));
        needed.extend(sql.tls.as_ref().and_then(|tls| tls.ca_ref.as_ref()).map(of_authority));
    }
    needed
}

/// What an authority reference points to.
pub(super) fn of_authority(reference: &AuthorityReference) -> ReferencedObject {
    match reference.kind {
        AuthorityKind::ConfigMap => ReferencedObject::ConfigMap(reference.name.clone()),
        AuthorityKind::Secret => ReferencedObject::Secret(reference.name.clone()),
    }
}
