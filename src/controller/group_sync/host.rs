//! The operator as the host of a run: the time, missing owners, interruptions, and the turn to bind.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt as _;
use jiff::Timestamp;
use tokio::sync::OwnedMutexGuard;
use tracing::Instrument as _;

use super::interruption::{may_go_on, stopped};
use super::turn::Turn;
use crate::api::v1alpha1::reference::DirectoryKind;
use crate::api::v1alpha1::{ClusterDirectory, Directory as DirectoryObject, DirectoryGroupSync, DirectoryStatus};
use crate::controller::cluster::{ContentVersion, get};
use crate::controller::context::Context;
use crate::controller::directory::{DescribesDirectory, bind_permission, refused_now};
use crate::controller::key::Key;
use crate::controller::link_sets::link_book;
use crate::controller::locks::Probing;
use crate::controller::patch;
use crate::directory::{self, Directory};
use crate::run::error::Error;
use crate::run::host::{Connected, Part, Presence, RunHost, Step};
use crate::runtime::clock;
use crate::store::link_book::LinkBook;
use crate::store::{self, Interruption};
use crate::sync::identity::Owner;

/// The operator around one run.
pub(super) struct OperatorHost<'a> {
    pub(super) context: &'a Arc<Context>,
    pub(super) sync: &'a DirectoryGroupSync,
    pub(super) turn: &'a Turn,
    /// The content of the Secret in the settings.
    pub(super) credentials: Option<ContentVersion>,
}

#[async_trait]
impl RunHost for OperatorHost<'_> {
    fn now(&self) -> Timestamp {
        clock::now()
    }

    async fn presence(&self, owner: &Owner) -> Presence {
        let key = Key { namespace: owner.namespace.clone(), name: owner.name.clone() };
        // Each run asks about all owners in the store, so what the watch has is not asked again. If it is late, the owner
        // keeps its groups until the next run.
        if self.context.syncs.objects.get(&key.reference()).is_some() {
            return Presence::Exists;
        }
        match get::<kube::core::PartialObjectMeta<DirectoryGroupSync>>(&self.context.client, &key).await {
            Ok(Some(_)) => Presence::Exists,
            Ok(None) => Presence::Gone,
            // This operator may not read the namespace, and never will by asking again.
            Err(kube::Error::Api(status)) if status.is_forbidden() => Presence::Unknown,
            Err(error) => {
                tracing::debug!(%owner, error = %error, "asking whether an owner is gone");
                Presence::Exists
            }
        }
    }

    async fn may_go_on(&self) -> Result<(), Interruption> {
        may_go_on(self.sync, self.context)
    }

    async fn stopped(&self) -> Interruption {
        stopped(self.sync, self.context).await
    }

    async fn connect(&self, mut directory: Box<dyn Directory>) -> Result<Connected, Error> {
        let Some(credentials) = self.credentials.clone() else {
            let connected = directory.connect().await;
            return Ok((directory, connected));
        };
        let key = Key::of_directory(self.sync);
        let turn = Arc::clone(&self.context.locks.directory(&key).binding).lock_owned().await;
        let context = Arc::clone(self.context);
        let bound = match self.sync.spec.directory_ref.kind {
            DirectoryKind::Directory => bind::<DirectoryObject>(directory, key, credentials, turn, context).boxed(),
            DirectoryKind::ClusterDirectory => {
                bind::<ClusterDirectory>(directory, key, credentials, turn, context).boxed()
            }
        };
        // A task of its own, so that the result of the bind is recorded even if the run is dropped meanwhile.
        let bound = tokio::spawn(bound.in_current_span());
        bound.await.map_err(|_| Interruption::TaskEnded { task: "binds" })?
    }

    fn link_book(&self) -> Result<Arc<dyn LinkBook>, store::Error> {
        let Key { namespace, name } = Key::of_server(self.sync);
        Ok(link_book(self.context.client.clone(), &namespace, &name))
    }

    async fn take_store(&self, identity: Option<&str>) -> Box<dyn Send> {
        let key = Key::of_server(self.sync);
        Box::new(self.context.locks.store(&key, identity).await)
    }

    fn entered(&self, step: Step) {
        tracing::debug!(sync = %Key::of(self.sync), ?step, "entered");
        if step == Step::Planning {
            self.turn.has_read();
        }
    }

    fn took(&self, part: Part, time: Duration) {
        self.context.metrics.took(part, time);
        tracing::debug!(step = part.as_str(), milliseconds = time.as_millis(), "took");
    }
}

/// Connects with these credentials, unless they may not be tried, and records a refusal.
async fn bind<K: DescribesDirectory>(
    mut directory: Box<dyn Directory>,
    key: Key,
    credentials: ContentVersion,
    _turn: OwnedMutexGuard<Probing>,
    context: Arc<Context>,
) -> Result<Connected, Error> {
    // The bind was permitted when the run started, but another bind may have been refused since.
    let Some(object) = get::<K>(&context.client, &key).await? else {
        return Err(Interruption::DirectoryGone.into());
    };
    let described: DirectoryObject = object.clone().into();
    let locks = context.locks.directory(&key);
    bind_permission::check(&described, Some(&credentials), locks.memory.of(&described).as_ref())?;
    let connected = directory.connect().await;
    if let Err(directory::Error::BindRefused { diagnostic, .. }) = &connected {
        let bind = refused_now(diagnostic, Some(credentials.version.clone()), clock::now());
        locks.memory.remember(&described, credentials, bind.clone());
        let refused =
            |now: &K| Some(DirectoryStatus { bind: Some(bind.clone()), ..now.status().cloned().unwrap_or_default() });
        if let Err(error) = patch::status(&context.client, &object, refused).await {
            tracing::warn!(directory = %key, error = %error, "recording a refused bind");
        }
        context.probe(&key);
    }
    Ok((directory, connected))
}
