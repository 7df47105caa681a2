//! Who we are, and what we may do.

use serde::Deserialize;

/// Who we are.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OwnAccount {
    /// None of a service account.
    pub(super) id: Option<i64>,
    /// Not every version says it of a service account.
    pub(super) login: Option<String>,
    /// Whether it administrates the server.
    #[serde(default)]
    pub(super) is_grafana_admin: bool,
}

/// What we may do.
#[derive(Debug, Clone, Default)]
pub(super) struct Rights {
    /// What we may not do, as an administrator grants it.
    pub(super) missing: Vec<String>,
    /// Whether lists would be incomplete, or it would not be known what is protected: then nothing is read.
    pub(super) is_blind: bool,
}
