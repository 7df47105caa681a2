//! What a status says beside the outcome of the run.

use jiff::Timestamp;

use super::approval::Location;
use crate::api::v1alpha1::directory_group_sync::status::PlanReference;

/// What a status says beside what the run came to.
#[derive(Debug, Clone)]
pub struct ReportContext<'a> {
    /// The object's generation.
    pub generation: i64,
    /// The value of the annotation that asked for a run.
    pub requested_at: Option<&'a str>,
    /// The value of the other annotation that may ask for one, where both are set.
    pub other_requested_at: Option<&'a str>,
    /// The hash that the object's annotation approves.
    pub approval: Option<&'a str>,
    /// `spec.suspend`.
    pub suspended: bool,
    /// When the run began.
    pub start: Timestamp,
    /// When it ended.
    pub end: Timestamp,
    /// When the next one is due.
    pub next: Option<Timestamp>,
    /// Where it took location.
    pub location: Location<'a>,
    /// The object that has what is pending at length.
    pub plan_ref: Option<PlanReference>,
}
