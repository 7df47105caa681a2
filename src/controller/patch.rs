//! The writes of the operator to the API server, all of them as one field manager.

use std::fmt::Debug;

use k8s_openapi::NamespaceResourceScope;
use kube::api::{DeleteParams, Patch, PatchParams};
use kube::core::Status;
use kube::{Api, Client, Resource as _, ResourceExt as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::api_server::answer;
use super::key::{Key, KeyScope};
use crate::api::FINALIZER;
use crate::api::v1alpha1::{DirectoryGroupSync, DirectoryGroupSyncPlan, DirectoryGroupSyncPlanContent};

/// The name in managed fields. It never changes, because the fields of this name would be left behind.
pub(super) const FIELD_MANAGER: &str = "directory-group-sync";

/// How often a status is computed again, because its object changed meanwhile.
const MAX_CONFLICTS: usize = 5;

/// Writes the whole status of an object by server-side apply, if the object is still the one from which the status was
/// computed. Otherwise it is read and computed again, so that a status of somebody else is never overwritten unseen; that
/// fails where `compute` has no status for the newer object. Returns the object with its new status, or none if it no longer
/// exists, or another one has its name.
pub(super) async fn status<K, S>(
    client: &Client,
    object: &K,
    compute: impl Fn(&K) -> Option<S> + Send + Sync,
) -> Result<Option<K>, kube::Error>
where
    K: kube::Resource<DynamicType = (), Scope: KeyScope<K>> + Clone + DeserializeOwned + Debug + Sync,
    S: Serialize + Send,
{
    let key = Key::of(object);
    let api: Api<K> = K::Scope::api(client.clone(), &key);
    let parameters = PatchParams::apply(FIELD_MANAGER).force();
    let mut present = object.clone();
    let mut conflicts = 0;
    loop {
        let Some(status) = compute(&present) else { return Err(changed_meanwhile(&key)) };
        let body = json!({
            "apiVersion": K::api_version(&()),
            "kind": K::kind(&()),
            "metadata": {"name": key.name, "namespace": present.namespace(), "uid": present.uid(),
                "resourceVersion": present.resource_version()},
            "status": status,
        });
        match answer(api.patch_status(&key.name, &parameters, &Patch::Apply(body))).await {
            Err(kube::Error::Api(status)) if status.is_not_found() => return Ok(None),
            Err(kube::Error::Api(status)) if status.is_conflict() && conflicts < MAX_CONFLICTS => {
                match answer(api.get_opt(&key.name)).await? {
                    Some(now) if now.uid() == object.uid() => present = now,
                    _ => return Ok(None),
                }
                conflicts += 1;
            }
            written => return written.map(Some),
        }
    }
}

fn changed_meanwhile(key: &Key) -> kube::Error {
    kube::Error::Api(Status::failure(&format!("the status of {key} was changed meanwhile"), "Conflict").boxed())
}

/// Adds the finalizer to an object or removes it. Returns whether that was necessary. The resource version protects
/// finalizers that others add meanwhile.
pub(super) async fn finalizer<K>(client: &Client, object: &K, wanted: bool) -> Result<bool, kube::Error>
where
    K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + DeserializeOwned + Debug,
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
    unless_gone(answer(api.patch(&key.name, &parameters, &Patch::Merge(body))).await)?;
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
    answer(api.patch(&key.name, &parameters, &Patch::Apply(object))).await.map(drop)
}

/// Deletes the plan object of a sync without pending changes.
pub(super) async fn delete_plan(client: &Client, sync: &DirectoryGroupSync) -> Result<(), kube::Error> {
    let key = Key::of(sync);
    let api = Api::<DirectoryGroupSyncPlan>::namespaced(client.clone(), &key.namespace);
    unless_gone(answer(api.delete(&key.name, &DeleteParams::default())).await)
}

fn unless_gone<T>(answer: Result<T, kube::Error>) -> Result<(), kube::Error> {
    match answer {
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        answer => answer.map(drop),
    }
}
