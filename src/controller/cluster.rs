//! Reading single objects. Secrets and ConfigMaps are read with `get` alone: a watch would keep all Secrets in this
//! process.

use std::collections::BTreeMap;
use std::fmt::Debug;

use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Secret};
use kube::{Api, Client};
use secrecy::SecretSlice;
use serde::de::DeserializeOwned;

use super::key::Key;
use crate::run::error::Error;
use crate::run::referenced_object::{Contents, ReferencedObject, ReferencedObjects};

/// The object, or none if the API server says that there is none.
pub(super) async fn get<K>(client: &Client, key: &Key) -> Result<Option<K>, kube::Error>
where
    K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + DeserializeOwned + Debug,
{
    Api::<K>::namespaced(client.clone(), &key.namespace).get_opt(&key.name).await
}

impl From<kube::Error> for Error {
    fn from(error: kube::Error) -> Self {
        Self::Kubernetes(Box::new(error))
    }
}

/// The fetched objects, and their versions.
#[derive(Debug, Default)]
pub(super) struct Fetched {
    pub(super) referenced: ReferencedObjects,
    pub(super) versions: BTreeMap<ReferencedObject, String>,
}

/// Fetches referenced objects of a namespace. Objects that do not exist have no entry, and neither do files, because
/// the operator does not read from its disk.
pub(super) async fn fetch(
    client: &Client,
    namespace: &str,
    needed: Vec<ReferencedObject>,
) -> Result<Fetched, kube::Error> {
    let mut fetched = Fetched::default();
    for object in needed {
        let (name, is_secret) = match &object {
            ReferencedObject::Secret(name) => (name, true),
            ReferencedObject::ConfigMap(name) => (name, false),
            ReferencedObject::File(_) => continue,
        };
        let key = Key { namespace: namespace.to_owned(), name: name.clone() };
        let found = if is_secret {
            get::<Secret>(client, &key).await?.map(|secret| (secret.metadata.resource_version, of_secret(secret.data)))
        } else {
            get::<ConfigMap>(client, &key).await?.map(|map| (map.metadata.resource_version.clone(), of_map(map)))
        };
        if let Some((version, values)) = found {
            fetched.versions.insert(object.clone(), version.unwrap_or_default());
            fetched.referenced.insert(object, Contents { values, folder: None });
        }
    }
    Ok(fetched)
}

type Values = BTreeMap<String, SecretSlice<u8>>;

fn of_secret(data: Option<BTreeMap<String, k8s_openapi::ByteString>>) -> Values {
    data.unwrap_or_default().into_iter().map(|(key, value)| (key, SecretSlice::from(value.0))).collect()
}

fn of_map(map: ConfigMap) -> Values {
    let texts = map.data.unwrap_or_default().into_iter().map(|(key, text)| (key, SecretSlice::from(text.into_bytes())));
    let octets = map.binary_data.unwrap_or_default().into_iter().map(|(key, value)| (key, SecretSlice::from(value.0)));
    texts.chain(octets).collect()
}

/// The UID of the namespace `kube-system`, which lives as long as the cluster.
pub(super) async fn installation(client: &Client) -> Result<String, kube::Error> {
    let namespace = Api::<Namespace>::all(client.clone()).get("kube-system").await?;
    Ok(namespace.metadata.uid.unwrap_or_default())
}

/// Whether a namespace is being deleted, or gone.
pub(super) async fn is_terminating(client: &Client, namespace: &str) -> Result<bool, kube::Error> {
    let namespace = Api::<Namespace>::all(client.clone()).get_opt(namespace).await?;
    Ok(namespace.is_none_or(|namespace| namespace.metadata.deletion_timestamp.is_some()))
}
