//! Reading single objects. Secrets and ConfigMaps are read with `get` alone: a watch would keep all Secrets in this
//! process.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;

use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Secret};
use kube::{Api, Client};
use secrecy::{ExposeSecret as _, SecretSlice};
use serde::de::DeserializeOwned;

use super::api_server::answer;
use super::key::{Key, KeyScope};
use crate::run::error::Error;
use crate::run::referenced_object::{Contents, ReferencedObject, ReferencedObjects};

/// The object, or none if the API server says that there is none.
pub(super) async fn get<K>(client: &Client, key: &Key) -> Result<Option<K>, kube::Error>
where
    K: kube::Resource<DynamicType = (), Scope: KeyScope<K>> + Clone + DeserializeOwned + Debug,
{
    answer(K::Scope::api(client.clone(), key).get_opt(&key.name)).await
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
    pub(super) versions: BTreeMap<ReferencedObject, ContentVersion>,
}

/// The version of an object, and a digest of its content, because labels and annotations change the version too. The digest
/// has a key of this process, so it tells nobody anything about the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ContentVersion {
    pub(super) version: String,
    pub(super) digest: u64,
}

static DIGEST_KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);

impl ContentVersion {
    fn new(version: Option<String>, values: &Values) -> Self {
        let content: Vec<_> = values.iter().map(|(key, value)| (key, value.expose_secret())).collect();
        Self { version: version.unwrap_or_default(), digest: DIGEST_KEY.hash_one(content) }
    }
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
            fetched.versions.insert(object.clone(), ContentVersion::new(version, &values));
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
    let namespace = answer(Api::<Namespace>::all(client.clone()).get("kube-system")).await?;
    Ok(namespace.metadata.uid.unwrap_or_default())
}

/// The labels of a namespace; `None`: it is gone.
pub(super) async fn labels(client: &Client, namespace: &str) -> Result<Option<BTreeMap<String, String>>, kube::Error> {
    let namespace = answer(Api::<Namespace>::all(client.clone()).get_opt(namespace)).await?;
    Ok(namespace.map(|namespace| namespace.metadata.labels.unwrap_or_default()))
}

/// Whether a namespace is being deleted, or gone.
pub(super) async fn is_terminating(client: &Client, namespace: &str) -> Result<bool, kube::Error> {
    let namespace = answer(Api::<Namespace>::all(client.clone()).get_opt(namespace)).await?;
    Ok(namespace.is_none_or(|namespace| namespace.metadata.deletion_timestamp.is_some()))
}
