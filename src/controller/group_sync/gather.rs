//! The settings of a run, from the sync, the objects in its spec, and the objects that they refer to.

use kube::ResourceExt as _;

use super::due::approval;
use crate::api::v1alpha1::condition::Reason;
use crate::api::v1alpha1::directory::status;
use crate::api::v1alpha1::{DashboardServer, Directory, DirectoryGroupSync};
use crate::controller::cluster::{fetch, get};
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
    /// The version of the Secret that the run binds with.
    pub(super) secret_version: Option<String>,
}

/// Gathers the settings. A run is possible only if the Directory's controller has bound to the Directory.
pub(super) async fn gather(sync: &DirectoryGroupSync, context: &Context) -> Result<Gathered, Error> {
    // Errors of the sync itself are reported even if the other objects do not exist yet.
    Schedule::of(&sync.spec)?;
    let key = Key::of(sync);
    let directory_key = key.beside(&sync.spec.directory_ref.name);
    let directory = get::<Directory>(&context.client, &directory_key).await?;
    let server_key = key.beside(&sync.spec.dashboard_server_ref.name);
    let server = get::<DashboardServer>(&context.client, &server_key).await?;
    let missing = |reason, field: &str, kind: &str, name: &str| Error::Dependency {
        reason,
        message: format!(
            "spec.{field}: there is no {kind} \"{name}\" in this namespace: create it, or correct the name"
        ),
    };
    let server = server.ok_or_else(|| {
        missing(Reason::DashboardServerNotFound, "dashboardServerRef", "DashboardServer", &server_key.name)
    });
    let environment = environment(sync, directory.as_ref(), context);
    if let Ok(server) = &server {
        sync_settings(sync, server, &environment)?;
    }
    let directory = directory
        .ok_or_else(|| missing(Reason::DirectoryNotFound, "directoryRef", "Directory", &directory_key.name))?;
    let server = server?;
    refuse_path(&directory)?;
    let fetched = fetch(&context.client, &key.namespace, needed(&directory, &server)).await?;
    let settings = resolve(sync, &directory, &server, &fetched.referenced, &environment)?;
    let secret_version = bind_permission::secret(&directory).and_then(|secret| fetched.versions.get(&secret).cloned());
    bind_permission::check(&directory, secret_version.as_deref())?;
    Ok(Gathered { settings, secret_version })
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
        approval: Approval { object: Some(object), hash: approval(sync).map(str::to_owned) },
    }
}
