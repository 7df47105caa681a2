//! The one run that the controller and `sync -f` both call, as five steps:
//!
//! | step | what it does | where | |
//! |---|---|---|---|
//! | resolve | objects become [`Settings`] | [`settings::resolve`], called by the host | pure |
//! | read | both sides, complete | `read` | network |
//! | plan | the changes that turn found into wanted | [`plan`] | pure |
//! | apply | read and plan again under the store's lock, write, commit | `apply` | network |
//! | report | the [`Outcome`] becomes a status | [`report::status`], called by the host | pure |
//!
//! Resolve and report are called by the host, because each host has its own objects; [`RunHost`] is what the three steps
//! between them need of the process.

mod apply;
pub mod change_summary;
pub mod cleanup;
pub mod error;
pub mod host;
pub mod interruption;
pub mod outcome;
mod read;
pub mod referenced_object;
pub mod rehearsal;
pub mod report;
pub mod schedule;
pub mod settings;

use self::error::Error;
use self::host::{RunHost, Step};
use self::outcome::Outcome;
use self::settings::Settings;
use crate::sync::planning::plan;

/// Runs once.
///
/// # Errors
/// When nothing was written, with what follows from it.
pub async fn run(settings: &Settings, host: &dyn RunHost) -> Result<Outcome, Error> {
    match tokio::time::timeout(settings.timeout, steps(settings, host)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Error::TimedOut { seconds: settings.timeout.as_secs() }),
    }
}

async fn steps(settings: &Settings, host: &dyn RunHost) -> Result<Outcome, Error> {
    // Read (network).
    let store = read::open_store(settings)?;
    let read = read::read(settings, &store, host).await?;

    // Plan (pure).
    host.entered(Step::Planning);
    let planned = plan(&read.snapshot, &read.found, &read.policy, host.now())?;

    // Apply (network).
    if read.policy.preview {
        apply::preview(read, planned, &*store, host).await
    } else {
        apply::apply(read, planned, &*store, host).await
    }
}
