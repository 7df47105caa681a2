//! What a person asks for.

use kube::CustomResource;
use kube::core::{Reason, Rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits::Limits;
use super::policy::{Adoption, DeletionPolicy, DisabledAccounts, Members, Mode, Nesting, Prune, Trigger};
use super::selector::GroupSelector;
use super::status::DirectoryGroupSyncStatus;
use crate::api::v1alpha1::duration::{self, Duration};
use crate::api::v1alpha1::reference::{DashboardServerReference, DirectoryReference};
use crate::api::v1alpha1::text;

/// Which groups of a directory a dashboard server has, and how they are kept equal.
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
    doc = "Keeps groups of a dashboard server equal to groups of a directory, and says in its status what it did.",
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
    Rule::new(
    "self.adoption.groups != 'ByName' || self.adoption.accounts != 'Never' || self.members != 'Exclusive'")
    .message("ByName would empty the groups that it adopts: set adoption.accounts to ByUsername or ByEmail, or members \
        to KeepLocal")
    .field_path(".adoption.groups"),
]))]
pub struct DirectoryGroupSyncSpec {
    /// The directory to read.
    pub directory_ref: DirectoryReference,
    /// The dashboard server to write to. Cannot be changed: what was synchronized belongs to that server.
    #[schemars(extend("x-kubernetes-validations" = [Rule::new("self == oldSelf")
        .message("cannot be changed: create another DirectoryGroupSync for another server")
        .reason(Reason::FieldValueForbidden)]))]
    pub dashboard_server_ref: DashboardServerReference,
    /// What starts a run: `Schedule` (default: time, as `interval` or `schedule` says) or `Request`, which runs only when the
    /// annotation `directorysync.dev/requestedAt` gets a new value or what is held is approved. With `Request` a failed run
    /// is still tried again. Not together with `interval` or `schedule`.
    #[serde(default)]
    pub trigger: Trigger,
    /// How long after one run the next one starts, such as `15m`; a little is added or taken away so that not all run at
    /// once. At least `10s`. Without `interval` and `schedule` it is `15m`. Not together with `schedule`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "duration::at_least::<10>")]
    pub interval: Option<Duration>,
    /// When to run, as a cron expression of 5 fields, such as `0 2 * * *`. It must have a next time. Not together with
    /// `interval`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::schedule")]
    pub schedule: Option<String>,
    /// The time zone of `schedule`, such as `Europe/Berlin`. Without it `UTC`. Only with `schedule`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::time_zone")]
    pub time_zone: Option<String>,
    /// How long after a failed run the next one starts, such as `1m` (default); it doubles with each failure, up to the
    /// interval. At least `5s`.
    #[serde(default = "one_minute")]
    #[schemars(schema_with = "duration::at_least::<5>")]
    pub retry_interval: Duration,
    /// How long a run may take, such as `15m` (default). At least `10s`.
    #[serde(default = "fifteen_minutes")]
    #[schemars(schema_with = "duration::at_least::<10>")]
    pub timeout: Duration,
    /// Whether to stop running until this is `false` again. Default: `false`.
    #[serde(default)]
    pub suspend: bool,
    /// Whether a run writes: `Enforce` (default) or `Preview`, which shows in `status.plan` what would change.
    #[serde(default)]
    pub mode: Mode,
    /// The directory groups to synchronize, 1 to 1000 items. A group that an item selects is created in the store and
    /// kept equal from then on.
    #[schemars(length(min = 1, max = 1000))]
    // Not a set: server-side apply, of our status too, cannot handle a set of objects.
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub groups: Vec<GroupSelector>,
    /// Groups that are left out although an item of `groups` selects them, such as `[{name: BI-Test}]`. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub exclude: Vec<GroupSelector>,
    /// How a group of the store is named: `{name}` (default) is the directory group's name, as in `corp-{name}`.
    #[serde(default = "plain_name")]
    #[schemars(schema_with = "text::name_template")]
    pub name_template: String,
    /// Who counts as a member of a group that has groups as members: `Direct` (default: only its own members) or
    /// `Transitive` (the members of member groups too, wherever those are in the directory).
    #[serde(default)]
    pub nesting: Nesting,
    /// What becomes of members that the directory group does not have: `Exclusive` (default: they are removed) or
    /// `KeepLocal` (local accounts that a person added by hand stay).
    #[serde(default)]
    pub members: Members,
    /// What becomes of members whose directory account is disabled or expired: `Exclude` (default: they are no
    /// members), `Include`, or `Deactivate` (they stay, and their accounts of the store are deactivated).
    #[serde(default)]
    pub disabled_accounts: DisabledAccounts,
    /// Whether groups and accounts that are already in the store may be taken over. Default: never.
    #[serde(default)]
    pub adoption: Adoption,
    /// What happens to what the directory no longer has. Default: deleted groups are deleted, accounts stay.
    #[serde(default)]
    pub prune: Prune,
    /// How much a run may change before a person is asked.
    #[serde(default)]
    pub limits: Limits,
    /// What becomes of the groups of the store when this object is deleted: `Retain` (default: they stay) or `Delete`
    /// (those that we created are deleted).
    #[serde(default)]
    pub deletion_policy: DeletionPolicy,
}

const fn one_minute() -> Duration {
    Duration::from_secs(60)
}

const fn fifteen_minutes() -> Duration {
    Duration::from_secs(15 * 60)
}

fn plain_name() -> String {
    "{name}".to_owned()
}
