//! Apache Superset, and other applications on Flask-AppBuilder.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::http::{HttpTimeouts, HttpTls, encrypted_url};
use crate::api::v1alpha1::reference::SecretReference;
use crate::api::v1alpha1::text;

/// A Superset server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [encrypted_url()]))]
pub struct Superset {
    /// The server's URL, such as `https://bi.example`. It has a path if the server is not at the root, such as
    /// `https://example.com/superset`. The proxy comes from the operator's environment (`HTTPS_PROXY`, `NO_PROXY`).
    #[schemars(schema_with = "text::url")]
    pub url: String,
    /// The Secret with the keys `username` and `password`, or `apiKey`. The key `provider` (default `db`) is the server's
    /// way to check the password, such as `ldap`. The account can do what an administrator of Superset can do.
    pub secret_ref: SecretReference,
    /// How requests are secured.
    #[serde(default)]
    pub tls: HttpTls,
    /// How long to wait for the server.
    #[serde(default)]
    pub timeouts: HttpTimeouts,
    /// The names of the roles that a DirectoryGroupSync may give to groups (`spec.groups[].roles`), such as `[Gamma, sales]`.
    /// Whoever may write a DirectoryGroupSync can give these roles to everybody in the directory. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "text::names")]
    pub grantable_roles: Vec<String>,
    /// What new accounts get.
    #[serde(default)]
    pub new_accounts: NewSupersetAccounts,
    /// When a group is deleted whose directory group was deleted (`prune.groups: Delete`): `WhenUnused` (default) if it has
    /// no role but those that the sync gave, `Never`, `Always`. A group that is not deleted is emptied and released. From
    /// Superset 7.0 on, `WhenUnused` deletes none, because dashboards may name groups.
    #[serde(default)]
    pub delete_groups: DeleteSupersetGroups,
}

/// What new accounts get.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewSupersetAccounts {
    /// The names of their roles, such as `[Gamma]`. Default: none, because roles come from the groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "text::names")]
    pub roles: Vec<String>,
}

/// When groups are deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DeleteSupersetGroups {
    /// Never.
    Never,
    /// If they have no role but those that the sync gave.
    #[default]
    WhenUnused,
    /// Always.
    Always,
}
