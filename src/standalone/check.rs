//! `check -f`: tries everything that `sync -f` does, and changes nothing.

mod findings;
mod name;

use std::collections::{BTreeMap, BTreeSet};

use kube::ResourceExt as _;

use self::findings::Findings;
use self::name::{directory_key, key, shown};
use super::console::Console;
use super::gather::{credential, fetch, settings};
use super::links::{Key, Links};
use super::refusals::{Credential, Refusals};
use super::{CommandOutput, NO_SYNC};
use crate::api::v1alpha1::{DashboardServer, Directory, DirectoryGroupSync};
use crate::directory::Probe;
use crate::manifest::{Located, Manifest, namespace};
use crate::run::error::Error;
use crate::run::referenced_object::{needed_by_directory, needed_by_server};
use crate::run::rehearsal::rehearse;
use crate::run::settings::{RunEnvironment, directory_settings, store_settings};
use crate::store::Capabilities;
use crate::{directory, store};

/// Probes every Directory and DashboardServer in the files, and rehearses every sync.
pub async fn check(manifest: &Manifest, installation: &str, refusals: &Refusals, links: &Links) -> CommandOutput {
    let mut findings = Findings::default();
    let environment = RunEnvironment { installation: installation.to_owned(), ..RunEnvironment::default() };
    let mut usable = Usable::default();
    for located in manifest.directories() {
        let probe = probe_directory(manifest, located, refusals).await;
        findings.directory(&located.object, &probe);
        usable.directories.extend(probe.ok().map(|probe| (key(&located.object), probe.effective)));
    }
    for located in manifest.dashboard_servers() {
        let probe = probe_server(manifest, located, links).await;
        findings.dashboard_server(&located.object, &probe);
        usable.servers.extend(probe.ok().map(|_| key(&located.object)));
    }
    for located in manifest.syncs() {
        let sync = &located.object;
        let settings = match settings(manifest, located, &environment) {
            Ok(settings) => settings,
            Err(error) => {
                findings.failed("DirectoryGroupSync", sync, &error);
                continue;
            }
        };
        if let Some(dependency) = usable.missing_dependency(sync) {
            findings.not_tried(sync, &dependency);
            continue;
        }
        let console = Console::new(
            &sync.name_any(),
            (refusals, credential(manifest, located)),
            (links, (namespace(sync), sync.spec.dashboard_server_ref.name.clone())),
        );
        let rehearsal = rehearse(&settings, &console).await;
        console.finish();
        findings.sync(sync, &rehearsal, usable.defaults(sync));
    }
    if manifest.syncs().next().is_none() {
        findings.nothing_to_do(NO_SYNC);
    }
    findings.output()
}

/// The objects whose probe succeeded.
#[derive(Debug, Default)]
struct Usable {
    /// Each with its settings that have default values.
    directories: BTreeMap<Key, BTreeMap<String, String>>,
    servers: BTreeSet<Key>,
}

impl Usable {
    /// The settings of a sync's Directory that have default values.
    fn defaults(&self, sync: &DirectoryGroupSync) -> Option<&BTreeMap<String, String>> {
        self.directories.get(&directory_key(sync))
    }

    /// The object that a sync needs and whose probe failed. The sync is not tried then: it would fail in the same way, and a
    /// refused password must not be tried a second time.
    fn missing_dependency(&self, sync: &DirectoryGroupSync) -> Option<String> {
        let directory = directory_key(sync);
        let server = (namespace(sync), sync.spec.dashboard_server_ref.name.clone());
        if !self.directories.contains_key(&directory) {
            Some(format!("{} {}", sync.spec.directory_ref.kind.as_str(), shown(&directory)))
        } else if self.servers.contains(&server) {
            None
        } else {
            Some(format!("DashboardServer {}", shown(&server)))
        }
    }
}

async fn probe_directory(
    manifest: &Manifest,
    located: &Located<Directory>,
    refusals: &Refusals,
) -> Result<Probe, Error> {
    let object = &located.object;
    let referenced = fetch(manifest, &namespace(object), needed_by_directory(object), &located.origin.folder);
    let directory = directory::open(directory_settings(object, &referenced)?)?;
    let credential = Credential::of(manifest, located);
    let (mut directory, connected) = refusals.connect(credential.as_ref(), directory).await?;
    connected?;
    Ok(directory.probe().await?)
}

async fn probe_server(
    manifest: &Manifest,
    located: &Located<DashboardServer>,
    links: &Links,
) -> Result<Capabilities, Error> {
    let object = &located.object;
    let referenced = fetch(manifest, &namespace(object), needed_by_server(object), &located.origin.folder);
    let store = store::open(store_settings(object, &referenced)?, || links.book(&key(object)))?;
    let capabilities = store.probe().await?;
    if !capabilities.missing_rights.is_empty() {
        return Err(store::Error::missing(&capabilities.missing_rights).into());
    }
    store.probe_writing().await?;
    Ok(capabilities)
}
