//! The settings of a run, from the sync, the objects in its spec, and the objects that they refer to.

use kube::ResourceExt as _;

use super::due::approval;
use super::generations::Generations;
use crate::api::v1alpha1::condition::Reason;
use crate::api::v1alpha1::directory::status;
use crate::api::v1alpha1::{DashboardServer, Directory, DirectoryGroupSync};
use crate::controller::cluster::{ContentVersion, fetch, get};
use crate::controller::context::Context;
use crate::controller::directory::{bind_permission, refuse_path};
use crate::controller::key::Key;
use crate::run::error::Error;
use crate::run::referenced_object::needed;
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
    server: Option<DashboardServer>,
}

impl References {
    /// Reads them.
    pub(super) async fn read(sync: &DirectoryGroupSync, context: &Context) -> Result<Self, Error> {
        let key = Key::of(sync);
        Ok(Self {
            directory: get(&context.client, &key.beside(&sync.spec.directory_ref.name)).await?,
            server: get(&context.client, &key.beside(&sync.spec.dashboard_server_ref.name)).await?,
        })
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
    References { directory, server }: &References,
    context: &Context,
) -> Result<Gathered, Error> {
    // Errors of the sync itself are reported even if the other objects do not exist yet.
    Schedule::of(&sync.spec)?;
    let missing = |reason, field: &str, kind: &str, name: &str| Error::Dependency {
        reason,
        message: format!(
            "spec.{field}: there is no {kind} \"{name}\" in this namespace: create it, or correct the name"
        ),
    };
    let server = server.as_ref().ok_or_else(|| {
        let name = &sync.spec.dashboard_server_ref.name;
        missing(Reason::DashboardServerNotFound, "dashboardServerRef", "DashboardServer", name)
    });
    let environment = environment(sync, directory.as_ref(), context);
    if let Ok(server) = &server {
        sync_settings(sync, server, &environment)?;
    }
    let name = &sync.spec.directory_ref.name;
    let directory =
        directory.as_ref().ok_or_else(|| missing(Reason::DirectoryNotFound, "directoryRef", "Directory", name))?;
    let server = server?;
    refuse_path(directory)?;
    let key = Key::of(sync);
    let fetched = fetch(&context.client, &key.namespace, needed(directory, server)).await?;
    let mut settings = resolve(sync, directory, server, &fetched.referenced, &environment)?;
    // Once the status of the object at fault says it too, its recovery starts this sync. Nothing else has that object looked
    // at: a Directory is probed when a run waits for it, and the Secret with a URL is not watched.
    let admitted = context.allowed_hosts.admit_directory(settings.directory);
    settings.directory = admitted.inspect_err(|_| context.probe(&Key::of(directory)))?;
    let admitted = context.allowed_hosts.admit_store(settings.store);
    settings.store = admitted.inspect_err(|_| context.probe_server(&Key::of(server)))?;
    settings.directory = settings.directory.counted(context.metrics.directory_traffic(&Key::of(directory)));
    settings.store = settings.store.counted(context.metrics.server_traffic(&Key::of(server)));
    let credentials = bind_permission::secret(directory).and_then(|secret| fetched.versions.get(&secret).cloned());
    let last = context.locks.directory(&key.beside(name)).memory.of(directory);
    bind_permission::check(directory, credentials.as_ref(), last.as_ref())?;
    Ok(Gathered { settings, credentials })
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
