//! Duplicates and problems in status.

use super::bounds::cut;
use crate::api::v1alpha1::directory_group_sync::status::{self as api, NAME_MAX_LENGTH, SENTENCE_MAX_LENGTH};
use crate::sync::escape::shown;
use crate::sync::problem::{Duplicate, DuplicateReason, Problem, ProblemKind};

/// An item of `status.duplicates`.
pub(super) fn duplicate(duplicate: &Duplicate) -> api::Duplicate {
    api::Duplicate {
        name: cut(&shown(&duplicate.name).to_string(), NAME_MAX_LENGTH),
        external_id: cut(&duplicate.external_id, api::ID_MAX_LENGTH),
        reason: match duplicate.reason {
            DuplicateReason::GroupName => api::DuplicateReason::GroupName,
            DuplicateReason::Username => api::DuplicateReason::Username,
            DuplicateReason::Email => api::DuplicateReason::Email,
        }
        .to_string(),
        clashes_with: cut(&duplicate.sentence(), SENTENCE_MAX_LENGTH),
    }
}

/// An item of `status.problems`.
pub(super) fn problem(problem: &Problem) -> api::Problem {
    api::Problem {
        group: (!problem.group.is_empty()).then(|| cut(&shown(&problem.group).to_string(), NAME_MAX_LENGTH)),
        kind: match problem.kind {
            ProblemKind::Invalid => api::ProblemKind::Invalid,
            ProblemKind::NotFound => api::ProblemKind::NotFound,
            ProblemKind::Unresolved => api::ProblemKind::Unresolved,
            ProblemKind::Missing => api::ProblemKind::Missing,
            ProblemKind::Unreadable => api::ProblemKind::Unreadable,
            ProblemKind::Broken => api::ProblemKind::Broken,
            ProblemKind::Ambiguous => api::ProblemKind::Ambiguous,
            ProblemKind::Protected => api::ProblemKind::Protected,
            ProblemKind::HeldByFormerUser => api::ProblemKind::HeldByFormerUser,
            ProblemKind::OwnedElsewhere => api::ProblemKind::OwnedElsewhere,
            ProblemKind::RoleNotFound => api::ProblemKind::RoleNotFound,
            ProblemKind::RoleNotGranted => api::ProblemKind::RoleNotGranted,
        }
        .to_string(),
        message: cut(&problem.message, SENTENCE_MAX_LENGTH),
    }
}
