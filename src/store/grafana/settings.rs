//! How to reach a Grafana organization, and what to do there.

use secrecy::SecretString;

use crate::store::remote::http::ClientSettings;

/// What a `DashboardServer` with `spec.grafana` means once its references are resolved.
#[derive(Debug, Clone)]
pub struct GrafanaSettings {
    /// How to reach the server.
    pub client: ClientSettings,
    /// The id of the organization.
    pub organization: i64,
    /// How to sign in.
    pub credentials: GrafanaCredentials,
    /// Rule `existing-accounts`: accounts are created, changed and disabled. It needs a server administrator.
    pub manages_accounts: bool,
    /// The role of new accounts in the organization.
    pub new_account_role: OrganizationRole,
    /// Whether the sessions of accounts are ended that are removed from a team. It needs a server administrator.
    pub log_out_removed: bool,
    /// How many requests may be on their way at a time.
    pub at_a_time: usize,
}

/// How we sign in.
#[derive(Debug, Clone)]
pub enum GrafanaCredentials {
    /// With a token of a service account of the organization.
    Token(SecretString),
    /// With an account of the server.
    Password {
        /// Its login.
        username: SecretString,
        /// Its password.
        password: SecretString,
    },
}

/// A basic role in an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrganizationRole {
    /// No rights but those that are given to the user or to a team.
    None,
    /// Sees dashboards.
    Viewer,
    /// Changes dashboards.
    Editor,
    /// Administrates the organization.
    Admin,
}

impl OrganizationRole {
    /// As the API spells it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Viewer => "Viewer",
            Self::Editor => "Editor",
            Self::Admin => "Admin",
        }
    }
}
