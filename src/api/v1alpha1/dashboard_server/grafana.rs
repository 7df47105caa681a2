//! Grafana.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::http::{HttpTimeouts, HttpTls, encrypted_url};
use crate::api::v1alpha1::reference::SecretReference;
use crate::api::v1alpha1::text;

/// An organization of a Grafana server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [encrypted_url()]))]
pub struct Grafana {
    /// The server's URL, such as `https://grafana.example`. It has a path if the server is not at the root, such as
    /// `https://example.com/grafana`. The proxy comes from the operator's environment (`HTTPS_PROXY`, `NO_PROXY`).
    #[schemars(schema_with = "text::url")]
    pub url: String,
    /// The id of the organization whose teams are kept in sync. Default: `1`. Another organization is another
    /// `DashboardServer`.
    #[serde(default = "first_organization")]
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub org_id: i64,
    /// The Secret with the key `token` (of a service account with the role Admin in the organization), or the keys
    /// `username` and `password` (of a server administrator with the role Admin in the organization). `accounts: Managed` needs
    /// the latter.
    pub secret_ref: SecretReference,
    /// How requests are secured.
    #[serde(default)]
    pub tls: HttpTls,
    /// How long to wait for the server.
    #[serde(default)]
    pub timeouts: HttpTimeouts,
    /// By which names members are matched with accounts, with `accounts: Existing`: `LoginThenEmail` (default), `Login` or
    /// `Email`.
    #[serde(default, rename = "match", skip_serializing_if = "Option::is_none")]
    pub match_by: Option<GrafanaMatch>,
    /// What new accounts get, with `accounts: Managed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_accounts: Option<NewGrafanaAccounts>,
    /// Whether all sessions of an account are ended when it is removed from a team. It needs a server administrator.
    /// Default: `false`.
    #[serde(default)]
    pub logout_removed: bool,
}

const fn first_organization() -> i64 {
    1
}

/// By which names members are matched with accounts, with `accounts: Existing`: `LoginThenEmail` (default), `Login` or
/// `Email`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum GrafanaMatch {
    /// By the login, and by the e-mail address if no account has the login.
    #[default]
    LoginThenEmail,
    /// By the login.
    Login,
    /// By the e-mail address.
    Email,
}

/// What new accounts get.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct NewGrafanaAccounts {
    /// Their role in the organization: `None`, `Viewer` (default), `Editor` or `Admin`.
    pub org_role: GrafanaRole,
}

/// A basic role in an organization.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum GrafanaRole {
    /// No rights but those of their teams.
    None,
    /// Sees dashboards.
    #[default]
    Viewer,
    /// Changes dashboards.
    Editor,
    /// Administrates the organization.
    Admin,
}
