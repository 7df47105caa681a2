//! The operator as the host of a run: the time, missing owners, interruptions, and the turn to bind.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt as _;
use jiff::Timestamp;
use kube::ResourceExt as _;
use kube::runtime::reflector::ObjectRef;
use tokio::sync::OwnedMutexGuard;
use tracing::Instrument as _;

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

/// Resolves with the cause when a run that was started for this object should stop.
pub(super) async fn stopped(sync: &DirectoryGroupSync, context: &Context) -> Interruption {
    let mut changes = context.syncs.changes.clone();
    loop {
        changes.borrow_and_update();
        if let Err(cause) = may_go_on(sync, context) {
            return cause;
        }
        tokio::select! {
            // The watch stops with the operator.
            Ok(()) = changes.changed() => {}
            () = context.shutdown.clone().requested() => {}
            () = context.tenure.clone().lost() => {}
        }
    }
}

/// Whether a run that was started for this object may continue.
fn may_go_on(sync: &DirectoryGroupSync, context: &Context) -> Result<(), Interruption> {
    if context.shutdown.is_requested() {
        return Err(Interruption::Shutdown);
    }
    if !context.tenure.is_held() {
        return Err(Interruption::LeaseLost);
    }
    let object = context.syncs.objects.get(&ObjectRef::from_obj(sync).into_kind_unchecked(()));
    match object.as_deref().map(|object| &object.0) {
        Some(Ok(object)) => unchanged(sync, object),
        Some(Err(_)) | None => Err(Interruption::Gone),
    }
}

/// Whether the object is still the one for which the run was started.
fn unchanged(started: &DirectoryGroupSync, now: &DirectoryGroupSync) -> Result<(), Interruption> {
    if now.uid() != started.uid() {
        Err(Interruption::Replaced)
    } else if now.metadata.deletion_timestamp.is_some() {
        Err(Interruption::Deleting)
    } else if now.spec.suspend {
        Err(Interruption::Suspended)
    } else if now.metadata.generation > started.metadata.generation {
        Err(Interruption::Changed)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_run_ends_when_its_object_is_no_longer_what_it_was() {
        let object = |metadata: Value, suspend: bool| -> DirectoryGroupSync {
            serde_json::from_value(json!({
                "apiVersion": "directorysync.dev/v1alpha1", "kind": "DirectoryGroupSync", "metadata": metadata,
                "spec": {"directoryRef": {"name": "d"}, "dashboardServerRef": {"name": "s"}, "groups": [{"name": "g"}],
                    "suspend": suspend},
            }))
            .unwrap()
        };
        let started = object(json!({"name": "a", "uid": "u", "generation": 2}), false);
        let check = |metadata, suspend| unchanged(&started, &object(metadata, suspend)).err();
        assert_eq!(check(json!({"uid": "u", "generation": 2}), false), None);
        assert_eq!(check(json!({"uid": "u", "generation": 1}), false), None, "the watch is late");
        assert!(check(json!({"uid": "v", "generation": 2}), false) == Some(Interruption::Replaced));
        assert!(check(json!({"uid": "u", "generation": 3}), false) == Some(Interruption::Changed));
        assert!(check(json!({"uid": "u", "generation": 3}), true) == Some(Interruption::Suspended));
        let deleted = json!({"uid": "u", "generation": 2, "deletionTimestamp": "2026-01-01T00:00:00Z"});
        assert!(check(deleted, false) == Some(Interruption::Deleting));
    }
}
