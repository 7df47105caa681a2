//! What a run came to, in one sentence for people.

use super::result;
use crate::api::v1alpha1::condition::Reason;
use crate::api::v1alpha1::directory_group_sync::status::RunResult;
use crate::run::Outcome;
use crate::run::error::Error;
use crate::sync::outcome::{Counts, Gauges};

/// The reason and the sentence of the `Ready` condition.
#[must_use]
pub fn headline(outcome: &Result<Outcome, Error>) -> (Reason, String) {
    let outcome = match outcome {
        Err(error) => return (error.reason(), error.to_string()),
        Ok(outcome) => outcome,
    };
    let Gauges { groups, members, accounts, duplicated, .. } = outcome.gauges;
    match result(outcome) {
        RunResult::Previewed => match &outcome.pending {
            None => (Reason::Previewed, "nothing would change".to_owned()),
            Some(pending) => {
                (Reason::Previewed, format!("nothing is written in Preview; {}", changed(&pending.counts)))
            }
        },
        RunResult::PartiallySynced => {
            let (name, message) = outcome.refusals.first().cloned().unwrap_or_default();
            let refused = count(outcome.refusals.len() as u64, "write");
            (Reason::PartiallySynced, format!("the store refused {refused}, such as \"{name}\": {message}"))
        }
        RunResult::SyncedWithProblems => {
            let others = outcome.problems.len() as u64;
            let message = format!(
                "{} and {} in step; {} and {} need a person",
                count(groups, "group"),
                count(members, "member"),
                count(duplicated, "duplicate"),
                count(others, "problem")
            );
            (Reason::SyncedWithProblems, message)
        }
        RunResult::Synced | RunResult::Held | RunResult::Failed => (Reason::Synced, {
            let (groups, members) = (count(groups, "group"), count(members, "member"));
            format!("{groups}, {members} and {} in step", count(accounts, "account"))
        }),
    }
}

/// What changes come to, in one sentence.
#[must_use]
pub fn changed(counts: &Counts) -> String {
    let Counts { groups, accounts, members } = counts;
    let parts = [
        (groups.created, "group", "created"),
        (groups.modified, "group", "modified"),
        (groups.deleted, "group", "deleted"),
        (groups.released, "group", "released"),
        (accounts.created, "account", "created"),
        (accounts.updated, "account", "updated"),
        (accounts.deactivated, "account", "deactivated"),
        (accounts.deleted, "account", "deleted"),
        (members.added, "member", "added"),
        (members.removed, "member", "removed"),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, noun, what)| format!("{} {what}", count(*number, noun)))
        .collect();
    if said.is_empty() { "only links change".to_owned() } else { said.join(", ") }
}

/// A number with its noun, in the form that agrees with it.
#[must_use]
pub fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
