//! `check -f`: validates, connects to both sides, writes nothing.

use std::fmt::Write as _;

use kube::ResourceExt as _;

use super::Exit;
use super::gather::{fetch, namespace, settings};
use crate::api::v1alpha1::{DashboardServer, Directory};
use crate::manifest::{Located, Manifest};
use crate::run::error::Error;
use crate::run::referent::{needed_by_directory, needed_by_server};
use crate::run::settings::{Circumstances, directory_settings, store_settings};
use crate::{directory, store};

/// Probes every Directory and DashboardServer of the files and resolves every sync; returns what to print and how to end.
pub async fn check(manifest: &Manifest, installation: &str) -> (String, Exit) {
    let mut text = String::new();
    let mut exit = Exit::InStep;
    let circumstances = Circumstances { installation: installation.to_owned(), ..Circumstances::default() };
    for located in manifest.directories() {
        note(&mut text, &mut exit, "Directory", &located.object, &probe_directory(manifest, located).await);
    }
    for located in manifest.dashboard_servers() {
        note(&mut text, &mut exit, "DashboardServer", &located.object, &probe_server(manifest, located).await);
    }
    for located in manifest.syncs() {
        let checked = settings(manifest, located, &circumstances).map(|settings| {
            format!("selects by {} items for {}", settings.sync.query.items.len(), settings.sync.owner())
        });
        note(&mut text, &mut exit, "DirectoryGroupSync", &located.object, &checked);
    }
    (text, exit)
}

fn note<K: kube::Resource<DynamicType = ()>>(
    text: &mut String,
    exit: &mut Exit,
    kind: &str,
    object: &K,
    checked: &Result<String, Error>,
) {
    let name = format!("{kind} {}/{}", namespace(object), object.name_any());
    // Writing to a String cannot fail.
    let _ = match checked {
        Ok(found) => writeln!(text, "{name}: ok: {found}"),
        Err(error) => writeln!(text, "{name}: {}: {error}", error.reason()),
    };
    *exit = (*exit).max(match checked {
        Ok(_) => Exit::InStep,
        Err(Error::Settings(_) | Error::Dependency { .. }) => Exit::Invalid,
        Err(_) => Exit::Failed,
    });
}

async fn probe_directory(manifest: &Manifest, located: &Located<Directory>) -> Result<String, Error> {
    let object = &located.object;
    let referents = fetch(manifest, &namespace(object), needed_by_directory(object), &located.origin.folder);
    let probe = directory::open(directory_settings(object, &referents)?)?.probe().await?;
    let mut found = format!("directory id {}, answered by {}", probe.directory_id, probe.server.identity);
    for (field, value) in &probe.effective {
        let _ = write!(found, "\n    {field}: {value}");
    }
    Ok(found)
}

async fn probe_server(manifest: &Manifest, located: &Located<DashboardServer>) -> Result<String, Error> {
    let object = &located.object;
    let referents = fetch(manifest, &namespace(object), needed_by_server(object), &located.origin.folder);
    let store = store::open(store_settings(object, &referents)?)?;
    let capabilities = store.probe().await?;
    let mut found = format!("{} {}", capabilities.product, capabilities.version);
    for right in &capabilities.missing_rights {
        let _ = write!(found, "\n    missing right: {right}");
    }
    Ok(found)
}
