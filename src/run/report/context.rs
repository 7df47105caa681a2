//! The parts of a status that do not depend on the outcome of the run.

use jiff::Timestamp;

use super::approval::Location;
use crate::api::v1alpha1::directory_group_sync::status::PlanReference;

/// The parts of a status that do not depend on the outcome of the run.
#[derive(Debug, Clone)]
pub struct ReportContext<'a> {
    /// The object's generation.
    pub generation: i64,
    /// The value of the annotation that requested a run.
    pub requested_at: Option<&'a str>,
    /// The value of the other annotation for requests, if both are set.
    pub other_requested_at: Option<&'a str>,
    /// The hash that the object's annotation approves.
    pub approval: Option<&'a str>,
    /// `spec.suspend`.
    pub suspended: bool,
    /// When the run started.
    pub start: Timestamp,
    /// When the run finished.
    pub end: Timestamp,
    /// When the next run is due.
    pub next: Option<Timestamp>,
    /// Where the run took place.
    pub location: Location<'a>,
    /// The object with the full list of pending changes.
    pub plan_ref: Option<PlanReference>,
}
