//! What a run came to, in one sentence for people.

use super::bounds::cut;
use super::{Place, result};
use crate::api::v1alpha1::condition::Reason;
use crate::api::v1alpha1::directory_group_sync::status::RunResult;
use crate::run::error::Error;
use crate::run::{Outcome, Pending};
use crate::sync::outcome::{Counts, Gauges};
use crate::sync::planning::Stop;

/// How many reasons of a hold its sentence gives, and how long each may be: the command comes after them.
const REASONS: usize = 3;
const REASON_MAX_LENGTH: usize = 300;

/// The reason and the sentence of the `Ready` condition.
#[must_use]
pub fn headline(outcome: &Result<Outcome, Error>, place: Place<'_>) -> (Reason, String) {
    match outcome {
        Err(error) => (error.reason(), failure(error, place)),
        Ok(outcome) => success(outcome, place),
    }
}

fn success(outcome: &Outcome, place: Place<'_>) -> (Reason, String) {
    let Gauges { groups, members, accounts, duplicated, .. } = outcome.gauges;
    let (reason, text) = match result(outcome) {
        RunResult::Previewed => match &outcome.pending {
            None => (Reason::Previewed, "nothing would change".to_owned()),
            Some(pending) => {
                (Reason::Previewed, format!("nothing is written in Preview; {}", changed(&pending.counts)))
            }
        },
        RunResult::PartiallySynced => {
            let (name, message) = outcome.refusals.first().cloned().unwrap_or_default();
            let refused = count(outcome.refusals.len() as u64, "write");
            let mut text = format!("the store refused {refused}, such as \"{name}\": {message}");
            if let Some(pending) = &outcome.pending {
                text = format!("{text}; and {}", held(pending, place));
            }
            (Reason::PartiallySynced, text)
        }
        RunResult::Held => {
            (Reason::Held, outcome.pending.as_ref().map(|pending| held(pending, place)).unwrap_or_default())
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
        RunResult::Synced | RunResult::Failed => (Reason::Synced, {
            let (groups, members) = (count(groups, "group"), count(members, "member"));
            format!("{groups}, {members} and {} in step", count(accounts, "account"))
        }),
    };
    match &outcome.adds_only {
        Some(why) if outcome.pending.is_none() => (reason, format!("{text}; {why}")),
        _ => (reason, text),
    }
}

fn failure(error: &Error, place: Place<'_>) -> String {
    let (what, hash) = match error {
        Error::Stop(Stop::DirectoryChanged { hash, .. }) => ("release the groups of the former directory", hash),
        Error::Stop(Stop::StoreChanged { hash, .. }) => ("forget the links to the former store", hash),
        _ => return error.to_string(),
    };
    format!("{error}; to {what}: {}", place.approval(hash))
}

/// What waits for a person, why, and how to approve it.
fn held(pending: &Pending, place: Place<'_>) -> String {
    let mut reasons: Vec<String> =
        pending.reasons.iter().take(REASONS).map(|reason| cut(reason, REASON_MAX_LENGTH)).collect();
    let more = pending.reasons.len() - reasons.len();
    if more > 0 {
        reasons.push(format!("and {}", count(more as u64, "more reason")));
    }
    let (removals, reasons) = (changed(&pending.counts), reasons.join("; "));
    let text = format!("held until a person approves: {removals}, because {reasons}");
    match &pending.hold {
        Some(hold) => {
            format!("{text}. Everything else is applied. To approve exactly these: {}", place.approval(&hold.hash))
        }
        None => text,
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
