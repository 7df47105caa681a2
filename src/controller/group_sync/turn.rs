//! The turn of a run that is due: a place among the runs that read its directory, then one among all runs, then memory. Whoever
//! is due first comes first. A run that waits long says so in status. The place at the directory is given back when it has been
//! read, so that a dashboard server that is slow to write to keeps nobody else from the directory.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use super::interruption::stopped;
use super::state;
use crate::api::v1alpha1::DirectoryGroupSync;
use crate::controller::context::Context;
use crate::controller::key::Key;
use crate::controller::metrics::Wait;
use crate::controller::patch;
use crate::controller::places::Place;
use crate::controller::run_requests::VISIBLE_AFTER;
use crate::runtime::clock;

/// The right to run, until it is dropped.
pub(super) struct Turn {
    directory: Mutex<Option<Place>>,
    _run: Place,
    _memory: Place,
}

impl Turn {
    /// The run has closed its connection to the directory.
    pub(super) fn has_read(&self) {
        self.directory.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Waits for the turn of a sync that has been due since this time. `None`: it has changed meanwhile, or the operator stops.
pub(super) async fn turn(sync: &DirectoryGroupSync, due: Timestamp, context: &Arc<Context>) -> Option<Turn> {
    let key = Key::of(sync);
    let directory = context.locks.directory(&Key::of_directory(sync));
    let waits = async {
        Turn {
            directory: Mutex::new(Some(
                waited(context, Wait::Directory, directory.runs.take(&key.namespace, due)).await,
            )),
            _run: waited(context, Wait::Run, context.runs.take(&key.namespace, due)).await,
            _memory: waited(context, Wait::Memory, context.memory.take(sync, &key.namespace, due)).await,
        }
    };
    tokio::select! {
        biased;
        turn = waits => Some(turn),
        _ = stopped(sync, context) => None,
        never = say_so(sync, context) => match never {},
    }
}

/// Waits for a place, and reports how long that took.
async fn waited(context: &Context, wait: Wait, place: impl Future<Output = Place>) -> Place {
    let start = Instant::now();
    let place = place.await;
    context.metrics.waited(wait, start.elapsed());
    place
}

async fn say_so(sync: &DirectoryGroupSync, context: &Context) -> std::convert::Infallible {
    let since = clock::now();
    sleep(VISIBLE_AFTER).await;
    let report = |sync: &DirectoryGroupSync| Some(state::waiting(sync, since, clock::now()));
    if let Err(error) = patch::status(&context.client, sync, report).await {
        tracing::warn!(sync = %Key::of(sync), error = %error, "cannot report that a run waits for its place");
    }
    std::future::pending().await
}
