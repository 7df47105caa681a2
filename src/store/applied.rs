//! What came of a plan.

use crate::sync::plan::Subject;
use crate::sync::plan::written::Gaps;

/// What of a plan was written, and why the rest was not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// What was not written, change by change; everything else was. What is ambiguous is among it.
    pub gaps: Gaps,
    /// What the store refused, in the order of the plan; a group's memberships once.
    pub refused: Vec<Refusal>,
    /// What may have been written: the answer was lost. The next read of the store shows it.
    pub ambiguous: Vec<Refusal>,
    /// Why the store did not come to the end of the plan, in words; `None` if it did.
    pub ended_early: Option<String>,
}

/// One object that was not written, or of which that is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Whose change it was.
    pub subject: Subject,
    /// Why, in the store's words, without values of other people.
    pub message: String,
}
