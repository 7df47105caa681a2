//! Why a reconciliation has failed.

/// The API server failed. Everything else is a value that becomes part of a status.
#[derive(Debug, thiserror::Error)]
#[error("asking the API server: {0}")]
pub struct Error(#[from] kube::Error);
