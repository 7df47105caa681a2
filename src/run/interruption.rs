//! Why a run ends before it has written.

/// Why a run may not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Interruption {
    /// The process was asked to end.
    #[error("the operator is shutting down")]
    Shutdown,
    /// The DirectoryGroupSync does not exist any more.
    #[error("the object does not exist any more")]
    Gone,
    /// Another object has its name now.
    #[error("the object was deleted and created again")]
    Replaced,
    /// The DirectoryGroupSync is being deleted.
    #[error("the object is being deleted")]
    Deleting,
    /// `spec.suspend` is true.
    #[error("the object is suspended")]
    Suspended,
    /// The DirectoryGroupSync has a newer generation.
    #[error("the object was changed")]
    Changed,
    /// The Directory that the run reads does not exist any more.
    #[error("the Directory does not exist any more")]
    DirectoryGone,
    /// A task of the run ended without a result.
    #[error("the task that {task} ended early")]
    TaskEnded {
        /// What the task does, as a verb.
        task: &'static str,
    },
}
