//! One attempt to run a sync: gather its settings, announce it, run.

use std::sync::Arc;

use jiff::Timestamp;

use super::gather::{Gathered, References, gather};
use super::generations::Generations;
use super::host::OperatorHost;
use super::interruption::stopped;
use super::state;
use super::turn::Turn;
use crate::api::v1alpha1::condition::Reason;
use crate::api::v1alpha1::{DirectoryGroupSync, DirectoryGroupSyncStatus};
use crate::controller::context::Context;
use crate::controller::error::Error;
use crate::controller::patch;
use crate::directory;
use crate::run;
use crate::run::outcome::Outcome;
use crate::runtime::clock;

/// A run that has ended.
pub(super) struct Attempt {
    /// The object when the run started.
    pub(super) sync: DirectoryGroupSync,
    /// The status before the run was announced.
    pub(super) reported: DirectoryGroupSyncStatus,
    /// The generations of the objects that it used.
    pub(super) used: Generations,
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
                    | run::error::Error::NotProbed { .. }
                    | run::error::Error::Dependency {
                        reason: Reason::DirectoryNotReady | Reason::DirectoryNotFound | Reason::NamespaceNotAllowed,
                        ..
                    }
            )
        })
    }
}

/// Runs once.
pub(super) async fn attempt(
    sync: &DirectoryGroupSync,
    announce: bool,
    turn: &Turn,
    context: &Arc<Context>,
) -> Result<Attempt, Error> {
    let start = clock::now();
    let mut used = Generations::default();
    let gathered = async {
        let references = References::read(sync, context).await?;
        used = references.generations();
        gather(sync, &references, context).await
    };
    let gathered = tokio::select! {
        gathered = gathered => gathered,
        cause = stopped(sync, context) => Err(cause.into()),
    };
    let reported = sync.status.clone().unwrap_or_default();
    let mut sync = sync.clone();
    let outcome = match gathered {
        Ok(Gathered { settings, credentials }) => {
            if announce {
                let started = |sync: &DirectoryGroupSync| Some(state::started(sync, start));
                sync = patch::status(&context.client, &sync, started).await?.unwrap_or(sync);
            }
            run::run(&settings, &OperatorHost { context, sync: &sync, turn, credentials }).await
        }
        Err(error) => Err(error),
    };
    let used = used.or(Generations::watched(&sync, context));
    Ok(Attempt { sync, reported, used, outcome, start, end: clock::now() })
}
