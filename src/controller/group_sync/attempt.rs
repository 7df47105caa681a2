//! One attempt to run a sync: gather its settings, take the locks, announce it, run.

use std::sync::Arc;

use jiff::Timestamp;

use super::gather::{Gathered, gather};
use super::host::{OperatorHost, stopped};
use super::state;
use crate::api::v1alpha1::condition::Reason;
use crate::api::v1alpha1::{DirectoryGroupSync, DirectoryGroupSyncStatus};
use crate::controller::context::Context;
use crate::controller::error::Error;
use crate::controller::key::Key;
use crate::controller::patch;
use crate::directory;
use crate::run;
use crate::run::error::Consequence;
use crate::run::outcome::Outcome;
use crate::runtime::clock;

/// A run that has ended.
pub(super) struct Attempt {
    /// The status when the run started.
    pub(super) before: DirectoryGroupSyncStatus,
    pub(super) outcome: Result<Outcome, run::error::Error>,
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
}

impl Attempt {
    /// Whether only the Directory's controller can help, which then starts the sync.
    pub(super) fn waits_for_directory(&self) -> bool {
        self.outcome.as_ref().is_err_and(|error| {
            matches!(
                error,
                run::error::Error::Directory(directory::Error::BindRefused { .. })
                    | run::error::Error::Dependency {
                        reason: Reason::DirectoryNotReady | Reason::DirectoryNotFound,
                        ..
                    }
            )
        })
    }
}

/// Runs once. `None`: another run is active, so this one is tried again soon without a report.
pub(super) async fn attempt(
    sync: &DirectoryGroupSync,
    announce: bool,
    context: &Arc<Context>,
) -> Result<Option<Attempt>, Error> {
    let start = clock::now();
    let mut before = sync.status.clone().unwrap_or_default();
    let gathered = tokio::select! {
        gathered = gather(sync, context) => gathered,
        cause = stopped(sync, context) => Err(cause.into()),
    };
    let outcome = match gathered {
        Ok(Gathered { settings, secret_version }) => {
            let directory = Key::of(sync).beside(&sync.spec.directory_ref.name);
            let Some(_turn) = context.locks.try_run(&directory) else { return Ok(None) };
            if announce {
                before = state::started(sync, start);
                patch::status(&context.client, sync, &before).await?;
            }
            run::run(&settings, &OperatorHost { context, sync, secret_version }).await
        }
        Err(error) => Err(error),
    };
    if let Err(error) = &outcome
        && error.consequence() == Consequence::Requeue
    {
        tracing::debug!(sync = %Key::of(sync), %error, "comes back soon");
        return Ok(None);
    }
    Ok(Some(Attempt { before, outcome, start, end: clock::now() }))
}
