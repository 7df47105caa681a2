//! The result of a run, in one word.

use crate::api::v1alpha1::directory_group_sync::status::RunResult;
use crate::run::outcome::{Outcome, Pending};

/// The result of a run, in one word.
#[must_use]
pub fn result(outcome: &Outcome) -> RunResult {
    match outcome.pending {
        Pending::WouldChange(_) | Pending::WouldChangeNothing => RunResult::Previewed,
        _ if outcome.is_partial() => RunResult::PartiallySynced,
        Pending::Held(_) => RunResult::Held,
        Pending::Nothing if outcome.duplicates.is_empty() && outcome.problems.is_empty() => RunResult::Synced,
        Pending::Nothing => RunResult::SyncedWithProblems,
    }
}
