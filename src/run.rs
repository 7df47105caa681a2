//! The one run that the controller and `sync -f` both call, as five steps:
//!
//! | step | what it does | where | |
//! |---|---|---|---|
//! | resolve | objects become [`Settings`] | [`settings::resolve`], called by the host | pure |
//! | read | both sides, complete | `read` | network |
//! | plan | the changes that turn found into wanted | [`plan`] | pure |
//! | apply | read and plan again while this run alone may write, write | `apply` | network |
//! | report | the [`Outcome`] becomes a status | [`report::status`], called by the host | pure |
//!
//! Resolve and report are called by the host, because each host has its own objects; [`RunHost`] is what the three steps
//! between them need of the process.

mod apply;
pub mod change_summary;
pub mod cleanup;
pub mod error;
mod guard;
pub mod host;
pub mod outcome;
mod owners;
mod read;
pub mod referenced_object;
pub mod rehearsal;
pub mod report;
pub mod schedule;
pub mod settings;

use tokio::time::Instant;

use self::error::Error;
use self::guard::RunGuard;
use self::host::{Part, RunHost, Step};
use self::outcome::Outcome;
use self::settings::Settings;
use crate::sync::planning::plan;

/// Runs once.
///
/// # Errors
/// When nothing was written, or it is unknown what was written, with what follows from that.
pub async fn run(settings: &Settings, host: &dyn RunHost) -> Result<Outcome, Error> {
    let guard = RunGuard::new(host, settings.timeout);

    // Read (network).
    let store = host.open_store(&settings.store)?;
    let read = Box::pin(read::read(settings, &store, host, &guard)).await?;

    // Plan (pure).
    host.entered(Step::Planning);
    let start = Instant::now();
    let planned = plan(&read.snapshot, &read.found, &read.policy, host.now())?;
    host.took(Part::Plan, start.elapsed());

    // Apply (network).
    if read.policy.preview {
        return Box::pin(apply::preview(read, planned, &*store, host, &guard)).await;
    }
    let (identity, is_moved) = (read.capabilities.identity.clone(), read.is_moved);
    let mut outcome = Box::pin(apply::apply(read, planned, &*store, host, &guard)).await?;
    outcome.approved |= is_moved;
    outcome.store = match identity {
        // The first run that writes gives the store its identity. If it cannot be asked now, the next run asks.
        None if outcome.counts.wrote() => store.probe().await.ok().and_then(|capabilities| capabilities.identity),
        identity => identity,
    };
    Ok(outcome)
}
