//! When a run that was started for an object should stop: the object is no longer what it was, or the operator ends.

use kube::ResourceExt as _;
use kube::runtime::reflector::ObjectRef;

use crate::api::v1alpha1::DirectoryGroupSync;
use crate::controller::context::Context;
use crate::store::Interruption;

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
pub(super) fn may_go_on(sync: &DirectoryGroupSync, context: &Context) -> Result<(), Interruption> {
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
