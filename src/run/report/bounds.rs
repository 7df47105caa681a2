//! Every text and list of a status is bounded, and so is the whole status, because the API server would refuse a larger
//! one, and the object would be stuck.

use crate::api::v1alpha1::DirectoryGroupSyncStatus;
use crate::sync::escape::visible;

/// The largest size of a status as JSON, in bytes.
pub(super) const MAX_BYTES: usize = 32 * 1024;
/// The length to which messages are truncated if nothing else can be removed, in characters. A character takes six octets
/// at most, and two conditions have messages of a run.
const MESSAGE_LAST: usize = 1024;

/// A text of a status, with invisible characters escaped and at most this many characters. The last one of a truncated text
/// is an ellipsis.
pub(super) fn cut(text: &str, max: usize) -> String {
    let text = visible(text, false);
    if text.len() <= max || text.chars().count() <= max {
        return text.into_owned();
    }
    text.chars().take(max.saturating_sub(1)).chain(['…']).collect()
}

/// Removes examples, pending members, problems and duplicates, in this order and from their ends, and then truncates messages, until the
/// status fits.
pub(super) fn fit(status: &mut DirectoryGroupSyncStatus, max: usize) {
    while size(status) > max {
        let examples = status.plan.as_mut().and_then(|plan| plan.examples.pop().or_else(|| plan.reasons.pop()));
        if examples.is_some() {
            continue;
        }
        // `current.pending` counts those that are not listed.
        if status.pending.pop().is_some() {
            continue;
        }
        if status.problems.pop().is_some() {
            *status.problems_omitted.get_or_insert(0) += 1;
        } else if status.duplicates.pop().is_some() {
            *status.duplicates_omitted.get_or_insert(0) += 1;
        } else {
            status
                .conditions
                .iter_mut()
                .for_each(|condition| condition.message = cut(&condition.message, MESSAGE_LAST));
            return;
        }
    }
}

fn size(status: &DirectoryGroupSyncStatus) -> usize {
    serde_json::to_vec(status).map_or(usize::MAX, |bytes| bytes.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::run::change_summary::{ChangeSummary, GroupSummary};
    use crate::run::error::Error;
    use crate::run::outcome::{Held, Outcome, Pending, PendingChanges};
    use crate::run::report::approval::Location;
    use crate::run::report::context::ReportContext;
    use crate::run::report::plan::{FullPlan, full_plan, reference};
    use crate::run::report::status;
    use crate::sync::outcome::Counts;
    use crate::sync::problem::{Duplicate, DuplicateReason, Problem, ProblemKind};

    /// An outcome in which every text is this one, and every list has so many items.
    fn outcome(text: &str, items: usize, refused: bool) -> Outcome {
        let duplicate = Duplicate {
            name: text.into(),
            external_id: text.into(),
            reason: DuplicateReason::GroupName,
            conflicts_with: text.into(),
            needed_by: text.into(),
            remedy: text.into(),
            former_user: false,
        };
        let problem = Problem { group: text.into(), kind: ProblemKind::HeldByFormerUser, message: text.into() };
        let summary =
            GroupSummary { group: text.into(), joining: vec![text.into(); 5], added: 5, ..GroupSummary::default() };
        let summary = ChangeSummary::Group(summary);
        let pending = PendingChanges {
            reasons: vec![text.into(); items],
            counts: Counts::default(),
            changes: vec![summary; items],
        };
        let held = Held {
            pending,
            hash: text.into(),
            since: Some(jiff::Timestamp::UNIX_EPOCH),
            sentences: vec![text.into(); items],
            nothing_read: false,
        };
        Outcome {
            pending: Pending::Held(held),
            adds_only: Some(text.into()),
            duplicates: vec![duplicate; items],
            problems: vec![problem; items],
            refusals: if refused { vec![(text.into(), text.into()); items] } else { Vec::new() },
            ..Outcome::default()
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// A control character takes the most octets in JSON that any does.
        #[test]
        fn a_status_always_fits(
            unit in prop_oneof![Just("\u{1}".to_owned()), Just("𝄞".to_owned()), Just("x".to_owned()), "\\PC"],
            length in prop_oneof![Just(6000_usize), 0_usize..600],
            items in 0_usize..40,
            refused in any::<bool>(),
        ) {
            let text = unit.repeat(length);
            let outcome = Ok(outcome(&text, items, refused));
            let name = "n".repeat(253);
            let FullPlan::Pending(plan) = full_plan(&outcome) else { panic!("a plan is pending") };
            let location = Location::Cluster { namespace: &name, name: &name, server: &name };
            let mut context = ReportContext {
                generation: i64::MAX,
                requested_at: Some(&cut(&text, 256)),
                other_requested_at: None,
                approval: Some("an approval that fits nothing"),
                suspended: true,
                start: jiff::Timestamp::MAX,
                end: jiff::Timestamp::MAX,
                next: Some(jiff::Timestamp::MAX),
                location,
                plan_ref: Some(reference(&name, &plan)),
            };
            let first = status(&DirectoryGroupSyncStatus::default(), &outcome, &context);
            prop_assert!(size(&first) <= MAX_BYTES, "{}", size(&first));
            let shown = |shown: usize, omitted: Option<i64>| shown + usize::try_from(omitted.unwrap_or(0)).unwrap();
            prop_assert_eq!(shown(first.duplicates.len(), first.duplicates_omitted), items);
            let problems = if refused { 2 * items } else { items };
            prop_assert_eq!(shown(first.problems.len(), first.problems_omitted), problems);

            // What a failure adds comes on top of what it leaves.
            context.requested_at = None;
            let failed = status(&first, &Err(Error::Kubernetes(text.into())), &context);
            prop_assert!(size(&failed) <= MAX_BYTES, "{}", size(&failed));
            if let (Some(before), Some(plan)) = (first.plan, failed.plan) {
                prop_assert_eq!((plan.hash, plan.held_since_time), (before.hash, before.held_since_time));
            }
        }

        #[test]
        fn a_cut_text_has_at_most_so_many_characters(text in ".{0,50}", max in 1_usize..50) {
            let cut = cut(&text, max);
            prop_assert!(cut.chars().count() <= max);
            let text = visible(&text, false);
            prop_assert_eq!(cut == text, text.chars().count() <= max);
            prop_assert_eq!(visible(&cut, false), &*cut);
        }
    }
}
