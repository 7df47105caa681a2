//! The writes of the operator to the API server, all of them as one field manager.

use k8s_openapi::NamespaceResourceScope;
use kube::api::{DeleteParams, Patch, PatchParams};
use kube::{Api, Client, Resource as _, ResourceExt as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::key::Key;
use crate::api::FINALIZER;
use crate::api::v1alpha1::directory::status::BindStatus;
use crate::api::v1alpha1::{Directory, DirectoryGroupSync, DirectoryGroupSyncPlan, DirectoryGroupSyncPlanContent};

/// The name in managed fields. It never changes, because the fields of this name would be left behind.
pub(super) const FIELD_MANAGER: &str = "directory-group-sync";

/// Writes the whole status of an object by server-side apply. If the object no longer exists, or another one has its name,
/// nothing is written.
pub(super) async fn status<K>(client: &Client, object: &K, status: &(impl Serialize + Sync)) -> Result<(), kube::Error>
where
    K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + DeserializeOwned + std::fmt::Debug,
{
    let key = Key::of(object);
    let body = json!({
        "apiVersion": K::api_version(&()),
        "kind": K::kind(&()),
        "metadata": {"name": key.name, "namespace": key.namespace, "uid": object.uid()},
        "status": status,
    });
    let parameters = PatchParams::apply(FIELD_MANAGER).force();
    let api = Api::<K>::namespaced(client.clone(), &key.namespace);
    unless_gone(api.patch_status(&key.name, &parameters, &Patch::Apply(body)).await)
}

/// Writes only the result of a bind into a Directory's status.
pub(super) async fn bind(client: &Client, directory: &Key, bind: &BindStatus) -> Result<(), kube::Error> {
    let parameters = PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
    let api = Api::<Directory>::namespaced(client.clone(), &directory.namespace);
    let body = Patch::Merge(json!({"status": {"bind": bind}}));
    unless_gone(api.patch_status(&directory.name, &parameters, &body).await)
}

/// Adds the finalizer to an object or removes it. Returns whether that was necessary. The resource version protects
/// finalizers that others add meanwhile.
pub(super) async fn finalizer<K>(client: &Client, object: &K, wanted: bool) -> Result<bool, kube::Error>
where
    K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + DeserializeOwned + std::fmt::Debug,
{
    let mut finalizers = object.finalizers().to_vec();
    if finalizers.iter().any(|finalizer| finalizer == FINALIZER) == wanted {
        return Ok(false);
    }
    if wanted {
        finalizers.push(FINALIZER.to_owned());
    } else {
        finalizers.retain(|finalizer| finalizer != FINALIZER);
    }
    let key = Key::of(object);
    let body = json!({"metadata": {"resourceVersion": object.resource_version(), "finalizers": finalizers}});
    let parameters = PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
    let api = Api::<K>::namespaced(client.clone(), &key.namespace);
    unless_gone(api.patch(&key.name, &parameters, &Patch::Merge(body)).await)?;
    Ok(true)
}

/// Writes the full plan of a sync, into an object that is deleted with the sync.
pub(super) async fn plan(
    client: &Client,
    sync: &DirectoryGroupSync,
    plan: &DirectoryGroupSyncPlanContent,
) -> Result<(), kube::Error> {
    let key = Key::of(sync);
    let mut object = DirectoryGroupSyncPlan::new(&key.name, plan.clone());
    object.metadata.namespace = Some(key.namespace.clone());
    object.metadata.owner_references = Some(sync.controller_owner_ref(&()).into_iter().collect());
    let parameters = PatchParams::apply(FIELD_MANAGER).force();
    let api = Api::<DirectoryGroupSyncPlan>::namespaced(client.clone(), &key.namespace);
    api.patch(&key.name, &parameters, &Patch::Apply(object)).await.map(drop)
}

/// Deletes the plan object of a sync without pending changes.
pub(super) async fn delete_plan(client: &Client, sync: &DirectoryGroupSync) -> Result<(), kube::Error> {
    let key = Key::of(sync);
    let api = Api::<DirectoryGroupSyncPlan>::namespaced(client.clone(), &key.namespace);
    unless_gone(api.delete(&key.name, &DeleteParams::default()).await)
}

fn unless_gone<T>(answer: Result<T, kube::Error>) -> Result<(), kube::Error> {
    match answer {
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        answer => answer.map(drop),
    }
}
