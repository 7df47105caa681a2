//! The outcome of a run, in one sentence.

use super::approval::Location;
use super::bounds::cut;
use super::result::result;
use crate::api::v1alpha1::condition::Reason;
use crate::api::v1alpha1::directory_group_sync::status::RunResult;
use crate::run::change_summary::ChangeSummary;
use crate::run::error::Error;
use crate::run::outcome::{Held, Outcome, Pending, PendingChanges};
use crate::sync::escape::quoted;
use crate::sync::outcome::{Counts, Gauges};
use crate::sync::planning::Stop;
use crate::sync::wording::count;

/// How many reasons of a hold its sentence has, and how long each may be, because the command follows them.
const REASONS: usize = 3;
const REASON_MAX_LENGTH: usize = 300;

/// Rule `adoption-by-email`: what adoption by e-mail address trusts.
const TRUSTED_BY_EMAIL: &str = "whoever may change an address in the directory can take over the account that has it";

/// The reason and the sentence of the `Ready` condition.
#[must_use]
pub fn headline(outcome: &Result<Outcome, Error>, location: Location<'_>) -> (Reason, String) {
    match outcome {
        Err(error) => (error.reason(), failure(error, location)),
        Ok(outcome) => success(outcome, location),
    }
}

fn success(outcome: &Outcome, location: Location<'_>) -> (Reason, String) {
    let result = result(outcome);
    let reason = match result {
        RunResult::Previewed => Reason::Previewed,
        RunResult::PartiallySynced => Reason::PartiallySynced,
        RunResult::Held => Reason::Held,
        RunResult::SyncedWithProblems => Reason::SyncedWithProblems,
        RunResult::Synced | RunResult::Failed => Reason::Synced,
    };
    let text = match (&outcome.pending, result) {
        (Pending::WouldChange(changes), _) => previewed(Some(changes), outcome),
        (Pending::WouldChangeNothing, _) => previewed(None, outcome),
        (Pending::Held(changes), RunResult::PartiallySynced) => {
            format!("{}; {}", partial(outcome), held(changes, location))
        }
        (Pending::Held(changes), _) => held(changes, location),
        (Pending::Nothing, RunResult::PartiallySynced) => partial(outcome),
        (Pending::Nothing, RunResult::SyncedWithProblems) => with_problems(outcome),
        (Pending::Nothing, _) => {
            let Gauges { groups, members, accounts, .. } = outcome.gauges;
            let (groups, members) = (count(groups, "group"), count(members, "member"));
            format!("{groups}, {members} and {} in sync", count(accounts, "account"))
        }
    };
    let adds_only = outcome.adds_only.clone().filter(|_| outcome.pending.changes().is_none());
    let said: Vec<String> = std::iter::once(text).chain(pending_members(outcome)).chain(adds_only).collect();
    (reason, said.join("; "))
}

/// Rule `existing-accounts`: how many members have no account.
fn pending_members(outcome: &Outcome) -> Option<String> {
    match outcome.gauges.pending {
        0 => None,
        1 => Some("1 member has no account yet".to_owned()),
        pending => Some(format!("{} have no account yet", count(pending, "member"))),
    }
}

/// What a preview says of a server that can undo nothing.
pub(crate) const UNREHEARSED: &str =
    "what the store would refuse is not known, because this server cannot be asked beforehand";

/// What a run would do.
fn previewed(pending: Option<&PendingChanges>, outcome: &Outcome) -> String {
    let changes = pending.map(|pending| &pending.counts).filter(|counts| counts.wrote()).map(changed);
    let refused = (!outcome.refusals.is_empty())
        .then(|| format!("the store would refuse {}", count(outcome.refusals.len() as u64, "write")));
    let unrehearsed = (outcome.is_unrehearsed && changes.is_some()).then(|| UNREHEARSED.to_owned());
    let by_email = pending
        .is_some_and(|pending| pending.changes.iter().any(ChangeSummary::is_adoption_by_email))
        .then(|| format!("accounts are adopted by their e-mail addresses: {TRUSTED_BY_EMAIL}"));
    let said: Vec<String> = changes.into_iter().chain(by_email).chain(refused).chain(unrehearsed).collect();
    if said.is_empty() {
        // Only changes that would be held, if any.
        return match pending {
            Some(_) => "nothing is written in Preview; changes would need approval".to_owned(),
            None => "nothing would change".to_owned(),
        };
    }
    format!("nothing is written in Preview; {}", said.join("; "))
}

/// How far a run came that did not write everything, and why.
fn partial(outcome: &Outcome) -> String {
    let early = outcome.ended_early.as_ref().map(|early| {
        let planned = count(early.planned as u64, "change");
        format!("the run ended early, after {} of {planned}: {}", early.written, early.cause)
    });
    let such_as = |list: &[(String, String)]| {
        list.first().map(|(name, message)| format!(", such as {}: {message}", quoted(name))).unwrap_or_default()
    };
    let refused = (!outcome.refusals.is_empty()).then(|| {
        let writes = count(outcome.refusals.len() as u64, "write");
        format!("the store refused {writes}{}", such_as(&outcome.refusals))
    });
    let ambiguous = (!outcome.ambiguous.is_empty()).then(|| {
        let writes = count(outcome.ambiguous.len() as u64, "write");
        format!("the answer to {writes} was lost{}", such_as(&outcome.ambiguous))
    });
    early.into_iter().chain(refused).chain(ambiguous).collect::<Vec<_>>().join("; ")
}

fn with_problems(outcome: &Outcome) -> String {
    let Gauges { groups, members, duplicated, .. } = outcome.gauges;
    let others = outcome.problems.len() as u64;
    let open: Vec<String> = [(duplicated, "duplicate"), (others, "problem")]
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| count(*number, noun))
        .collect();
    let verb = if duplicated + others == 1 { "needs" } else { "need" };
    let (groups, members) = (count(groups, "group"), count(members, "member"));
    format!("{groups} and {members} in sync; {} {verb} attention", open.join(" and "))
}

fn failure(error: &Error, location: Location<'_>) -> String {
    let (what, hash) = match error {
        Error::Stop(Stop::DirectoryChanged { approval, .. }) => {
            ("release the groups of the former directory", &approval.hash)
        }
        Error::Stop(Stop::StoreChanged { approval, .. }) => ("forget the links to the former store", &approval.hash),
        Error::Stop(Stop::StoreMoved { approval, .. }) => ("go on in this store", &approval.hash),
        Error::Stop(Stop::DirectoryIdClaimed { approval, .. }) => {
            return format!("{error}: {}", location.trust(&approval.hash));
        }
        _ => return error.to_string(),
    };
    format!("{error}; to {what}: {}", location.approval(hash))
}

/// The held changes, the reasons, and how to approve them.
fn held(held: &Held, location: Location<'_>) -> String {
    let pending = &held.pending;
    let mut reasons: Vec<String> =
        pending.reasons.iter().take(REASONS).map(|reason| cut(reason, REASON_MAX_LENGTH)).collect();
    let more = pending.reasons.len() - reasons.len();
    if more > 0 {
        reasons.push(format!("and {}", count(more as u64, "more reason")));
    }
    format!(
        "{}, because {}. Everything else is applied. To approve exactly these: {}",
        needs_approval(pending),
        reasons.join("; "),
        location.approval(&held.hash)
    )
}

/// The counts of changes, in one sentence.
#[must_use]
pub fn changed(counts: &Counts) -> String {
    let Counts { groups, accounts, members, links } = counts;
    let updated = match accounts.renamed {
        0 => "updated".to_owned(),
        renamed => format!("updated ({renamed} renamed)"),
    };
    let parts = [
        (groups.created, "group", "created"),
        (links.adopted_groups, "group", "adopted"),
        (groups.modified, "group", "modified"),
        (groups.deleted, "group", "deleted"),
        (groups.released, "group", "released"),
        (accounts.created, "account", "created"),
        (links.adopted_accounts, "account", "adopted"),
        (accounts.updated, "account", &updated),
        (accounts.deactivated, "account", "deactivated"),
        (accounts.deleted, "account", "deleted"),
        (members.added, "member", "added"),
        (members.removed, "member", "removed"),
        (links.groups + links.accounts, "link", "updated"),
        (links.forgotten, "link", "forgotten"),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, noun, what)| format!("{} {what}", count(*number, noun)))
        .collect();
    match (said.is_empty(), links.remembered) {
        (false, _) => said.join(", "),
        (true, 0) => "nothing written".to_owned(),
        (true, _) => "only data about the directory and its servers".to_owned(),
    }
}

/// The held changes by kind, and that they need approval.
#[must_use]
pub fn needs_approval(pending: &PendingChanges) -> String {
    let Counts { groups, accounts, members, links: _ } = &pending.counts;
    let renamed =
        |summary: &&ChangeSummary| matches!(summary, ChangeSummary::Group(group) if group.renamed_from.is_some());
    let parts = [
        (groups.deleted, "group deletion"),
        (groups.released, "group release"),
        (pending.changes.iter().filter(renamed).count() as u64, "group rename"),
        (members.removed, "membership removal"),
        (accounts.updated, "account rename"),
        (accounts.deactivated, "account deactivation"),
        (accounts.deleted, "account deletion"),
    ];
    let mut said: Vec<String> =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, noun)| count(*number, noun)).collect();
    let verb = if parts.iter().map(|(number, _)| number).sum::<u64>() == 1 { "needs" } else { "need" };
    let last = said.pop().unwrap_or_else(|| "changes".to_owned());
    let all = if said.is_empty() { last } else { format!("{} and {last}", said.join(", ")) };
    format!("{all} {verb} approval")
}
