//! The name of an object of a known kind.

use k8s_openapi::{ClusterResourceScope, NamespaceResourceScope};
use kube::runtime::reflector::ObjectRef;
use kube::{Api, Client, Resource, ResourceExt as _};

use crate::api::v1alpha1::DirectoryGroupSync;
use crate::api::v1alpha1::reference::DirectoryKind;

/// Namespace and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// Empty for an object of the cluster.
    pub(super) namespace: String,
    pub(super) name: String,
}

impl Key {
    /// The name of an object.
    pub(super) fn of<K: kube::Resource>(object: &K) -> Self {
        Self { namespace: object.namespace().unwrap_or_default(), name: object.name_any() }
    }

    /// The name of an object of the cluster.
    pub(super) fn of_cluster(name: &str) -> Self {
        Self { namespace: String::new(), name: name.to_owned() }
    }

    /// The name of another object in the same namespace.
    pub(super) fn beside(&self, name: &str) -> Self {
        Self { namespace: self.namespace.clone(), name: name.to_owned() }
    }

    /// The name of the Directory or ClusterDirectory that a sync refers to.
    pub(super) fn of_directory(sync: &DirectoryGroupSync) -> Self {
        let reference = &sync.spec.directory_ref;
        match reference.kind {
            DirectoryKind::Directory => Self::of(sync).beside(&reference.name),
            DirectoryKind::ClusterDirectory => Self::of_cluster(&reference.name),
        }
    }

    /// The name of the DashboardServer that a sync refers to.
    pub(super) fn of_server(sync: &DirectoryGroupSync) -> Self {
        Self::of(sync).beside(&sync.spec.dashboard_server_ref.name)
    }

    /// A reference to the object.
    pub(super) fn reference<K: Resource<DynamicType = ()>>(&self) -> ObjectRef<K> {
        let reference = ObjectRef::new(&self.name);
        if self.namespace.is_empty() { reference } else { reference.within(&self.namespace) }
    }
}

/// Where the objects of a kind are: in namespaces, or in the cluster.
pub(super) trait KeyScope<K> {
    /// The part of the API with the object of this name.
    fn api(client: Client, key: &Key) -> Api<K>;
}

impl<K: Resource<DynamicType = (), Scope = Self>> KeyScope<K> for NamespaceResourceScope {
    fn api(client: Client, key: &Key) -> Api<K> {
        Api::namespaced(client, &key.namespace)
    }
}

impl<K: Resource<DynamicType = (), Scope = Self>> KeyScope<K> for ClusterResourceScope {
    fn api(client: Client, _: &Key) -> Api<K> {
        Api::all(client)
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &*self.namespace {
            "" => f.write_str(&self.name),
            namespace => write!(f, "{namespace}/{}", self.name),
        }
    }
}
