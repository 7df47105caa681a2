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
mod read;
pub mod referenced_object;
pub mod rehearsal;
pub mod report;
pub mod schedule;
pub mod settings;

use self::error::Error;
use self::guard::RunGuard;
use self::host::{RunHost, Step};
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
    let read = read::read(settings, &store, host, &guard).await?;

    // Plan (pure).
    host.entered(Step::Planning);
    let planned = plan(&read.snapshot, &read.found, &read.policy, host.now())?;

    // Apply (network).
    if read.policy.preview {
        apply::preview(read, planned, &*store, host, &guard).await
    } else {
        apply::apply(read, planned, &*store, host, &guard).await
    }
}
