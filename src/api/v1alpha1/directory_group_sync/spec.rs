//! What an administrator asks for.

use kube::CustomResource;
use kube::core::{Reason, Rule};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::limits::Limits;
use super::policy::{Adoption, DeletionPolicy, DisabledAccounts, Members, Mode, Nesting, Prune, Trigger};
use super::selector::GroupSelector;
use super::status::DirectoryGroupSyncStatus;
use crate::api::v1alpha1::duration::{DAY, Duration, HOUR, Interval};
use crate::api::v1alpha1::reference::{DashboardServerReference, DirectoryReference};
use crate::api::v1alpha1::text;

/// The directory groups that a dashboard server gets, and how they are kept in sync.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, CustomResource, JsonSchema)]
#[kube(
    group = "directorysync.dev",
    version = "v1alpha1",
    kind = "DirectoryGroupSync",
    plural = "directorygroupsyncs",
    shortname = "dgs",
    category = "directorysync",
    namespaced,
    derive = "PartialEq",
    status = "DirectoryGroupSyncStatus",
    doc = "Keeps groups of a dashboard server in sync with groups of a directory, and reports the results in its status.",
    selectable = ".spec.directoryRef.name",
    selectable = ".spec.dashboardServerRef.name",
    printcolumn = r#"{"name": "Ready", "type": "string", "jsonPath": ".status.conditions[?(@.type=='Ready')].status"}"#,
    printcolumn = r#"{"name": "Status", "type": "string", "jsonPath": ".status.conditions[?(@.type=='Ready')].reason"}"#,
    printcolumn = r#"{"name": "Groups", "type": "integer", "jsonPath": ".status.current.groups"}"#,
    printcolumn = r#"{"name": "Members", "type": "integer", "jsonPath": ".status.current.members"}"#,
    printcolumn = r#"{"name": "Duplicated", "type": "integer", "jsonPath": ".status.current.duplicated"}"#,
    printcolumn = r#"{"name": "Modified", "type": "integer", "jsonPath": ".status.lastChange.groups.modified"}"#,
    printcolumn = r#"{"name": "Deleted", "type": "integer", "jsonPath": ".status.lastChange.groups.deleted"}"#,
    printcolumn = r#"{"name": "Last Change", "type": "date", "jsonPath": ".status.lastChange.time"}"#,
    printcolumn = r#"{"name": "Last Sync", "type": "date", "jsonPath": ".status.lastSyncTime"}"#,
    printcolumn = r#"{"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}"#,
    printcolumn = r#"{"name": "Directory", "type": "string", "jsonPath": ".spec.directoryRef.name", "priority": 1}"#,
    printcolumn = r#"{"name": "Server", "type": "string", "jsonPath": ".spec.dashboardServerRef.name", "priority": 1}"#,
    printcolumn = r#"{"name": "Next Sync", "type": "string", "jsonPath": ".status.nextSyncTime", "priority": 1}"#,
    printcolumn = r#"{"name": "Message", "type": "string", "jsonPath": ".status.conditions[?(@.type=='Ready')].message", "priority": 1}"#
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    Rule::new("!has(self.interval) || !has(self.schedule)")
    .message("may not be set together with schedule: remove one of them")
    .reason(Reason::FieldValueForbidden)
    .field_path(".interval"),
    Rule::new("self.trigger != 'Request' || !has(self.interval)")
    .message("may not be set together with trigger: Request, which runs only when asked: remove one of them")
    .reason(Reason::FieldValueForbidden)
    .field_path(".interval"),
    Rule::new("self.trigger != 'Request' || !has(self.schedule)")
    .message("may not be set together with trigger: Request, which runs only when asked: remove one of them")
    .reason(Reason::FieldValueForbidden)
    .field_path(".schedule"),
    Rule::new("!has(self.timeZone) || has(self.schedule)")
    .message("may only be set together with schedule")
    .reason(Reason::FieldValueForbidden)
    .field_path(".timeZone"),
]))]
pub struct DirectoryGroupSyncSpec {
    /// The directory to read.
    pub directory_ref: DirectoryReference,
    /// The dashboard server to write to. It cannot be changed, because the links belong to that server.
    #[schemars(extend("x-kubernetes-validations" = [Rule::new("self == oldSelf")
        .message("cannot be changed: create another DirectoryGroupSync for another server")
        .reason(Reason::FieldValueForbidden)]))]
    pub dashboard_server_ref: DashboardServerReference,
    /// What starts a run: `Schedule` (default: `interval` or `schedule`) or `Request`. With `Request` a run starts only when
    /// the annotation `directorysync.dev/requestedAt` gets a new value or held changes are approved. A failed run is still
    /// tried again. `Request` cannot be combined with `interval` or `schedule`.
    #[serde(default)]
    pub trigger: Trigger,
    /// How long after one run the next one starts, such as `15m`. The time varies a little, so that not all runs start at
    /// once. From `10s` to `744h` (31 days). Without `interval` and `schedule` it is `15m`. Cannot be combined with `schedule`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// When to run, as a cron expression with 5 fields, such as `0 2 * * *`. It must have a next time. A time that a change
    /// of the clock skips does not occur, and one that it repeats occurs twice. Cannot be combined with `interval`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::schedule")]
    pub schedule: Option<String>,
    /// The time zone of `schedule`, such as `Europe/Berlin`. If it is not set, `UTC`. Only with `schedule`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::time_zone")]
    pub time_zone: Option<String>,
    /// How long after a failed run the next one starts, such as `1m` (default). The time doubles with each failure, up to
    /// the interval. From `5s` to `24h`.
    #[serde(default = "one_minute")]
    pub retry_interval: Duration<5, DAY>,
    /// How long one run may take, such as `15m` (default). From `10s` to `6h`.
    #[serde(default = "fifteen_minutes")]
    pub timeout: Duration<10, { 6 * HOUR }>,
    /// Whether runs are stopped until this is `false` again. Default: `false`.
    #[serde(default)]
    pub suspend: bool,
    /// Whether a run writes: `Enforce` (default) applies the changes, `Preview` only lists them in `status.plan`.
    #[serde(default)]
    pub mode: Mode,
    /// The selectors of the directory groups to synchronize, 1 to 1000. Each selected group is created in the store and
    /// kept in sync.
    #[schemars(length(min = 1, max = 1000))]
    // Not a set: server-side apply, of our status too, cannot handle a set of objects.
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub groups: Vec<GroupSelector>,
    /// The selectors of groups that are left out although `groups` selects them, such as `[{name: BI-Test}]`. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    #[schemars(transform = without_roles)]
    pub exclude: Vec<GroupSelector>,
    /// The name of a store group, such as `corp-{name}`, where `{name}` stands for the name of the directory group.
    /// Default: `{name}`.
    #[serde(default = "plain_name")]
    #[schemars(schema_with = "text::name_template")]
    pub name_template: String,
    /// What happens to the members of member groups: `Direct` (default) ignores them, `Transitive` includes them, wherever
    /// the member groups are in the directory.
    #[serde(default)]
    pub nesting: Nesting,
    /// What happens to members of a store group that are not members of the directory group: `Exclusive` (default) removes
    /// them, `KeepLocal` keeps those whose account is not linked to a directory user.
    #[serde(default)]
    pub members: Members,
    /// What happens to members whose directory account is disabled or expired: `Exclude` (default) removes them from the
    /// groups, `Include` treats them like all others, `Deactivate` keeps them and deactivates their store accounts.
    #[serde(default)]
    pub disabled_accounts: DisabledAccounts,
    /// Which existing groups and accounts of the store are adopted. Default: none.
    #[serde(default)]
    pub adoption: Adoption,
    /// What happens after a group has been deleted in the directory, and to accounts that are in no group any more. Default:
    /// the store group is deleted, accounts stay.
    #[serde(default)]
    pub prune: Prune,
    /// How much one run may remove and rename. Changes that exceed a limit are held until you approve them; everything else
    /// is applied.
    ///
    /// A number of changes exceeds its limit if it is more than `max`, or if it is more than `allow` and more than `percent`
    /// of the total. The total is what the synchronized groups contain before the run.
    #[serde(default)]
    pub limits: Limits,
    /// What happens to the store groups when this object is deleted: `Retain` (default) keeps them, `Delete` deletes those
    /// that the sync created.
    #[serde(default)]
    pub deletion_policy: DeletionPolicy,
}

/// Groups that are left out are given nothing.
fn without_roles(list: &mut Schema) {
    if let Some(fields) = list.pointer_mut("/items/properties").and_then(Value::as_object_mut) {
        fields.remove("roles");
    }
}

const fn one_minute() -> Duration<5, DAY> {
    Duration::from_secs(60)
}

const fn fifteen_minutes() -> Duration<10, { 6 * HOUR }> {
    Duration::from_secs(15 * 60)
}

fn plain_name() -> String {
    "{name}".to_owned()
}
