//! `DirectoryGroupSyncPlan`: the full list of a `DirectoryGroupSync`'s pending changes. Only the operator writes these
//! objects, and it never reads one: everything that it needs is in the status of the `DirectoryGroupSync`.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::directory_group_sync::status::{
    AccountChanges, GroupChanges, ID_MAX_LENGTH, MemberChanges, SENTENCE_MAX_LENGTH,
};

/// The largest size of a plan as JSON, in bytes. The API server accepts objects of up to 1.5 MiB.
pub const MAX_BYTES: usize = 1024 * 1024;
/// How many reasons a plan lists at most.
pub const MAX_REASONS: usize = 100;
/// How many changes a plan lists at most.
pub const MAX_CHANGES: usize = 20_000;

/// The pending changes when the object was last written. They are an observation and not a request, so they are at the top
/// level and not in a `spec`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, CustomResource, JsonSchema)]
#[kube(
    group = "directorysync.dev",
    version = "v1alpha1",
    kind = "DirectoryGroupSyncPlan",
    plural = "directorygroupsyncplans",
    shortname = "dgsplan",
    category = "directorysync",
    namespaced,
    no_spec,
    derive = "PartialEq",
    doc = "The full list of pending changes of the DirectoryGroupSync with the same name: the held changes, or in Preview \
           all changes. Only the operator writes it. Editing it has no effect.",
    printcolumn = r#"{"name": "Hash", "type": "string", "jsonPath": ".hash"}"#,
    printcolumn = r#"{"name": "Removals", "type": "integer", "jsonPath": ".removals"}"#,
    printcolumn = r#"{"name": "Since", "type": "date", "jsonPath": ".heldSinceTime"}"#,
    printcolumn = r#"{"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryGroupSyncPlanContent {
    /// The hash that approves the held changes. Absent in Preview.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = ID_MAX_LENGTH))]
    pub hash: Option<String>,
    /// Since when changes have been held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_since_time: Option<Time>,
    /// Why changes are held, or in Preview would be held.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_REASONS), inner(length(max = SENTENCE_MAX_LENGTH)))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub reasons: Vec<String>,
    /// How many of the changes are removals: deleted groups, removed members, and deactivated or deleted accounts.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub removals: i64,
    /// Pending changes to groups.
    #[serde(default)]
    pub groups: GroupChanges,
    /// Pending changes to accounts.
    #[serde(default)]
    pub accounts: AccountChanges,
    /// Pending changes to members.
    #[serde(default)]
    pub members: MemberChanges,
    /// Every change in words, in the order in which the changes would be applied. The list ends at 1 MiB.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_CHANGES), inner(length(max = SENTENCE_MAX_LENGTH)))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub changes: Vec<String>,
    /// How many changes are not listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub changes_omitted: Option<i64>,
}
