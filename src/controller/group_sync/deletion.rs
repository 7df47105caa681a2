//! The deletion of a sync with `deletionPolicy: Delete`. It does not depend on events or on status, and waits only while the
//! store cannot be reached.

use std::time::Duration;

use async_trait::async_trait;
use kube::ResourceExt as _;
use kube::runtime::controller::Action;
use tokio::time::{Instant, sleep_until};

use super::{requeue, state};
use crate::api::FINALIZER;
use crate::api::v1alpha1::condition::Reason;
use crate::api::v1alpha1::directory_group_sync::policy::{DeletionPolicy, Mode};
use crate::api::v1alpha1::{DashboardServer, DirectoryGroupSync};
use crate::controller::cluster::{fetch, get, is_terminating};
use crate::controller::context::Context;
use crate::controller::error::Error;
use crate::controller::event::{self, EventDraft};
use crate::controller::key::Key;
use crate::controller::lease::Tenure;
use crate::controller::link_sets::link_book;
use crate::controller::patch;
use crate::run;
use crate::run::cleanup::{Cleanup, clean_up};
use crate::run::error::Consequence;
use crate::run::referenced_object::{ReferencedObject, needed_by_server};
use crate::run::settings::{InvalidSettings, protected, store_settings};
use crate::runtime::clock;
use crate::runtime::shutdown::Shutdown;
use crate::store::{self, Guard, Interruption, unless_stopped};
use crate::sync::identity::Owner;
use crate::sync::wording::count;

/// What has happened to the groups.
enum GroupsAfterDeletion {
    /// They stay as they are, and their links contain an owner that no longer exists. An event reports the cause.
    Retained(Option<&'static str>),
    /// They were deleted.
    Deleted(Cleanup),
}

/// Does what the spec asks for and removes the finalizer.
pub(super) async fn delete(sync: &DirectoryGroupSync, context: &Context) -> Result<Action, Error> {
    let key = Key::of(sync);
    if !sync.finalizers().iter().any(|finalizer| finalizer == FINALIZER) {
        return Ok(Action::await_change());
    }
    let groups = match handle_groups(sync, context).await {
        Ok(groups) => groups,
        Err(error) if error.consequence() == Consequence::Requeue => {
            let postponed = context.requests.postpone(&key, clock::now());
            if postponed.is_long(clock::now()) {
                return blocked(sync, context, &error).await;
            }
            return Ok(requeue::soon(sync, postponed.times));
        }
        Err(error) => return blocked(sync, context, &error).await,
    };
    patch::finalizer(&context.client, sync, false).await?;
    context.requests.forget(&key);
    event::publish(&context.client, sync, events_for(&groups)).await;
    Ok(Action::await_change())
}

async fn handle_groups(sync: &DirectoryGroupSync, context: &Context) -> Result<GroupsAfterDeletion, run::error::Error> {
    if let Some(retained) = retained_by_spec(sync) {
        return Ok(retained);
    }
    let key = Key::of(sync);
    if is_terminating(&context.client, &key.namespace).await? {
        return Ok(GroupsAfterDeletion::Retained(Some("the namespace is being deleted")));
    }
    let server_key = Key::of_server(sync);
    let Some(server) = get::<DashboardServer>(&context.client, &server_key).await? else {
        return Ok(GroupsAfterDeletion::Retained(Some("its DashboardServer is gone")));
    };
    let fetched = fetch(&context.client, &key.namespace, needed_by_server(&server)).await?;
    let settings = match store_settings(&server, &fetched.referenced) {
        Err(InvalidSettings::Missing { object: ReferencedObject::Secret(_), .. }) => {
            return Ok(GroupsAfterDeletion::Retained(Some("the Secret of its DashboardServer is gone")));
        }
        settings => context.allowed_hosts.admit_store(settings?)?,
    };
    let Key { namespace, name } = key;
    let owner = Owner { installation: context.installation.clone(), namespace, name };
    let timeout = sync.spec.timeout.get();
    let guard = DeletionGuard {
        shutdown: context.shutdown.clone(),
        tenure: context.tenure.clone(),
        deadline: Instant::now() + timeout,
        timeout,
    };
    let store = store::open(settings.counted(context.metrics.server_traffic(&server_key)), || {
        Ok(link_book(context.client.clone(), &server_key.namespace, &server_key.name))
    })?;
    let capabilities = unless_stopped(&guard, store.probe()).await?;
    let turn = context.locks.store(&server_key, capabilities.identity.as_deref());
    let _turn = unless_stopped(&guard, async { Ok::<_, store::Error>(turn.await) }).await?;
    Ok(GroupsAfterDeletion::Deleted(clean_up(&*store, capabilities, &owner, protected(&server), &guard).await?))
}

/// A deletion goes on whatever becomes of its object, but neither without end nor beyond the operator's.
struct DeletionGuard {
    shutdown: Shutdown,
    tenure: Tenure,
    deadline: Instant,
    timeout: Duration,
}

impl DeletionGuard {
    const fn timed_out(&self) -> Interruption {
        Interruption::TimedOut { seconds: self.timeout.as_secs() }
    }
}

#[async_trait]
impl Guard for DeletionGuard {
    async fn may_go_on(&self) -> Result<(), Interruption> {
        if self.shutdown.is_requested() {
            return Err(Interruption::Shutdown);
        }
        if !self.tenure.is_held() {
            return Err(Interruption::LeaseLost);
        }
        if Instant::now() >= self.deadline { Err(self.timed_out()) } else { Ok(()) }
    }

    async fn stopped(&self) -> Interruption {
        tokio::select! {
            () = self.shutdown.clone().requested() => Interruption::Shutdown,
            () = self.tenure.clone().lost() => Interruption::LeaseLost,
            () = sleep_until(self.deadline) => self.timed_out(),
        }
    }
}

/// Rule `deleted-sync`: whether the spec itself keeps the groups.
fn retained_by_spec(sync: &DirectoryGroupSync) -> Option<GroupsAfterDeletion> {
    if sync.spec.deletion_policy == DeletionPolicy::Retain {
        Some(GroupsAfterDeletion::Retained(None))
    } else if sync.spec.suspend {
        Some(GroupsAfterDeletion::Retained(Some("it is suspended")))
    } else if sync.spec.mode == Mode::Preview {
        Some(GroupsAfterDeletion::Retained(Some("it is in Preview")))
    } else {
        None
    }
}

async fn blocked(sync: &DirectoryGroupSync, context: &Context, error: &run::error::Error) -> Result<Action, Error> {
    let cause = error.to_string();
    let status = state::deletion_blocked(sync, &cause, clock::now());
    if sync.status.as_ref() != Some(&status) {
        let report = |now: &DirectoryGroupSync| Some(state::deletion_blocked(now, &cause, clock::now()));
        patch::status(&context.client, sync, report).await?;
        let text = format!("the groups that the sync created cannot be deleted: {cause}");
        let note = EventDraft { warning: true, reason: Reason::DeletionBlocked.as_str(), action: "Delete", text };
        event::publish(&context.client, sync, vec![note]).await;
    }
    Ok(Action::requeue(sync.spec.retry_interval.get()))
}

fn events_for(groups: &GroupsAfterDeletion) -> Vec<EventDraft> {
    let note = |warning, reason, text| EventDraft { warning, reason, action: "Delete", text };
    match groups {
        GroupsAfterDeletion::Retained(None) => Vec::new(),
        GroupsAfterDeletion::Retained(Some(cause)) => {
            vec![note(true, "GroupsRetained", format!("its groups stay in the store, because {cause}"))]
        }
        GroupsAfterDeletion::Deleted(Cleanup { deleted, emptied, refused }) => {
            let mut events = vec![note(false, "GroupsDeleted", format!("{} deleted", count(*deleted, "group")))];
            if *emptied > 0 {
                let text =
                    format!("{} emptied and not deleted, because the server keeps them", count(*emptied, "group"));
                events.push(note(true, "GroupsRetained", text));
            }
            if *refused > 0 {
                events.push(note(
                    true,
                    "GroupsRetained",
                    format!("the store refused to delete {}", count(*refused, "group")),
                ));
            }
            events
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_spec_may_keep_the_groups_and_only_retain_keeps_silent() {
        let check = |over: Value| {
            let mut spec = json!({"directoryRef": {"name": "d"}, "dashboardServerRef": {"name": "s"},
                "groups": [{"name": "g"}], "deletionPolicy": "Delete"});
            over.as_object().unwrap().iter().for_each(|(key, value)| spec[key] = value.clone());
            let sync = serde_json::from_value(json!({"apiVersion": "directorysync.dev/v1alpha1",
                "kind": "DirectoryGroupSync", "metadata": {"name": "a"}, "spec": spec}));
            retained_by_spec(&sync.unwrap()).map(|groups| events_for(&groups).len())
        };
        assert_eq!(check(json!({})), None);
        assert_eq!(check(json!({"deletionPolicy": "Retain", "suspend": true})), Some(0));
        assert_eq!(check(json!({"suspend": true})), Some(1));
        assert_eq!(check(json!({"mode": "Preview"})), Some(1));
    }
}
