//! The namespace and the name of an object, and how they are shown.

use kube::ResourceExt as _;

use crate::api::v1alpha1::DirectoryGroupSync;
use crate::api::v1alpha1::reference::DirectoryKind;
use crate::manifest::namespace;
use crate::standalone::links::Key;

/// Those of an object. The namespace of a ClusterDirectory is empty.
pub(super) fn key<K: kube::Resource>(object: &K) -> Key {
    (namespace(object), object.name_any())
}

/// Those of the Directory or ClusterDirectory of a sync.
pub(super) fn directory_key(sync: &DirectoryGroupSync) -> Key {
    let reference = &sync.spec.directory_ref;
    match reference.kind {
        DirectoryKind::Directory => (namespace(sync), reference.name.clone()),
        DirectoryKind::ClusterDirectory => (String::new(), reference.name.clone()),
    }
}

/// As people write them.
pub(super) fn shown((namespace, name): &Key) -> String {
    if namespace.is_empty() { name.clone() } else { format!("{namespace}/{name}") }
}
