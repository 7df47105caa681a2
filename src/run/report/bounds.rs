//! Every text and list of a status is bounded, and the whole of it too: a status that the API server refuses would hang
//! the object.

use crate::api::v1alpha1::DirectoryGroupSyncStatus;

/// The most that a status may be as JSON, in bytes.
pub(super) const MAX_BYTES: usize = 32 * 1024;
/// What is left of a message, in characters, when nothing else can be taken away. A character takes six octets at most,
/// and two conditions have messages of a run.
const MESSAGE_LAST: usize = 1024;

/// At most so many characters, the last one an ellipsis where something was cut.
pub(super) fn cut(text: &str, max: usize) -> String {
    if text.len() <= max || text.chars().count() <= max {
        return text.to_owned();
    }
    text.chars().take(max.saturating_sub(1)).chain(['…']).collect()
}

/// Takes examples, problems and duplicates away, in this order and from their ends, and then shortens messages, until
/// the status fits.
pub(super) fn fit(status: &mut DirectoryGroupSyncStatus, max: usize) {
    while size(status) > max {
        let examples = status.plan.as_mut().and_then(|plan| plan.examples.pop().or_else(|| plan.reasons.pop()));
        if examples.is_some() {
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
    use crate::api::v1alpha1::directory_group_sync::status::{PendingPlan, Problem, ProblemKind};

    proptest! {
        #[test]
        fn a_status_always_fits(text in "\\PC{0,600}", count in 0_usize..40) {
            let text = cut(&text, 512);
            let problem = Problem { group: Some(cut(&text, 256)), kind: ProblemKind::Invalid, message: text.clone() };
            let mut status = DirectoryGroupSyncStatus {
                problems: vec![problem; count],
                plan: Some(PendingPlan { examples: vec![text.clone(); count], ..PendingPlan::default() }),
                ..DirectoryGroupSyncStatus::default()
            };
            fit(&mut status, MAX_BYTES);
            prop_assert!(size(&status) <= MAX_BYTES);
            let gone = status.problems_omitted.unwrap_or(0);
            prop_assert_eq!(i64::try_from(status.problems.len()).unwrap() + gone, i64::try_from(count).unwrap());
        }

        #[test]
        fn a_cut_text_has_at_most_so_many_characters(text in "\\PC{0,50}", max in 1_usize..50) {
            let cut = cut(&text, max);
            prop_assert!(cut.chars().count() <= max);
            prop_assert_eq!(cut == text, text.chars().count() <= max);
        }
    }
}
