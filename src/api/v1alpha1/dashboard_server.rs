//! `DashboardServer`: a server to write groups and accounts to, and what the last probe found there.

pub mod bold_bi;
pub mod grafana;
pub mod http;
pub mod scim;
pub mod superset;

use kube::CustomResource;
use kube::core::{Reason, Rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::bold_bi::BoldBi;
use self::grafana::Grafana;
use self::scim::Scim;
use self::superset::Superset;
use super::condition::{self, Condition};
use super::duration::Interval;
use super::reference::{AuthorityReference, KeyReference};
use super::text;

/// How many missing rights status lists.
pub const MAX_MISSING_RIGHTS: usize = 32;
/// How many habits of a server status lists.
pub const MAX_DIALECT: usize = 16;
/// The longest product, version, account name and right in status, in characters.
pub const TEXT_MAX_LENGTH: usize = 256;

/// A server to write groups and accounts to.
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
    doc = "A dashboard server whose groups and accounts are kept in sync with a directory.",
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
    Rule::new("[has(self.sql), has(self.superset), has(self.boldBI), has(self.grafana), has(self.scim)].exists_one(is_set, is_set)")
    .message("exactly one kind of server must be set: sql, superset, boldBI, grafana or scim"),
    Rule::new("has(self.sql) == has(oldSelf.sql) && has(self.superset) == has(oldSelf.superset) && has(self.boldBI) == has(oldSelf.boldBI) && has(self.grafana) == has(oldSelf.grafana) && has(self.scim) == has(oldSelf.scim)")
    .message("the kind of server cannot be changed: create another DashboardServer")
    .reason(Reason::FieldValueForbidden),
    Rule::new("!has(self.sql) || !has(self.accounts) || self.accounts == 'Managed'")
    .message("must be Managed for a database, in which nobody else makes accounts")
    .field_path(".accounts"),
    Rule::new("(has(self.accounts) ? self.accounts : has(self.grafana) ? 'Existing' : 'Managed') == (has(oldSelf.accounts) ? oldSelf.accounts : has(oldSelf.grafana) ? 'Existing' : 'Managed')")
    .message("cannot be changed, because accounts of syncs would become somebody else's, or the other way round: create \
        another DashboardServer")
    .reason(Reason::FieldValueForbidden)
    .field_path(".accounts"),
    Rule::new("!has(self.grafana) || !has(self.grafana.match) || !has(self.accounts) || self.accounts == 'Existing'")
    .message("grafana.match may not be set with accounts: Managed, which matches no accounts: remove one of them")
    .reason(Reason::FieldValueForbidden)
    .field_path(".grafana"),
    Rule::new("!has(self.grafana) || !has(self.grafana.newAccounts) || (has(self.accounts) && self.accounts == 'Managed')")
    .message("grafana.newAccounts may only be set with accounts: Managed, which creates accounts")
    .reason(Reason::FieldValueForbidden)
    .field_path(".grafana"),
]))]
pub struct DashboardServerSpec {
    /// The dashboard server reads its users and groups from a PostgreSQL or SQLite database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<Sql>,
    /// Apache Superset 6, or another application on Flask-AppBuilder 5 with its security API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superset: Option<Superset>,
    /// Bold BI with version 5.0 or 4.0 of its REST API.
    #[serde(default, rename = "boldBI", skip_serializing_if = "Option::is_none")]
    pub bold_bi: Option<BoldBi>,
    /// An organization of Grafana 10.4 or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grafana: Option<Grafana>,
    /// A server that speaks SCIM 2.0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scim: Option<Scim>,
    /// See [`AccountsMode`], whose description the schema has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<AccountsMode>,
    /// Groups and accounts that no sync may change, in addition to those that the server itself protects. Default: none.
    #[serde(default)]
    pub protected: Protected,
    /// Whether a `DirectoryGroupSync` may take over what is in the store already or belongs to another one: its
    /// `adoption.groups`, `adoption.accounts` and `adoption.fromOwners` are refused unless this is `true`. Default:
    /// `false`. Give the right to change a `DashboardServer` only to people who may decide this.
    #[serde(default)]
    pub allow_adoption: bool,
    /// How long after one probe of the server the next one starts, such as `10m` (default). From `10s` to
    /// `744h` (31 days).
    #[serde(default = "ten_minutes")]
    pub interval: Interval,
}

const fn ten_minutes() -> Interval {
    Interval::from_secs(10 * 60)
}

/// Who makes the accounts: `Managed` or `Existing`. Default: `Existing` for Grafana, else `Managed`. `Managed`: syncs create
/// accounts, change them, and prune them if the spec says so. `Existing`: somebody else makes them, such as the server when a
/// person signs in for the first time. Members are matched with them by username, then by e-mail address, and nothing of an
/// account is changed. Members without an account are listed in `status.pending` of the `DirectoryGroupSync`, and join after
/// their first login. It cannot be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AccountsMode {
    /// The syncs do.
    Managed,
    /// Somebody else does.
    Existing,
}

/// A database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sql {
    /// The key of a Secret that has the database URL, such as `{name: bi-db, key: url}`. The URL is
    /// `postgres://user:password@host/database`. `directory-group-sync sync -f` also accepts `sqlite:path`, relative to
    /// the YAML file with the Secret.
    pub secret_key_ref: KeyReference,
    /// How connections are secured. The parameter `sslmode` of the URL decides whether TLS is used; its default is
    /// `verify-full`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<SqlTls>,
}

/// How connections to a database are secured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SqlTls {
    /// The certificates to trust: of the certificate authority that signed the server's certificate, or the server's own
    /// certificate if it is self-signed. Only these are trusted then. Default: the system's certificate authorities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_ref: Option<AuthorityReference>,
}

/// Groups and accounts that no sync may change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Protected {
    /// Names of groups, such as `[Administrators]`. These groups are never created, adopted, changed or deleted, and never
    /// get members.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "text::names")]
    pub groups: Vec<String>,
    /// Usernames of accounts, such as `[admin]`. These accounts are never adopted, renamed, deactivated or deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "text::names")]
    pub accounts: Vec<String>,
}

/// What a `DashboardServer` reports.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DashboardServerStatus {
    /// The state of the object. `Ready` is the summary.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "condition::conditions")]
    pub conditions: Vec<Condition>,
    /// The spec generation that was last probed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub observed_generation: Option<i64>,
    /// The last value of the annotation `directorysync.dev/requestedAt` or `reconcile.fluxcd.io/requestedAt` that was
    /// handled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_MAX_LENGTH))]
    pub last_handled_reconcile_at: Option<String>,
    /// If both annotations are set, the last value of the other one that was handled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_MAX_LENGTH))]
    pub other_handled_reconcile_at: Option<String>,
    /// Which store it is, whatever address leads to it. Absent until a run has written to it.
    #[serde(default, rename = "storeID", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_MAX_LENGTH))]
    pub store_id: Option<String>,
    /// The id of the `DashboardServerLinkSet`s with the links of this server, if it cannot store them itself. Absent until a
    /// run has written to it. If the objects are missing then, runs stop before they write (`LinksLost`).
    #[serde(default, rename = "linksID", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_MAX_LENGTH))]
    pub links_id: Option<String>,
    /// The product that answered, such as `PostgreSQL`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_MAX_LENGTH))]
    pub product: Option<String>,
    /// The version of the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_MAX_LENGTH))]
    pub version: Option<String>,
    /// What is known of the server's habits, where servers of one kind differ: what `spec.scim.dialect` says, and what the
    /// operator has learned since it was started.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_DIALECT), inner(length(max = TEXT_MAX_LENGTH)))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub dialect: Vec<String>,
    /// The account with which the operator signs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_MAX_LENGTH))]
    pub signed_in_as: Option<String>,
    /// Rights that a run needs and that this account does not have, each as the statement that grants it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_MISSING_RIGHTS), inner(length(max = TEXT_MAX_LENGTH)))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub missing_rights: Vec<String>,
}
