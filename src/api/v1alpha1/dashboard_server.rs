//! `DashboardServer`: where groups go, and what the last probe found there.

use kube::CustomResource;
use kube::core::{Reason, Rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::condition::{self, Condition};
use super::duration::{self, Duration};
use super::reference::{AuthorityReference, KeyReference};
use super::text;

/// How many missing rights status shows.
pub const MAX_MISSING_RIGHTS: usize = 32;
/// The longest product, version, account name and right in status, in characters.
pub const TEXT_MAX_LENGTH: usize = 256;

/// Where groups go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, CustomResource, JsonSchema)]
#[kube(
    group = "directorysync.dev",
    version = "v1alpha1",
    kind = "DashboardServer",
    plural = "dashboardservers",
    shortname = "dash",
    category = "directorysync",
    namespaced,
    derive = "PartialEq",
    status = "DashboardServerStatus",
    doc = "A dashboard server whose groups and accounts are kept equal to a directory's.",
    printcolumn = r#"{"name": "Ready", "type": "string", "jsonPath": ".status.conditions[?(@.type=='Ready')].status"}"#,
    printcolumn = r#"{"name": "Status", "type": "string", "jsonPath": ".status.conditions[?(@.type=='Ready')].reason"}"#,
    printcolumn = r#"{"name": "Product", "type": "string", "jsonPath": ".status.product"}"#,
    printcolumn = r#"{"name": "Version", "type": "string", "jsonPath": ".status.version"}"#,
    printcolumn = r#"{"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}"#,
    printcolumn = r#"{"name": "Signed In As", "type": "string", "jsonPath": ".status.signedInAs", "priority": 1}"#,
    printcolumn = r#"{"name": "Message", "type": "string", "jsonPath": ".status.conditions[?(@.type=='Ready')].message", "priority": 1}"#
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    Rule::new("[has(self.sql)].exists_one(is_set, is_set)")
    .message("exactly one kind of server must be set: sql"),
    Rule::new("has(self.sql) == has(oldSelf.sql)")
    .message("the kind of server cannot be changed: create another DashboardServer")
    .reason(Reason::FieldValueForbidden),
]))]
pub struct DashboardServerSpec {
    /// The dashboard server reads its users and groups from a PostgreSQL or SQLite database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<Sql>,
    /// What no sync may touch, beside what the server itself protects. Default: nothing.
    #[serde(default)]
    pub protected: Protected,
    /// How long after one probe of the server the next one starts, such as `10m` (default). At least `10s`.
    #[serde(default = "ten_minutes")]
    #[schemars(schema_with = "duration::at_least::<10>")]
    pub interval: Duration,
}

const fn ten_minutes() -> Duration {
    Duration::from_secs(10 * 60)
}

/// A database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sql {
    /// The key of a Secret that holds the database's URL, such as `{name: bi-db, key: url}`. The URL is
    /// `postgres://user:password@host/database`; for `directory-group-sync sync -f` also `sqlite:path`, relative to the
    /// YAML file that has the Secret.
    pub secret_key_ref: KeyReference,
    /// How connections are secured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<SqlTls>,
}

/// How connections to a database are secured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SqlTls {
    /// The authorities that may have signed the server's certificate. Default: the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_ref: Option<AuthorityReference>,
}

/// What no sync may touch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Protected {
    /// Groups by name, such as `[Administrators]`: never created, adopted, changed, given members or deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "text::names")]
    pub groups: Vec<String>,
    /// Accounts by username, such as `[admin]`: never adopted, renamed, deactivated or deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "text::names")]
    pub accounts: Vec<String>,
}

/// What a `DashboardServer` reports.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DashboardServerStatus {
    /// What state the object is in. `Ready` sums up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "condition::conditions")]
    pub conditions: Vec<Condition>,
    /// The generation of the spec that was last probed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub observed_generation: Option<i64>,
    /// The value of the annotation `directorysync.dev/requestedAt` or `reconcile.fluxcd.io/requestedAt` that was last acted
    /// upon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_MAX_LENGTH))]
    pub last_handled_reconcile_at: Option<String>,
    /// Where both annotations are set: the value of the other one, which was acted upon before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_MAX_LENGTH))]
    pub other_handled_reconcile_at: Option<String>,
    /// What answers, such as `PostgreSQL`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_MAX_LENGTH))]
    pub product: Option<String>,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_MAX_LENGTH))]
    pub version: Option<String>,
    /// The account that the operator signs in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_MAX_LENGTH))]
    pub signed_in_as: Option<String>,
    /// Rights that a run needs and that account does not have, each as an administrator grants it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_MISSING_RIGHTS), inner(length(max = TEXT_MAX_LENGTH)))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub missing_rights: Vec<String>,
}
