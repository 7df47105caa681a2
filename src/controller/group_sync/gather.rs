//! From a sync to the settings of its run: the objects that it names, and what they refer to.

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

/// What a run needs.
pub(super) struct Gathered {
    pub(super) settings: Settings,
    /// The version of the Secret that the run binds with.
    pub(super) secret_version: Option<String>,
}

/// Gathers. Only a Directory that its controller has bound to lets a run pass.
pub(super) async fn gather(sync: &DirectoryGroupSync, context: &Context) -> Result<Gathered, Error> {
    // What is wrong with the sync itself is said even where the others are not there yet.
    Schedule::of(&sync.spec)?;
    let key = Key::of(sync);
    let directory_key = key.beside(&sync.spec.directory_ref.name);
    let directory = get::<Directory>(&context.client, &directory_key).await?;
    let server_key = key.beside(&sync.spec.dashboard_server_ref.name);
    let server = get::<DashboardServer>(&context.client, &server_key).await?;
    let missing = |reason, kind: &str, name: &str| Error::Dependency {
        reason,
        message: format!("there is no {kind} \"{name}\" in this namespace"),
    };
    let server = server.ok_or_else(|| missing(Reason::DashboardServerNotFound, "DashboardServer", &server_key.name));
    let environment = environment(sync, directory.as_ref(), context);
    if let Ok(server) = &server {
        sync_settings(sync, server, &environment)?;
    }
    let directory = directory.ok_or_else(|| missing(Reason::DirectoryNotFound, "Directory", &directory_key.name))?;
    let server = server?;
    refuse_path(&directory)?;
    let fetched = fetch(&context.client, &key.namespace, needed(&directory, &server)).await?;
    let settings = resolve(sync, &directory, &server, &fetched.referenced, &environment)?;
    let secret_version = bind_permission::secret(&directory).and_then(|secret| fetched.versions.get(&secret).cloned());
    bind_permission::check(&directory, secret_version.as_deref())?;
    Ok(Gathered { settings, secret_version })
}

/// What the objects' statuses and annotations say. The servers are those that were known before the run connects.
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
