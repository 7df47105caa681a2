//! The events of a run: changes, and new causes of failures.

use crate::api::v1alpha1::DirectoryGroupSyncStatus;
use crate::api::v1alpha1::condition::{Condition, ConditionType, Reason};
use crate::controller::event::EventDraft;
use crate::run::change_summary::ChangeSummary;
use crate::run::error::{Consequence, Error};
use crate::run::outcome::{Outcome, Pending};
use crate::run::report::approval::answer;
use crate::run::report::conditions::condition;
use crate::run::report::sentence::{changed, needs_approval};
use crate::sync::escape::quoted;
use crate::sync::problem::DuplicateReason;
use crate::sync::wording::count;

/// How many groups an event lists.
const NAMED: usize = 8;
const ACTION: &str = "Synchronize";

/// The events between two statuses, the later of which has this outcome. `approval` is the hash that an administrator
/// approves.
pub(super) fn events_for(
    before: &DirectoryGroupSyncStatus,
    after: &DirectoryGroupSyncStatus,
    approval: Option<&str>,
    outcome: &Result<Outcome, Error>,
) -> Vec<EventDraft> {
    let note = |warning, reason: Reason, text| EventDraft { warning, reason: reason.as_str(), action: ACTION, text };
    let mut events = Vec::new();
    match outcome {
        Ok(outcome) => {
            if outcome.counts.wrote() && !outcome.pending.is_preview() {
                let text = format!("{}{}", changed(&outcome.counts), named(&outcome.changes));
                events.push(note(false, Reason::Synced, text));
            } else if recovered(before) && !outcome.is_partial() && outcome.pending.changes().is_none() {
                events.push(note(false, Reason::Synced, "in sync again".to_owned()));
            }
            events.extend(of_hold(before, after, approval, outcome));
            if let Pending::WouldChange(pending) = &outcome.pending
                && after.plan != before.plan
                && pending.counts.wrote()
            {
                let text = format!("would change: {}{}", changed(&pending.counts), named(&pending.changes));
                events.push(note(false, Reason::Previewed, text));
            }
            if outcome.is_partial() && is_new(before, after, ConditionType::Ready) {
                events.push(note(true, Reason::PartiallySynced, unwritten(outcome)));
            }
            if !outcome.duplicates.is_empty() && after.duplicates != before.duplicates {
                let groups =
                    outcome.duplicates.iter().filter(|duplicate| duplicate.reason == DuplicateReason::GroupName);
                let mut taken: Vec<_> = groups.map(|duplicate| format!("group {}", quoted(&duplicate.name))).collect();
                let accounts = outcome.duplicates.len() - taken.len();
                if accounts > 0 {
                    taken.insert(0, count(accounts as u64, "account"));
                }
                let text = format!("names are already in use: {}; see status.duplicates", list(taken));
                events.push(note(true, Reason::DuplicatesFound, text));
            } else if is_true(before, ConditionType::DuplicatesPresent) && outcome.duplicates.is_empty() {
                events.push(note(false, Reason::NoDuplicates, "there are no duplicates any more".to_owned()));
            }
        }
        Err(error) if is_new(before, after, ConditionType::Ready) => {
            // A new object waits until the others exist, so this is not a warning.
            let warning = error.consequence() != Consequence::Wait;
            events.push(note(warning, error.reason(), error.to_string()));
        }
        Err(_) => {}
    }
    events.extend(of_approval(Some(before), after, approval));
    events
}

/// What a run did not write, without names.
fn unwritten(outcome: &Outcome) -> String {
    let early = outcome.ended_early.as_ref().map(|early| {
        let planned = count(early.planned as u64, "change");
        format!("the run ended early, after {} of {planned}: {}", early.written, early.cause)
    });
    let (refused, lost) = (outcome.refusals.len() as u64, outcome.ambiguous.len() as u64);
    let refused = (refused > 0).then(|| format!("the store refused {}; see status.problems", count(refused, "write")));
    let lost = (lost > 0).then(|| format!("the answer to {} was lost; see status.problems", count(lost, "write")));
    early.into_iter().chain(refused).chain(lost).collect::<Vec<_>>().join("; ")
}

/// An event for an approval that matches no held changes, unless status reports it already.
pub(super) fn of_approval(
    before: Option<&DirectoryGroupSyncStatus>,
    after: &DirectoryGroupSyncStatus,
    approval: Option<&str>,
) -> Vec<EventDraft> {
    let is_reported = |answer: &String| {
        before.and_then(|before| find(before, ConditionType::Held)).is_some_and(|held| held.message.contains(answer))
    };
    let answer = answer(approval, after).filter(|answer| !is_reported(answer));
    let note = |text| EventDraft { warning: true, reason: "ApprovalUnmatched", action: "Approve", text };
    answer.map(note).into_iter().collect()
}

/// An event for a new hold or a hold of other changes, and for its end, with or without an approval.
fn of_hold(
    before: &DirectoryGroupSyncStatus,
    after: &DirectoryGroupSyncStatus,
    approval: Option<&str>,
    outcome: &Outcome,
) -> Option<EventDraft> {
    let hash = |status: &DirectoryGroupSyncStatus| status.plan.as_ref().and_then(|plan| plan.hash.clone());
    let (before, after) = (hash(before), hash(after));
    let note = |warning, reason, text| Some(EventDraft { warning, reason, action: ACTION, text });
    match (&outcome.pending, before) {
        (Pending::Held(held), before) if before != after => {
            let text = format!("{}{}; see status.plan", needs_approval(&held.pending), named(&held.pending.changes));
            note(true, Reason::Held.as_str(), text)
        }
        (Pending::Nothing | Pending::WouldChangeNothing, Some(hash)) if approval == Some(&*hash) => {
            note(false, "Approved", "the held changes were approved".to_owned())
        }
        (Pending::Nothing | Pending::WouldChangeNothing, Some(_)) => {
            note(false, "HoldEnded", "no changes are held any more".to_owned())
        }
        _ => None,
    }
}

/// The groups that changed, with the numbers of members. No persons are named.
fn named(summaries: &[ChangeSummary]) -> String {
    let groups = summaries
        .iter()
        .filter_map(|summary| if let ChangeSummary::Group(group) = summary { Some(group) } else { None });
    let lines = groups.map(|summary| {
        let (group, action) = (quoted(&summary.group), summary.action.as_str());
        match (summary.added, summary.removed) {
            (0, 0) => format!("{group} {action}"),
            (added, removed) => format!("{group} {action} (+{added} -{removed} members)"),
        }
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() { String::new() } else { format!(": {}", list(lines)) }
}

/// The first few, and how many more there are.
fn list(mut all: Vec<String>) -> String {
    let more = all.len().saturating_sub(NAMED);
    all.truncate(NAMED);
    if more > 0 {
        all.push(format!("and {more} more"));
    }
    all.join(", ")
}

fn find(status: &DirectoryGroupSyncStatus, name: ConditionType) -> Option<&Condition> {
    condition(&status.conditions, name.as_str())
}

fn is_true(status: &DirectoryGroupSyncStatus, name: ConditionType) -> bool {
    find(status, name).is_some_and(|condition| condition.status == "True")
}

/// Whether the reason or the message of the condition is new.
/// Whether a condition has another cause. Numbers do not count: a server's message may have a time or the number of a process
/// in it.
fn is_new(before: &DirectoryGroupSyncStatus, after: &DirectoryGroupSyncStatus, name: ConditionType) -> bool {
    let said =
        |status| find(status, name).map(|condition| (condition.reason.clone(), without_digits(&condition.message)));
    said(before) != said(after)
}

fn without_digits(text: &str) -> String {
    text.chars().filter(|character| !character.is_ascii_digit()).collect()
}

fn recovered(before: &DirectoryGroupSyncStatus) -> bool {
    find(before, ConditionType::Ready).is_some_and(|ready| ready.status == "False")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::run::change_summary::GroupSummary;
    use crate::run::outcome::{Held, PendingChanges};
    use crate::run::report::approval::Location;
    use crate::run::report::context::ReportContext;
    use crate::run::report::status;
    use crate::sync::outcome::Counts;
    use crate::sync::problem::Duplicate;

    fn report_context() -> ReportContext<'static> {
        let at = Timestamp::UNIX_EPOCH;
        let location = Location::Cluster { namespace: "n", name: "a", server: "s" };
        ReportContext {
            generation: 1,
            requested_at: None,
            other_requested_at: None,
            approval: None,
            suspended: false,
            start: at,
            end: at,
            next: None,
            location,
            plan_ref: None,
        }
    }

    fn outcome() -> Outcome {
        Outcome::default()
    }

    /// The reasons and texts of the events of these runs, one after the other.
    fn events_of(outcomes: Vec<Result<Outcome, Error>>) -> Vec<Vec<(&'static str, String)>> {
        events_with(outcomes.into_iter().map(|outcome| (None, outcome)).collect())
    }

    /// The same with the approval at each run.
    fn events_with(runs: Vec<(Option<&str>, Result<Outcome, Error>)>) -> Vec<Vec<(&'static str, String)>> {
        let mut before = DirectoryGroupSyncStatus::default();
        let mut events = Vec::new();
        for (approval, outcome) in runs {
            let after = status(&before, &outcome, &ReportContext { approval, ..report_context() });
            events.push(
                events_for(&before, &after, approval, &outcome)
                    .into_iter()
                    .map(|note| (note.reason, note.text))
                    .collect(),
            );
            before = after;
        }
        events
    }

    #[test]
    fn a_change_is_told_with_its_groups_and_no_person() {
        let mut changed = outcome();
        changed.counts.groups.modified = 1;
        changed.counts.members.added = 2;
        let joining = vec!["ada".to_owned(), "grace".to_owned()];
        let summary = GroupSummary { group: "Engineers".into(), added: 2, joining, ..GroupSummary::default() };
        changed.changes = vec![ChangeSummary::Group(summary)];
        let events = events_of(vec![Ok(changed), Ok(outcome())]);
        let expected = "1 group modified, 2 members added: \"Engineers\" modified (+2 -0 members)";
        assert_eq!(events, [vec![("Synced", expected.to_owned())], vec![]]);
    }

    #[test]
    fn a_failure_is_told_once_and_so_is_its_end() {
        // A number in the text is not another cause.
        let failed = |seconds| Err(Error::TimedOut { seconds });
        let events = events_of(vec![failed(5), failed(60), Ok(outcome()), Ok(outcome())]);
        let reasons: Vec<Vec<_>> = events.iter().map(|run| run.iter().map(|event| event.0).collect()).collect();
        assert_eq!(reasons, [vec!["TimedOut"], vec![], vec!["Synced"], vec![]]);
    }

    #[test]
    fn a_hold_is_told_when_it_begins_changes_and_ends() {
        let held = |hash: &str| {
            let summary = GroupSummary {
                group: "Engineers".into(),
                removed: 9,
                leaving: vec!["ada".into()],
                ..GroupSummary::default()
            };
            let mut counts = Counts::default();
            counts.members.removed = 9;
            let pending = PendingChanges { reasons: Vec::new(), counts, changes: vec![ChangeSummary::Group(summary)] };
            let held = Held {
                pending,
                hash: hash.to_owned(),
                sentences: vec!["ada leaves Engineers".to_owned()],
                ..Held::default()
            };
            Ok(Outcome { pending: Pending::Held(held), ..outcome() })
        };
        let mut applied = Outcome { approved: true, ..outcome() };
        applied.counts.members.removed = 9;
        let used = Some("used");
        let runs = vec![
            (None, held("first")),
            (None, held("first")),
            (None, Err(Error::TimedOut { seconds: 5 })),
            (None, held("first")),
            (Some("wrong"), held("first")),
            (Some("wrong"), held("first")),
            (Some("wrong"), held("used")),
            (used, Ok(applied)),
            (used, held("third")),
            (used, Ok(outcome())),
        ];
        let events = events_with(runs);
        let expected = "9 membership removals need approval: \"Engineers\" modified (+0 -9 members); see status.plan";
        assert_eq!(events[0], [("Held", expected.to_owned())]);
        let reasons: Vec<Vec<_>> = events.iter().map(|run| run.iter().map(|event| event.0).collect()).collect();
        assert_eq!(
            reasons,
            [
                vec!["Held"],
                vec![],
                vec!["TimedOut"],
                vec![],
                vec!["ApprovalUnmatched"],
                vec![],
                vec!["Held", "ApprovalUnmatched"],
                vec!["Synced", "Approved"],
                vec!["Held"],
                vec!["HoldEnded"],
            ]
        );
    }

    #[test]
    fn duplicates_of_accounts_are_counted_and_not_named() {
        let mut taken = outcome();
        let duplicate = |name: &str, reason| Duplicate {
            name: name.into(),
            external_id: "objectGUID:x".into(),
            reason,
            conflicts_with: "a local one".into(),
            needed_by: "ada".into(),
            remedy: String::new(),
            former_user: false,
        };
        taken.duplicates =
            vec![duplicate("Engineers", DuplicateReason::GroupName), duplicate("ada", DuplicateReason::Username)];
        let events = events_of(vec![Ok(taken.clone()), Ok(taken), Ok(outcome())]);
        let expected = "names are already in use: 1 account, group \"Engineers\"; see status.duplicates".to_owned();
        let cleared = ("NoDuplicates", "there are no duplicates any more".to_owned());
        assert_eq!(events, [vec![("DuplicatesFound", expected)], vec![], vec![cleared]]);
    }
}
