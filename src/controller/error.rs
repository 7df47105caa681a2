//! Why a reconciliation has failed. Everything else is a value that becomes part of a status.

/// Why a reconciliation has failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The API server failed.
    #[error("asking the API server: {0}")]
    Kubernetes(#[from] kube::Error),
    /// The program itself failed, which the log describes.
    #[error("the program failed: the log has its message just before; report it as a fault of the program")]
    Fault,
}
