//! Report: the outcome of a run as the status that is written once at its end, and the full plan. Pure: the same inputs
//! give the same bytes.

pub mod approval;
mod bounds;
pub mod conditions;
pub mod context;
mod counts;
mod findings;
pub mod plan;
pub mod result;
pub mod sentence;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use self::bounds::{MAX_BYTES, cut};
use self::conditions::conditions;
use self::context::ReportContext;
use self::counts::{changes, current, last_run};
use self::findings::{duplicate, problem};
use self::result::result;
use super::error::Error;
use super::outcome::Outcome;
use crate::api::v1alpha1::DirectoryGroupSyncStatus;
use crate::api::v1alpha1::directory_group_sync::status::{
    self as api, LastChange, MAX_LISTED, NAME_MAX_LENGTH, RunResult, SENTENCE_MAX_LENGTH,
};
use crate::sync::escape::shown;
use crate::sync::outcome::Counts;

/// The status after a run, from the one before it.
#[must_use]
pub fn status(
    before: &DirectoryGroupSyncStatus,
    outcome: &Result<Outcome, Error>,
    context: &ReportContext<'_>,
) -> DirectoryGroupSyncStatus {
    let mut status = before.clone();
    status.last_handled_reconcile_at = context.requested_at.map(str::to_owned).or(status.last_handled_reconcile_at);
    status.other_handled_reconcile_at = context.other_requested_at.map(str::to_owned);
    status.observed_generation = Some(context.generation);
    status.next_sync_time = context.next.map(Time);
    match outcome {
        Ok(outcome) => succeeded(&mut status, outcome, context),
        Err(_) => status.last_run = Some(last_run(RunResult::Failed, &Counts::default(), context)),
    }
    status.plan = plan::pending(status.plan, outcome, context);
    status.conditions = conditions(&before.conditions, &status, outcome, context);
    bounds::fit(&mut status, MAX_BYTES);
    status
}

fn succeeded(status: &mut DirectoryGroupSyncStatus, outcome: &Outcome, context: &ReportContext<'_>) {
    status.last_sync_time = Some(Time(context.end));
    if outcome.approved {
        status.last_approved_hash = context.approval.map(|hash| cut(hash, api::ID_MAX_LENGTH));
    }
    status.current = Some(current(&outcome.gauges));
    status.store_id = outcome.store.as_deref().map(|store| cut(store, NAME_MAX_LENGTH)).or(status.store_id.take());
    if !outcome.pending.is_preview() && outcome.counts.is_counted() {
        let (groups, accounts, members) = changes(&outcome.counts);
        status.last_change = Some(LastChange { time: Time(context.end), groups, accounts, members });
    }
    status.last_run = Some(last_run(result(outcome), &outcome.counts, context));
    let duplicates: Vec<api::Duplicate> = outcome.duplicates.iter().take(MAX_LISTED).map(duplicate).collect();
    status.duplicates_omitted = omitted(outcome.duplicates.len());
    status.duplicates = duplicates;
    let pending = outcome.pending_members.iter().take(MAX_LISTED);
    status.pending = pending.map(|name| cut(&shown(name).to_string(), NAME_MAX_LENGTH)).collect();
    let unwritten = |kind: api::ProblemKind| {
        move |(name, message): &(String, String)| api::Problem {
            group: Some(cut(&shown(name).to_string(), NAME_MAX_LENGTH)),
            kind: kind.to_string(),
            message: cut(message, SENTENCE_MAX_LENGTH),
        }
    };
    let refusals = outcome.refusals.iter().map(unwritten(api::ProblemKind::Refused));
    let ambiguous = outcome.ambiguous.iter().map(unwritten(api::ProblemKind::Ambiguous));
    status.problems = refusals.chain(ambiguous).chain(outcome.problems.iter().map(problem)).take(MAX_LISTED).collect();
    status.problems_omitted = omitted(outcome.refusals.len() + outcome.ambiguous.len() + outcome.problems.len());
}

fn omitted(all: usize) -> Option<i64> {
    i64::try_from(all.saturating_sub(MAX_LISTED)).ok().filter(|omitted| *omitted > 0)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::approval::Location;
    use super::conditions::condition;
    use super::plan::{FullPlan, full_plan};
    use super::*;
    use crate::run::outcome::Pending;
    use crate::run::outcome::{Held, PendingChanges};
    use crate::sync::approval::ApprovalHash;
    use crate::sync::identity::{DirectoryId, ExternalId, IdKind};
    use crate::sync::planning::Stop;
    use crate::sync::problem::{Duplicate, DuplicateReason, Problem, ProblemKind};

    const COMMAND: &str = "kubectl annotate --overwrite -n bi dgs/teams directorysync.dev/approve=abc";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn outcome(hash: Option<&str>, preview: bool) -> Outcome {
        let mut counts = Counts::default();
        (counts.groups.deleted, counts.members.removed) = (1, 7);
        let reasons = vec![
            "1 of 1 group would be deleted, which exceeds spec.limits.groupDeletions (allow: 0, percent: 0)".to_owned(),
        ];
        let changes = PendingChanges { reasons, counts, changes: Vec::new() };
        let pending = match hash {
            _ if preview => Pending::WouldChange(changes),
            None => Pending::Nothing,
            Some(hash) => Pending::Held(Held {
                pending: changes,
                hash: hash.to_owned(),
                since: Some(at(100)),
                sentences: vec!["group \"Analysts\" is deleted".to_owned()],
                nothing_read: false,
            }),
        };
        Outcome { pending, ..Outcome::default() }
    }

    fn after(before: &DirectoryGroupSyncStatus, outcome: &Result<Outcome, Error>) -> DirectoryGroupSyncStatus {
        status(before, outcome, &context())
    }

    fn context() -> ReportContext<'static> {
        ReportContext {
            generation: 3,
            requested_at: None,
            other_requested_at: None,
            approval: None,
            suspended: false,
            start: at(200),
            end: at(201),
            next: None,
            location: Location::Cluster { namespace: "bi", name: "teams", server: "bi" },
            plan_ref: None,
        }
    }

    fn said(status: &DirectoryGroupSyncStatus) -> Vec<(&str, &str, &str)> {
        let said = status.conditions.iter().map(|c| (c.type_.as_str(), c.status.as_str(), c.reason.as_str()));
        said.filter(|(name, ..)| !["DuplicatesPresent", "Suspended"].contains(name)).collect()
    }

    #[test]
    fn a_hold_says_what_waits_and_why_and_the_command_that_approves() {
        let status = after(&DirectoryGroupSyncStatus::default(), &Ok(outcome(Some("abc"), false)));
        assert_eq!(said(&status), [("Ready", "True", "Held"), ("Held", "True", "Held")]);
        assert_eq!(status.last_run.as_ref().unwrap().result, "Held");
        assert_eq!(status.observed_generation, Some(3));
        let message = &status.conditions[0].message;
        for part in
            ["1 group deletion and 7 membership removals need approval", "exceeds spec.limits.groupDeletions", COMMAND]
        {
            assert!(message.contains(part), "{message}");
        }
        let plan = status.plan.unwrap();
        assert_eq!((plan.hash.as_deref(), plan.held_since_time), (Some("abc"), Some(Time(at(100)))));
        assert_eq!((plan.groups.deleted, plan.members.removed, plan.examples.len()), (1, 7, 1));
    }

    #[test]
    fn a_hold_goes_on_over_failures_and_vanishes_with_its_time() {
        let held = after(&DirectoryGroupSyncStatus::default(), &Ok(outcome(Some("abc"), false)));
        let failed = after(&held, &Err(Error::TimedOut { seconds: 1 }));
        assert_eq!(said(&failed)[0], ("Ready", "False", "TimedOut"));
        assert_eq!(failed.plan, held.plan);
        assert!(said(&failed).contains(&("Held", "True", "Held")), "{:?}", said(&failed));
        assert_eq!(said(&after(&failed, &Ok(outcome(None, false)))).last(), Some(&("Held", "False", "NothingHeld")));
        assert_eq!(after(&failed, &Ok(outcome(None, false))).plan, None);
    }

    #[test]
    fn a_store_that_refused_something_is_tried_again_although_removals_are_held() {
        let mut refused = outcome(Some("abc"), false);
        refused.refusals = vec![("Editors".to_owned(), "no".to_owned())];
        let status = after(&DirectoryGroupSyncStatus::default(), &Ok(refused));
        assert_eq!(
            said(&status),
            [
                ("Ready", "False", "PartiallySynced"),
                ("Reconciling", "True", "ProgressingWithRetry"),
                ("Held", "True", "Held")
            ]
        );
        assert!(status.conditions[0].message.ends_with(COMMAND), "{}", status.conditions[0].message);
    }

    #[test]
    fn a_read_without_any_group_is_stalled_and_held() {
        let mut nothing = outcome(Some("abc"), false);
        let Pending::Held(held) = &mut nothing.pending else { panic!("{nothing:?}") };
        held.nothing_read = true;
        let status = after(&DirectoryGroupSyncStatus::default(), &Ok(nothing));
        assert_eq!(said(&status), [("Ready", "False", "Held"), ("Stalled", "True", "Held"), ("Held", "True", "Held")]);
        assert_eq!(status.last_run.as_ref().unwrap().result, "Held");
        assert!(status.conditions[0].message.ends_with(COMMAND), "{}", status.conditions[0].message);
    }

    #[test]
    fn nothing_is_said_of_holds_and_duplicates_before_a_run_was_complete() {
        let failed = after(&DirectoryGroupSyncStatus::default(), &Err(Error::TimedOut { seconds: 1 }));
        let standing = |status: &DirectoryGroupSyncStatus| {
            ["Held", "DuplicatesPresent"].map(|name| condition(&status.conditions, name).unwrap().reason.clone())
        };
        assert_eq!(standing(&failed), ["NotRunYet", "NotRunYet"]);
        assert_eq!(failed.observed_generation, Some(3), "this generation was looked at");
        let complete = after(&failed, &Ok(outcome(None, false)));
        assert_eq!(standing(&complete), ["NothingHeld", "NoDuplicates"]);
        let failed_again = after(&complete, &Err(Error::TimedOut { seconds: 1 }));
        assert_eq!(standing(&failed_again), ["NothingHeld", "NoDuplicates"], "what was known is still known");
    }

    #[test]
    fn an_approval_is_remembered_once_it_was_used_and_answered_if_it_fits_nothing() {
        let run = |before: &DirectoryGroupSyncStatus, approval: &str, outcome: Outcome| {
            status(before, &Ok(outcome), &ReportContext { approval: Some(approval), ..context() })
        };
        let held = |status: &DirectoryGroupSyncStatus| condition(&status.conditions, "Held").unwrap().message.clone();
        let waits = run(&DirectoryGroupSyncStatus::default(), "wrong", outcome(Some("abc"), false));
        assert!(held(&waits).contains("\"wrong\"") && held(&waits).ends_with("abc"), "{}", held(&waits));
        assert!(!held(&run(&waits, "abc", outcome(Some("abc"), false))).contains("matches no held"));
        let applied = run(&waits, "abc", Outcome { approved: true, ..outcome(None, false) });
        assert_eq!(applied.last_approved_hash.as_deref(), Some("abc"));
        assert!(!held(&applied).contains("matches no held"), "{}", held(&applied));
        let next = run(&applied, "abc", outcome(Some("def"), false));
        assert!(!held(&next).contains("matches no held"), "the used one may stay: {}", held(&next));
        let wrong = run(&applied, "ghi", outcome(None, false));
        assert!(held(&wrong).contains("none are held") && wrong.last_approved_hash == applied.last_approved_hash);
    }

    #[test]
    fn a_preview_says_what_would_be_held_and_has_no_hash() {
        let status = after(&DirectoryGroupSyncStatus::default(), &Ok(outcome(None, true)));
        assert_eq!(said(&status), [("Ready", "True", "Previewed"), ("Held", "False", "NothingHeld")]);
        let plan = status.plan.unwrap();
        assert_eq!((plan.hash, plan.held_since_time, plan.reasons.len()), (None, None, 1));
    }

    #[test]
    fn another_directory_is_approved_by_its_hash() {
        let directory_id = |octet| DirectoryId(ExternalId::new(IdKind::EntryUuid, [octet; 16]));
        let stop = Stop::DirectoryChanged {
            pinned: directory_id(1),
            read: directory_id(2),
            linked: 4,
            approval: ApprovalHash { hash: "abc".to_owned(), since: Some(at(100)) },
        };
        let status = after(&DirectoryGroupSyncStatus::default(), &Err(stop.into()));
        assert_eq!(
            said(&status)[..2],
            [("Ready", "False", "DirectoryChanged"), ("Stalled", "True", "DirectoryChanged")]
        );
        assert_eq!(said(&status)[2], ("Held", "True", "Held"), "it waits for an approval, too");
        assert!(status.conditions[0].message.ends_with(COMMAND), "{}", status.conditions[0].message);
        let plan = status.plan.unwrap();
        assert_eq!((plan.hash.as_deref(), plan.held_since_time), (Some("abc"), Some(Time(at(100)))));
    }

    #[test]
    fn another_store_is_approved_by_its_hash() {
        let stop = Stop::StoreChanged {
            named: None,
            read: "https://bi.example".to_owned(),
            linked: 4,
            approval: ApprovalHash { hash: "abc".to_owned(), since: Some(at(100)) },
        };
        let status = after(&DirectoryGroupSyncStatus::default(), &Err(stop.into()));
        assert_eq!(said(&status)[..2], [("Ready", "False", "StoreChanged"), ("Stalled", "True", "StoreChanged")]);
        let message = &status.conditions[0].message;
        assert!(message.ends_with(COMMAND) && message.contains("to forget the links"), "{message}");
        assert_eq!(status.plan.unwrap().hash.as_deref(), Some("abc"));
    }

    #[test]
    fn nothing_in_a_status_hides() {
        let hostile = "a\u{1b}[2K\r\n\u{9b}\u{202e}\u{200b}\u{2028}\u{e0041}b".to_owned();
        let mut outcome = outcome(Some("abc"), false);
        outcome.duplicates = vec![Duplicate {
            reason: DuplicateReason::Email,
            name: hostile.clone(),
            external_id: hostile.clone(),
            conflicts_with: hostile.clone(),
            needed_by: hostile.clone(),
            remedy: hostile.clone(),
            former_user: false,
        }];
        let kind = ProblemKind::Invalid;
        outcome.problems = vec![Problem { group: hostile.clone(), kind, message: hostile.clone() }];
        outcome.refusals = vec![(hostile.clone(), hostile.clone())];
        outcome.adds_only = Some(hostile.clone());
        let Pending::Held(held) = &mut outcome.pending else { panic!("{outcome:?}") };
        held.pending.reasons = vec![hostile.clone()];
        held.sentences = vec![hostile.clone()];
        let FullPlan::Pending(plan) = full_plan(&Ok(outcome.clone())) else { panic!("a plan is pending") };
        let failed = Error::Kubernetes(hostile.into());
        for report in [
            serde_json::to_value(after(&DirectoryGroupSyncStatus::default(), &Ok(outcome))).unwrap(),
            serde_json::to_value(after(&DirectoryGroupSyncStatus::default(), &Err(failed))).unwrap(),
            serde_json::to_value(plan).unwrap(),
        ] {
            let text = serde_json::to_string(&report).unwrap();
            assert!(text.contains(r"a\\u{1b}[2K\\u{d}\\u{a}"), "{text}");
            // In JSON a control character would be an escape sequence of JSON's own.
            assert_eq!(crate::sync::escape::visible_json(&text), text);
            assert!(!text.contains(r"\u00"), "{text}");
        }
    }
}
