//! From files to what a run needs: objects, what they refer to, settings.

use std::collections::BTreeMap;
use std::path::Path;

use kube::ResourceExt as _;
use secrecy::SecretSlice;

use super::refusals::Credential;
use crate::api::v1alpha1::DirectoryGroupSync;
use crate::api::v1alpha1::condition::Reason;
use crate::manifest::{DEFAULT_NAMESPACE, Located, Manifest, Origin};
use crate::run::error::Error;
use crate::run::referenced_object::{Contents, ReferencedObject, ReferencedObjects, needed};
use crate::run::schedule::Schedule;
use crate::run::settings::{InvalidSettings, RunEnvironment, Settings, resolve};

/// The settings of one sync of the files.
pub(super) fn settings(
    manifest: &Manifest,
    sync: &Located<DirectoryGroupSync>,
    environment: &RunEnvironment,
) -> Result<Settings, Error> {
    let namespace = namespace(&sync.object);
    let missing = |reason, kind: &str, name: &str| Error::Dependency {
        reason,
        message: format!("there is no {kind} \"{name}\" in the namespace {namespace} of these files"),
    };
    let name = &sync.object.spec.directory_ref.name;
    let directory =
        manifest.directory(&namespace, name).ok_or_else(|| missing(Reason::DirectoryNotFound, "Directory", name))?;
    let name = &sync.object.spec.dashboard_server_ref.name;
    let server = manifest
        .dashboard_server(&namespace, name)
        .ok_or_else(|| missing(Reason::DashboardServerNotFound, "DashboardServer", name))?;
    let needed = needed(&directory.object, &server.object);
    let referenced = fetch(manifest, &namespace, needed, &directory.origin.folder);
    // A schedule means nothing here, but a file that the operator would refuse is refused.
    Schedule::of(&sync.object.spec)?;
    Ok(resolve(&sync.object, &directory.object, &server.object, &referenced, environment)?)
}

/// What a sync's Directory binds with.
pub(super) fn credential(manifest: &Manifest, sync: &Located<DirectoryGroupSync>) -> Option<Credential> {
    let name = &sync.object.spec.directory_ref.name;
    Credential::of(manifest, manifest.directory(&namespace(&sync.object), name)?)
}

/// Where the object stands that settings cannot be made of: every field begins with the kind that bears it.
pub(super) fn origin<'a>(
    manifest: &'a Manifest,
    sync: &'a Located<DirectoryGroupSync>,
    invalid: &InvalidSettings,
) -> &'a Origin {
    let namespace = namespace(&sync.object);
    let spec = &sync.object.spec;
    let origin = match invalid.kind() {
        "Directory" => manifest.directory(&namespace, &spec.directory_ref.name).map(|located| &located.origin),
        "DashboardServer" => {
            manifest.dashboard_server(&namespace, &spec.dashboard_server_ref.name).map(|located| &located.origin)
        }
        _ => None,
    };
    origin.unwrap_or(&sync.origin)
}

/// Fetches referenced; a `path` is relative to the file of the object that gives it.
pub(super) fn fetch(
    manifest: &Manifest,
    namespace: &str,
    needed: Vec<ReferencedObject>,
    folder: &Path,
) -> ReferencedObjects {
    needed
        .into_iter()
        .filter_map(|object| Some((object.clone(), contents(manifest, namespace, &object, folder)?)))
        .collect()
}

fn contents(manifest: &Manifest, namespace: &str, object: &ReferencedObject, folder: &Path) -> Option<Contents> {
    match object {
        ReferencedObject::Secret(name) => {
            let secret = manifest.secret(namespace, name)?;
            Some(Contents { values: secret.object.data().clone(), folder: Some(secret.origin.folder.clone()) })
        }
        ReferencedObject::ConfigMap(name) => {
            let map = manifest.config_map(namespace, name)?;
            let values = map.object.data().iter().map(|(key, value)| (key.clone(), SecretSlice::from(value.clone())));
            Some(Contents { values: values.collect(), folder: Some(map.origin.folder.clone()) })
        }
        ReferencedObject::File(path) => {
            let content = std::fs::read(folder.join(path)).ok()?;
            Some(Contents { values: BTreeMap::from([(String::new(), SecretSlice::from(content))]), folder: None })
        }
    }
}

/// The namespace of an object of the files.
pub(super) fn namespace<K: kube::Resource>(object: &K) -> String {
    object.namespace().unwrap_or_else(|| DEFAULT_NAMESPACE.to_owned())
}
