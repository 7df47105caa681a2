//! Resources from YAML files, held to what the API server would hold them to.
//!
//! A file passes exactly if `kubectl apply` with strict field validation would accept it: the same structure, bounds,
//! defaults and unknown fields, the same CEL rules with the same words and the same field paths, all read from the
//! definitions in `crds/`. Transition rules do not apply, because a file has no earlier version.

mod content;
mod document;
mod metadata;
mod problem;
mod schema;
mod source;

use std::collections::BTreeMap;
use std::path::PathBuf;

use kube::ResourceExt;

use crate::api::v1alpha1::{DashboardServer, Directory, DirectoryGroupSync};

pub use content::{ConfigMap, Secret};
pub use problem::Problem;
pub use source::Source;

use document::Document;
use schema::Schemas;

/// The namespace of an object that names none.
pub const DEFAULT_NAMESPACE: &str = "default";

/// Where an object was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The file as it was named, or what stands for it.
    pub file: String,
    /// The place of the document in its file, from 1.
    pub document: usize,
    /// The folder that a path in the object is relative to.
    pub folder: PathBuf,
}

/// Something with the place where it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    /// The thing itself.
    pub object: T,
    /// Where it was read.
    pub origin: Origin,
}

/// A namespace and a name.
type Key = (String, String);

/// Every object of the files, valid each for itself. References are not followed here.
#[derive(Debug, Clone, Default)]
pub struct Manifest {
    syncs: BTreeMap<Key, Located<DirectoryGroupSync>>,
    directories: BTreeMap<Key, Located<Directory>>,
    dashboard_servers: BTreeMap<Key, Located<DashboardServer>>,
    secrets: BTreeMap<Key, Located<Secret>>,
    config_maps: BTreeMap<Key, Located<ConfigMap>>,
}

/// Reads and validates every document of the sources.
///
/// # Errors
/// Everything that is wrong with any of them, in the order of the sources.
pub fn load(sources: &[Source]) -> Result<Manifest, Vec<Problem>> {
    let schemas = Schemas::new();
    let mut manifest = Manifest::default();
    let mut problems = Vec::new();
    for text in source::read(sources, &mut problems) {
        for document in document::split(&text, &mut problems) {
            manifest.take_in(document, &schemas).unwrap_or_else(|mut wrong| problems.append(&mut wrong));
        }
    }
    if problems.is_empty() { Ok(manifest) } else { Err(problems) }
}

impl Manifest {
    /// Every sync, by namespace and name.
    pub fn syncs(&self) -> impl Iterator<Item = &Located<DirectoryGroupSync>> {
        self.syncs.values()
    }

    /// Every directory, by namespace and name.
    pub fn directories(&self) -> impl Iterator<Item = &Located<Directory>> {
        self.directories.values()
    }

    /// Every dashboard server, by namespace and name.
    pub fn dashboard_servers(&self) -> impl Iterator<Item = &Located<DashboardServer>> {
        self.dashboard_servers.values()
    }

    /// The directory with this name.
    #[must_use]
    pub fn directory(&self, namespace: &str, name: &str) -> Option<&Located<Directory>> {
        self.directories.get(&key(namespace, name))
    }

    /// The dashboard server with this name.
    #[must_use]
    pub fn dashboard_server(&self, namespace: &str, name: &str) -> Option<&Located<DashboardServer>> {
        self.dashboard_servers.get(&key(namespace, name))
    }

    /// The Secret with this name.
    #[must_use]
    pub fn secret(&self, namespace: &str, name: &str) -> Option<&Located<Secret>> {
        self.secrets.get(&key(namespace, name))
    }

    /// The `ConfigMap` with this name.
    #[must_use]
    pub fn config_map(&self, namespace: &str, name: &str) -> Option<&Located<ConfigMap>> {
        self.config_maps.get(&key(namespace, name))
    }

    fn take_in(&mut self, document: Document, schemas: &Schemas) -> Result<(), Vec<Problem>> {
        match (document.api_version(), document.kind()) {
            (Some("directorysync.dev/v1alpha1"), Some("DirectoryGroupSync")) => {
                insert(&mut self.syncs, document.into_resource(&schemas.sync)?)
            }
            (Some("directorysync.dev/v1alpha1"), Some("Directory")) => {
                insert(&mut self.directories, document.into_resource(&schemas.directory)?)
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

/// What bears a namespace and a name.
trait Named {
    const KIND: &'static str;
    fn key(&self) -> Key;
}

macro_rules! named {
    ($kind:ident) => {
        impl Named for $kind {
            const KIND: &'static str = stringify!($kind);

            fn key(&self) -> Key {
                (self.namespace().unwrap_or_default(), self.name_any())
            }
        }
    };
}

named!(DirectoryGroupSync);
named!(Directory);
named!(DashboardServer);

fn insert<T: Named>(into: &mut BTreeMap<Key, Located<T>>, found: Located<T>) -> Result<(), Vec<Problem>> {
    let key = found.object.key();
    if let Some(first) = into.get(&key) {
        let message = format!("is already in {}, document {}", first.origin.file, first.origin.document);
        return Err(vec![Problem::of_object(found.origin, T::KIND, &key, message)]);
    }
    into.insert(key, found);
    Ok(())
}
