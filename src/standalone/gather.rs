//! The settings of a run from the objects in the files.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use secrecy::SecretSlice;

use super::refusals::Credential;
use crate::api::v1alpha1::DirectoryGroupSync;
use crate::api::v1alpha1::condition::Reason;
use crate::manifest::{Located, Manifest, Origin, namespace};
use crate::run::error::Error;
use crate::run::referenced_object::{
    Contents, MAX_DIRECTORY_FILE, ReferencedObject, ReferencedObjects, needed_by_directory, needed_by_server,
};
use crate::run::schedule::Schedule;
use crate::run::settings::{InvalidSettings, RunEnvironment, Settings, resolve};

/// The settings of one sync.
pub(super) fn settings(
    manifest: &Manifest,
    sync: &Located<DirectoryGroupSync>,
    environment: &RunEnvironment,
) -> Result<Settings, Error> {
    let namespace = namespace(&sync.object);
    let missing = |reason, field: &str, kind: &str, name: &str| {
        let place = match kind {
            "ClusterDirectory" => "in these files".to_owned(),
            _ => format!("in the namespace {namespace} of these files"),
        };
        let message = format!("spec.{field}: there is no {kind} \"{name}\" {place}: add it, or correct the name");
        Error::Dependency { reason, message }
    };
    let reference = &sync.object.spec.directory_ref;
    let directory = manifest
        .directory_of(&sync.object)
        .ok_or_else(|| missing(Reason::DirectoryNotFound, "directoryRef", reference.kind.as_str(), &reference.name))?;
    let name = &sync.object.spec.dashboard_server_ref.name;
    let server = manifest
        .dashboard_server(&namespace, name)
        .ok_or_else(|| missing(Reason::DashboardServerNotFound, "dashboardServerRef", "DashboardServer", name))?;
    let of_directory = needed_by_directory(&directory.object);
    let of_directory = fetch(manifest, &self::namespace(&directory.object), of_directory, &directory.origin.folder);
    let of_server = fetch(manifest, &namespace, needed_by_server(&server.object), &server.origin.folder);
    // The schedule is not used here, but a file that the operator would refuse is refused.
    Schedule::of(&sync.object.spec)?;
    let (directory, server) = ((&directory.object, &of_directory), (&server.object, &of_server));
    Ok(resolve(&sync.object, directory, server, environment)?)
}

/// The credential with which a sync's Directory binds.
pub(super) fn credential(manifest: &Manifest, sync: &Located<DirectoryGroupSync>) -> Option<Credential> {
    Credential::of(manifest, manifest.directory_of(&sync.object)?)
}

/// The place of the object with invalid settings. Every field starts with the kind of its object.
pub(super) fn origin<'a>(
    manifest: &'a Manifest,
    sync: &'a Located<DirectoryGroupSync>,
    invalid: &InvalidSettings,
) -> &'a Origin {
    let namespace = namespace(&sync.object);
    let spec = &sync.object.spec;
    let origin = match invalid.kind() {
        "Directory" | "ClusterDirectory" => manifest.directory_of(&sync.object).map(|located| &located.origin),
        "DashboardServer" => {
            manifest.dashboard_server(&namespace, &spec.dashboard_server_ref.name).map(|located| &located.origin)
        }
        _ => None,
    };
    origin.unwrap_or(&sync.origin)
}

/// Reads referenced objects and files. A `path` is relative to the file of the object that contains it.
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

/// The content of a file, which may also be a device that never ends.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    // One octet more shows that there are more.
    let length = File::open(path)?.take(MAX_DIRECTORY_FILE + 1).read_to_end(&mut content)?;
    if u64::try_from(length).is_ok_and(|length| length > MAX_DIRECTORY_FILE) {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(content)
}

fn contents(manifest: &Manifest, namespace: &str, object: &ReferencedObject, folder: &Path) -> Option<Contents> {
    match object {
        ReferencedObject::Secret(name) => {
            let secret = manifest.secret(namespace, name)?;
            Some(Contents { values: secret.object.data().clone(), folder: Some(secret.origin.folder.clone()) })
        }
        ReferencedObject::ConfigMap(name) => {
            let map = manifest.config_map(namespace, name)?;
            Some(Contents { values: map.object.data().clone(), folder: Some(map.origin.folder.clone()) })
        }
        ReferencedObject::File(path) => {
            let content = read(&folder.join(path)).ok()?;
            Some(Contents { values: BTreeMap::from([(String::new(), SecretSlice::from(content))]), folder: None })
        }
    }
}
