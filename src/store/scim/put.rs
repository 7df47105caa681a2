//! Renaming a group by PUT, where a server does not understand a PATCH of the name.

use std::collections::HashSet;

use async_trait::async_trait;
use http::StatusCode;
use serde_json::Value;

use super::edits::ATTEMPTS;
use super::members::{Deed, Left, group_path};
use super::refusal::{About, accepted};
use super::server::ScimServer;
use crate::store::remote::{CallFailure, Done};
use crate::store::{Guard, Interruption};

impl ScimServer {
    /// Writes a group without its members. A server may take that for an empty list, so they are looked at, and added again.
    pub(super) async fn put_group(&self, id: &str, name: &str, guard: &dyn Guard) -> Result<Done, CallFailure> {
        let mut held = HashSet::new();
        let put = self.put_name(id, name, &mut held, guard).await;
        // Without an answer, the server may have done it.
        if held.is_empty() || matches!(put, Err(CallFailure::Refused(_) | CallFailure::Gone)) {
            return put;
        }
        let restored = self.restore_members(id, &held).await;
        let may_lack = "the group is renamed, and may lack members, because they could not be added again";
        put.and_then(|done| restored.map(|()| done).map_err(|_| CallFailure::Lost(may_lack.to_owned())))
    }

    /// Writes the name. `held`: who was in the group just before.
    async fn put_name(
        &self,
        id: &str,
        name: &str,
        held: &mut HashSet<String>,
        guard: &dyn Guard,
    ) -> Result<Done, CallFailure> {
        let path = group_path(id);
        let mut attempts = 0;
        loop {
            let (mut group, version) = self.versioned(&path).await?;
            // Read after the version: a server that knows it refuses the PUT if anybody joins later.
            let now = self.held(id).await?;
            if attempts > 0 && group.get("displayName").and_then(Value::as_str) == Some(name) {
                // A PUT without an answer was done, and may have emptied the group.
                held.extend(now);
                return Ok(Done::default());
            }
            *held = now;
            group.insert("displayName".to_owned(), name.into());
            group.remove("members");
            let answer = self.put(&path, group, version, guard).await?;
            attempts += 1;
            if answer.status != StatusCode::PRECONDITION_FAILED || attempts == ATTEMPTS {
                return accepted(&answer, About::Group);
            }
        }
    }

    /// Adds members again whom a request of ours has removed.
    pub(super) async fn restore_members(&self, group: &str, held: &HashSet<String>) -> Result<(), CallFailure> {
        let now = self.held(group).await?;
        let lost: Vec<String> = held.difference(&now).cloned().collect();
        // Those who cannot be added again are missing in the next read.
        self.write_members(group, Deed::Add, &lost, &mut Left::default(), &Restoring).await
    }
}

/// What a run has done to people who are none of its business is undone, even if it may not go on.
struct Restoring;

#[async_trait]
impl Guard for Restoring {
    async fn may_go_on(&self) -> Result<(), Interruption> {
        Ok(())
    }

    async fn stopped(&self) -> Interruption {
        std::future::pending().await
    }
}
