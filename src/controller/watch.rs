//! Watching one kind: which changes start a reconciliation, and which do not.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use futures::{Stream, StreamExt as _};
use kube::core::DeserializeGuard;
use kube::runtime::reflector::{ObjectRef, Store, reflector, store};
use kube::runtime::{Controller, PredicateConfig, WatchStreamExt as _, watcher};
use kube::{Api, Resource};
use serde::de::DeserializeOwned;

use super::api_server::WATCH_SECONDS;
use super::key::Key;
use crate::api::{APPROVE_ANNOTATION, FLUX_REQUESTED_AT_ANNOTATION, REQUESTED_AT_ANNOTATION};
use crate::runtime::shutdown::Shutdown;

/// An object from a watch. An object that cannot be parsed does not stop the watch.
pub(super) type Guarded<K> = DeserializeGuard<K>;

/// The objects of one kind, in the last version that the watch has delivered.
pub(super) struct Watched<K>
where
    K: Resource<DynamicType = ()> + 'static,
{
    /// The objects.
    pub(super) objects: Store<Guarded<K>>,
    /// Changes after every event of the watch, when the objects have been updated. `true` after all have been listed.
    pub(super) changes: tokio::sync::watch::Receiver<bool>,
}

impl<K: Resource<DynamicType = ()> + Clone + 'static> Watched<K> {
    /// Resolves when the object no longer exists or has a newer generation: what is done for it is of no use then.
    pub(super) async fn superseded(&self, object: &K) {
        let mut changes = self.changes.clone();
        let meta = object.meta();
        let is_same = |now: &Guarded<K>| {
            let now = now.meta();
            now.uid == meta.uid && now.generation <= meta.generation && now.deletion_timestamp.is_none()
        };
        loop {
            changes.borrow_and_update();
            if !self.objects.get(&Key::of(object).reference()).is_some_and(|now| is_same(&now)) {
                return;
            }
            if changes.changed().await.is_err() {
                // The watch stops with the operator.
                return std::future::pending().await;
            }
        }
    }
}

/// The names of all objects of a kind.
pub(super) fn keys<K: Resource<DynamicType = ()> + Clone + 'static>(objects: &Store<Guarded<K>>) -> BTreeSet<Key> {
    objects.state().iter().map(|object| Key::of(&**object)).collect()
}

/// A controller of the objects of one kind, and its watch. As many objects are reconciled at once as there
/// are; each one takes a place before it asks the API server for anything.
pub(super) fn controller<K>(
    api: Api<Guarded<K>>,
    triggers: impl Stream<Item = ObjectRef<Guarded<K>>> + Send + 'static,
    shutdown: &Shutdown,
) -> (Controller<Guarded<K>>, Watched<K>)
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + Sync + 'static,
{
    let (reader, writer) = store();
    let (sender, changes) = tokio::sync::watch::channel(false);
    let objects =
        reflector(writer, without_managed_fields(watcher(api, watcher::Config::default().timeout(WATCH_SECONDS))))
            .default_backoff()
            .inspect(move |event| sender.send_modify(|listed| *listed |= matches!(event, Ok(watcher::Event::InitDone))))
            .applied_objects()
            .predicate_filter(|object: &Guarded<K>| Some(commanded(object)), PredicateConfig::default())
            .boxed();
    let controller = Controller::for_stream(objects, reader.clone())
        .reconcile_on(triggers)
        .graceful_shutdown_on(shutdown.clone().requested());
    (controller, Watched { objects: reader, changes })
}

/// What nobody here reads would be kept for each object.
fn without_managed_fields<K: Resource>(
    events: impl Stream<Item = Result<watcher::Event<K>, watcher::Error>>,
) -> impl Stream<Item = Result<watcher::Event<K>, watcher::Error>> {
    events.modify(|object| object.meta_mut().managed_fields = None)
}

/// A hash of the fields with which administrators and the API server control the operator. Status is not included, so the
/// operator's own writes start nothing.
fn commanded<K: Resource>(object: &K) -> u64 {
    let meta = object.meta();
    let mut hasher = DefaultHasher::new();
    (&meta.uid, meta.generation, &meta.finalizers).hash(&mut hasher);
    meta.deletion_timestamp.as_ref().map(|time| time.0).hash(&mut hasher);
    let annotations = meta.annotations.as_ref();
    for annotation in [REQUESTED_AT_ANNOTATION, FLUX_REQUESTED_AT_ANNOTATION, APPROVE_ANNOTATION] {
        annotations.and_then(|annotations| annotations.get(annotation)).hash(&mut hasher);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use serde_json::{Value, json};

    use super::*;
    use crate::api::v1alpha1::Directory;

    #[test]
    fn an_object_is_superseded_by_a_newer_generation_and_by_its_end() {
        let directory = |uid: &str, generation: i64| -> Directory {
            let object = json!({"apiVersion": "directorysync.dev/v1alpha1", "kind": "Directory", "spec": {"baseDN": "dc=x"},
                "metadata": {"name": "a", "namespace": "n", "uid": uid, "generation": generation}});
            serde_json::from_value(object).unwrap()
        };
        let (objects, mut writer) = store();
        let watched = Watched { objects, changes: tokio::sync::watch::channel(true).1 };
        let is_superseded = |object: &Directory| watched.superseded(object).now_or_never().is_some();
        let mut show = |object| writer.apply_watcher_event(&watcher::Event::Apply(DeserializeGuard(Ok(object))));
        show(directory("u", 2));
        assert!(!is_superseded(&directory("u", 2)));
        assert!(!is_superseded(&directory("u", 3)), "the watch is late");
        assert!(is_superseded(&directory("u", 1)));
        assert!(is_superseded(&directory("v", 2)), "it was created again");
        writer.apply_watcher_event(&watcher::Event::Delete(DeserializeGuard(Ok(directory("u", 2)))));
        assert!(is_superseded(&directory("u", 2)));
    }

    #[test]
    fn commands_start_a_look_and_our_own_writes_do_not() {
        let hash = |metadata: Value, status: Value| {
            let mut object = json!({"apiVersion": "directorysync.dev/v1alpha1", "kind": "Directory",
                "metadata": {"name": "a", "uid": "u", "generation": 1, "resourceVersion": "1"},
                "spec": {"baseDN": "dc=x"}, "status": status});
            metadata.as_object().unwrap().iter().for_each(|(key, value)| object["metadata"][key] = value.clone());
            commanded(&serde_json::from_value::<Directory>(object).unwrap())
        };
        let quiet = hash(json!({}), json!({}));
        assert_eq!(hash(json!({"resourceVersion": "2", "labels": {"a": "b"}}), json!({"directoryID": "r"})), quiet);
        for command in [
            json!({"generation": 2}),
            json!({"finalizers": ["f"]}),
            json!({"deletionTimestamp": "2026-01-01T00:00:00Z"}),
            json!({"annotations": {"reconcile.fluxcd.io/requestedAt": "1"}}),
            json!({"annotations": {"directorysync.dev/requestedAt": "1"}}),
            json!({"annotations": {"directorysync.dev/approve": "1"}}),
        ] {
            assert_ne!(hash(command.clone(), json!({})), quiet, "{command}");
        }
        assert_eq!(hash(json!({"annotations": {"other": "1"}}), json!({})), quiet);
    }
}
