//! Objects that other objects refer to: Secrets, ConfigMaps and, outside a cluster, files. Which ones are needed is computed
//! here without I/O. The host fetches them, and the settings are made from their content.

use std::collections::BTreeMap;
use std::path::PathBuf;

use secrecy::SecretSlice;

use crate::api::v1alpha1::reference::{AuthorityKind, AuthorityReference};
use crate::api::v1alpha1::{DashboardServer, Directory};

/// The octets of a file with a directory: 400 for each membership of the largest data set of the benchmarks, twice.
pub const MAX_DIRECTORY_FILE: u64 = 1 << 30;

/// An object that another one refers to, in the same namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReferencedObject {
    /// A Secret by name.
    Secret(String),
    /// A ConfigMap by name.
    ConfigMap(String),
    /// A file by the path in the object. Only outside a cluster.
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

/// The content of a referenced object. All values are treated as secrets and never printed.
#[derive(Debug, Clone)]
pub struct Contents {
    /// The values by key. A file has one key, which is empty.
    pub values: BTreeMap<String, SecretSlice<u8>>,
    /// The folder to which paths in it are relative. `None` in a cluster, where paths are refused.
    pub folder: Option<PathBuf>,
}

/// The fetched objects. An object that does not exist has no entry.
pub type ReferencedObjects = BTreeMap<ReferencedObject, Contents>;

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
    let superset = server.spec.superset.as_ref().map(|superset| (&superset.secret_ref, &superset.tls));
    let bold_bi = server.spec.bold_bi.as_ref().map(|bold_bi| (&bold_bi.secret_ref, &bold_bi.tls));
    let grafana = server.spec.grafana.as_ref().map(|grafana| (&grafana.secret_ref, &grafana.tls));
    let scim = server.spec.scim.as_ref().and_then(|scim| Some((scim.auth.secret_ref()?, &scim.tls)));
    for (secret, tls) in [superset, bold_bi, grafana, scim].into_iter().flatten() {
        needed.push(ReferencedObject::Secret(secret.name.clone()));
        needed.extend(tls.ca_ref.as_ref().map(of_authority));
    }
    needed
}

/// The object of a reference to certificates.
pub(super) fn of_authority(reference: &AuthorityReference) -> ReferencedObject {
    match reference.kind {
        AuthorityKind::ConfigMap => ReferencedObject::ConfigMap(reference.name.clone()),
        AuthorityKind::Secret => ReferencedObject::Secret(reference.name.clone()),
    }
}
