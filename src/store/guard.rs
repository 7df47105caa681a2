//! Whether a run may go on: asked by a store before each call that may write.

use async_trait::async_trait;

/// Why a run may not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Interruption {
    /// Its time is over.
    #[error("the run took longer than spec.timeout ({seconds} s)")]
    TimedOut {
        /// The limit.
        seconds: u64,
    },
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
    /// Another operator works now.
    #[error("this operator no longer has its lease")]
    LeaseLost,
    /// A task of the run ended without a result.
    #[error("the task that {task} ended early")]
    TaskEnded {
        /// What the task does, as a verb.
        task: &'static str,
    },
}

/// What a store asks while it writes.
#[async_trait]
pub trait Guard: Send + Sync {
    /// Whether the run may go on: asked before each call that may write.
    ///
    /// # Errors
    /// Why it may not.
    async fn may_go_on(&self) -> Result<(), Interruption>;

    /// Resolves when the run may not go on: what can be undone is dropped then.
    async fn stopped(&self) -> Interruption;
}

/// Does what leaves nothing behind when it is dropped, which it is when the run may not go on.
///
/// # Errors
/// Those of the work, and the interruption.
pub async fn unless_stopped<T, E: From<Interruption>>(
    guard: &dyn Guard,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    tokio::select! {
        done = work => done,
        interruption = guard.stopped() => Err(interruption.into()),
    }
}
