//! The settings of a run, from the sync, the objects in its spec, and the objects that they refer to.

use std::collections::BTreeSet;

use kube::ResourceExt as _;

use super::due::approval;
use super::generations::Generations;
use crate::api::v1alpha1::condition::Reason;
use crate::api::v1alpha1::directory::status;
use crate::api::v1alpha1::reference::DirectoryKind;
use crate::api::v1alpha1::{ClusterDirectory, DashboardServer, Directory, DirectoryGroupSync};
use crate::controller::cluster::{ContentVersion, fetch, get};
use crate::controller::context::Context;
use crate::controller::directory::{DescribesDirectory as _, bind_permission, refuse_path};
use crate::controller::key::Key;
use crate::run::error::Error;
use crate::run::referenced_object::{needed_by_directory, needed_by_server};
use crate::run::schedule::Schedule;
use crate::run::settings::{RunEnvironment, Settings, resolve, sync_settings};
use crate::sync::known::KnownServer;
use crate::sync::policy::{Approval, HeldObject};

/// The settings of a run.
pub(super) struct Gathered {
    pub(super) settings: Settings,
    /// The content of the Secret that the run binds with.
    pub(super) credentials: Option<ContentVersion>,
}

/// The objects that a sync refers to, as far as they exist.
pub(super) struct References {
    directory: Option<Directory>,
    /// Whether the directory is for this namespace too.
    is_allowed: bool,
    server: Option<DashboardServer>,
}

impl References {
    /// Reads them.
    pub(super) async fn read(sync: &DirectoryGroupSync, context: &Context) -> Result<Self, Error> {
        let (client, key) = (&context.client, Key::of_directory(sync));
        let server = get(client, &Key::of_server(sync)).await?;
        let (directory, is_allowed) = match sync.spec.directory_ref.kind {
            DirectoryKind::Directory => (get::<Directory>(client, &key).await?, true),
            DirectoryKind::ClusterDirectory if context.cluster_directories.is_none() => (None, false),
            DirectoryKind::ClusterDirectory => match get::<ClusterDirectory>(client, &key).await? {
                Some(object) => {
                    let namespaces = BTreeSet::from([Key::of(sync).namespace]);
                    let is_allowed = object.serves(namespaces, client).await?;
                    (Some(object.into()), is_allowed)
                }
                None => (None, false),
            },
        };
        Ok(Self { directory, is_allowed, server })
    }

    /// Their generations.
    pub(super) fn generations(&self) -> Generations {
        Generations {
            directory: self.directory.as_ref().and_then(|directory| directory.metadata.generation),
            server: self.server.as_ref().and_then(|server| server.metadata.generation),
        }
    }
}

/// Gathers the settings. A run is possible only if the Directory's controller has bound to the Directory.
pub(super) async fn gather(
    sync: &DirectoryGroupSync,
    References { directory, is_allowed, server }: &References,
    context: &Context,
) -> Result<Gathered, Error> {
    // Errors of the sync itself are reported even if the other objects do not exist yet.
    Schedule::of(&sync.spec)?;
    let server = server.as_ref().ok_or_else(|| Error::Dependency {
        reason: Reason::DashboardServerNotFound,
        message: format!(
            "spec.dashboardServerRef: there is no DashboardServer \"{}\" in this namespace: create it, or correct the name",
            sync.spec.dashboard_server_ref.name
        ),
    });
    let environment = environment(sync, directory.as_ref(), context);
    if let Ok(server) = &server {
        sync_settings(sync, server, &environment)?;
    }
    let directory = directory.as_ref().ok_or_else(|| no_directory(sync, context))?;
    if !is_allowed {
        return Err(not_allowed(sync));
    }
    let server = server?;
    refuse_path(directory)?;
    let (key, server_key) = (Key::of_directory(sync), Key::of_server(sync));
    let of_server = fetch(&context.client, &server_key.namespace, needed_by_server(server)).await?.referenced;
    let fetched = fetch(&context.client, context.namespace_beside(&key), needed_by_directory(directory)).await?;
    let of_directory = (directory, &fetched.referenced);
    let mut settings = resolve(sync, of_directory, (server, &of_server), &environment)?;
    // Once the status of the object at fault says it too, its recovery starts this sync. Nothing else has that object looked
    // at: a Directory is probed when a run waits for it, and the Secret with a URL is not watched.
    let admitted = context.allowed_hosts.admit_directory(directory.kind(), settings.directory);
    settings.directory = admitted.inspect_err(|_| context.probe(&key))?;
    let admitted = context.allowed_hosts.admit_store(settings.store);
    settings.store = admitted.inspect_err(|_| context.probe_server(&server_key))?;
    settings.directory = settings.directory.counted(context.metrics.directory_traffic(&key));
    settings.store = settings.store.counted(context.metrics.server_traffic(&server_key));
    let credentials = bind_permission::secret(directory).and_then(|secret| fetched.versions.get(&secret).cloned());
    let last = context.locks.directory(&key).memory.of(directory);
    bind_permission::check(directory, credentials.as_ref(), last.as_ref())?;
    Ok(Gathered { settings, credentials })
}

fn no_directory(sync: &DirectoryGroupSync, context: &Context) -> Error {
    let reference = &sync.spec.directory_ref;
    let message = match reference.kind {
        DirectoryKind::Directory => format!(
            "spec.directoryRef: there is no Directory \"{}\" in this namespace: create it, or correct the name",
            reference.name
        ),
        DirectoryKind::ClusterDirectory if context.cluster_directories.is_none() => {
            "spec.directoryRef: this operator watches single namespaces and does not use ClusterDirectories: refer to a \
             Directory of this namespace"
                .to_owned()
        }
        DirectoryKind::ClusterDirectory => format!(
            "spec.directoryRef: there is no ClusterDirectory \"{}\": create it, or correct the name",
            reference.name
        ),
    };
    Error::Dependency { reason: Reason::DirectoryNotFound, message }
}

fn not_allowed(sync: &DirectoryGroupSync) -> Error {
    let message = format!(
        "spec.directoryRef: the ClusterDirectory \"{}\" does not allow the namespace {}: have an administrator of the cluster \
         add it to spec.allowedNamespaces there, by its name or its labels",
        sync.spec.directory_ref.name,
        Key::of(sync).namespace
    );
    Error::Dependency { reason: Reason::NamespaceNotAllowed, message }
}

/// The settings from statuses and annotations. The servers are those that were known before the run connects.
fn environment(sync: &DirectoryGroupSync, directory: Option<&Directory>, context: &Context) -> RunEnvironment {
    let servers = directory.and_then(|directory| directory.status.as_ref()).map_or(&[][..], |status| &status.servers);
    let known = |server: &status::KnownServer| KnownServer {
        identity: server.identity.clone(),
        first_seen: server.first_seen_time.0,
        position: server.position,
    };
    let held = sync.status.as_ref().and_then(|status| status.plan.as_ref()?.held_since_time.as_ref());
    let object = HeldObject { uid: sync.uid().unwrap_or_default(), since: held.map(|since| since.0) };
    RunEnvironment {
        installation: context.installation.clone(),
        known_servers: Some(servers.iter().map(known).collect()),
        store: sync.status.as_ref().and_then(|status| status.store_id.clone()),
        approval: Approval { object: Some(object), hash: approval(sync).map(str::to_owned) },
    }
}
