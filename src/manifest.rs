//! Resources from YAML files, checked as the API server would check them.
//!
//! A file is accepted exactly if `kubectl apply` with strict field validation would accept it: the same structure, bounds,
//! defaults and unknown fields, and the same CEL rules with the same messages and field paths. All of it is read from the
//! definitions in `crds/`. Transition rules do not apply, because a file has no earlier version. YAML is read as version
//! 1.2: a plain `no` is a text, which `kubectl`, reading version 1.1, would send as a boolean. The output of `kubectl get`
//! is accepted too, with lists and with the fields that the API server has added.

mod bounds;
mod broken_yaml;
mod content;
mod document;
mod list;
mod located;
mod metadata;
mod origin;
mod parse;
mod problem;
mod schema;
mod source;
mod suggestion;

use std::collections::BTreeMap;

use crate::api::v1alpha1::reference::DirectoryKind;
use crate::api::v1alpha1::{ClusterDirectory, DashboardServer, Directory, DirectoryGroupSync};

pub use bounds::MAX_FILE;
pub use content::{ConfigMap, Secret};
pub use located::{DEFAULT_NAMESPACE, Located, namespace};
pub use origin::{FileVersion, Origin};
pub use problem::Problem;
pub use source::Source;

use document::Document;
use located::{Key, Named};
use schema::Schemas;

/// The objects of all files. Each is valid by itself; references to other objects are not checked here.
#[derive(Debug, Clone, Default)]
pub struct Manifest {
    syncs: BTreeMap<Key, Located<DirectoryGroupSync>>,
    /// A ClusterDirectory has an empty namespace.
    directories: BTreeMap<Key, Located<Directory>>,
    dashboard_servers: BTreeMap<Key, Located<DashboardServer>>,
    secrets: BTreeMap<Key, Located<Secret>>,
    config_maps: BTreeMap<Key, Located<ConfigMap>>,
}

/// Reads and validates every document of the sources.
///
/// # Errors
/// All problems of all sources, in the order of the sources.
pub fn load(sources: &[Source]) -> Result<Manifest, Vec<Problem>> {
    let schemas = Schemas::new();
    let mut manifest = Manifest::default();
    let mut problems = Vec::new();
    for text in source::read(sources, &mut problems) {
        for document in parse::documents(&text) {
            let added = document.map_err(|problem| vec![problem]).and_then(|found| manifest.add(found, &schemas));
            problems.extend(added.err().into_iter().flatten());
        }
    }
    if problems.is_empty() { Ok(manifest) } else { Err(problems) }
}

impl Manifest {
    /// Every sync, by namespace and name.
    pub fn syncs(&self) -> impl Iterator<Item = &Located<DirectoryGroupSync>> {
        self.syncs.values()
    }

    /// Every directory, by namespace and name. First come those of the cluster, which have no namespace.
    pub fn directories(&self) -> impl Iterator<Item = &Located<Directory>> {
        self.directories.values()
    }

    /// Every dashboard server, by namespace and name.
    pub fn dashboard_servers(&self) -> impl Iterator<Item = &Located<DashboardServer>> {
        self.dashboard_servers.values()
    }

    /// The directory that a sync refers to.
    #[must_use]
    pub fn directory_of(&self, sync: &DirectoryGroupSync) -> Option<&Located<Directory>> {
        let reference = &sync.spec.directory_ref;
        let namespace = match reference.kind {
            DirectoryKind::Directory => namespace(sync),
            DirectoryKind::ClusterDirectory => String::new(),
        };
        self.directories.get(&key(&namespace, &reference.name))
    }

    /// The dashboard server with this name.
    #[must_use]
    pub fn dashboard_server(&self, namespace: &str, name: &str) -> Option<&Located<DashboardServer>> {
        self.dashboard_servers.get(&key(namespace, name))
    }

    /// The Secret with this name. A ClusterDirectory has an empty namespace, and files do not say which one is the operator's:
    /// for it, the only Secret with this name.
    #[must_use]
    pub fn secret(&self, namespace: &str, name: &str) -> Option<&Located<Secret>> {
        find(&self.secrets, namespace, name)
    }

    /// The `ConfigMap` with this name, found in the same way.
    #[must_use]
    pub fn config_map(&self, namespace: &str, name: &str) -> Option<&Located<ConfigMap>> {
        find(&self.config_maps, namespace, name)
    }

    fn add(&mut self, document: Document, schemas: &Schemas) -> Result<(), Vec<Problem>> {
        match (document.api_version(), document.kind()) {
            (Some("directorysync.dev/v1alpha1"), Some("DirectoryGroupSync")) => {
                insert(&mut self.syncs, document.into_resource(&schemas.sync)?)
            }
            (Some("directorysync.dev/v1alpha1"), Some("Directory")) => {
                insert(&mut self.directories, document.into_resource(&schemas.directory)?)
            }
            (Some("directorysync.dev/v1alpha1"), Some("ClusterDirectory")) => {
                let Located { object, origin } =
                    document.into_resource::<ClusterDirectory>(&schemas.cluster_directory)?;
                insert(&mut self.directories, Located { object: object.into(), origin })
            }
            (Some("directorysync.dev/v1alpha1"), Some("DashboardServer")) => {
                insert(&mut self.dashboard_servers, document.into_resource(&schemas.dashboard_server)?)
            }
            (Some("v1"), Some("Secret")) => insert(&mut self.secrets, content::secret(document)?),
            (Some("v1"), Some("ConfigMap")) => insert(&mut self.config_maps, content::config_map(document)?),
            _ => Err(vec![document.unknown_kind()]),
        }
    }
}

fn key(namespace: &str, name: &str) -> Key {
    (namespace.to_owned(), name.to_owned())
}

fn find<'a, T>(objects: &'a BTreeMap<Key, T>, namespace: &str, name: &str) -> Option<&'a T> {
    if !namespace.is_empty() {
        return objects.get(&key(namespace, name));
    }
    let mut found = objects.iter().filter(|((_, other), _)| other == name).map(|(_, object)| object);
    found.next().filter(|_| found.next().is_none())
}

fn insert<T: Named>(into: &mut BTreeMap<Key, Located<T>>, found: Located<T>) -> Result<(), Vec<Problem>> {
    let key = found.object.key();
    if let Some(first) = into.get(&key) {
        let message = format!("is already in {}: remove one of the two", first.origin);
        return Err(vec![Problem::of_object(found.origin, found.object.kind(), &key, message)]);
    }
    into.insert(key, found);
    Ok(())
}

#[cfg(test)]
mod tests;
