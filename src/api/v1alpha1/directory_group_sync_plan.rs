//! `DirectoryGroupSyncPlan`: what is pending of a `DirectoryGroupSync`, at length. Only the operator writes these, and
//! never reads one back: what it needs to know is in the status of the `DirectoryGroupSync`.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::directory_group_sync::status::{
    AccountChanges, GroupChanges, ID_MAX_LENGTH, MemberChanges, SENTENCE_MAX_LENGTH,
};

/// The most that a plan is as JSON, in bytes. The API server takes objects of 1.5 MiB.
pub const MAX_BYTES: usize = 1024 * 1024;
/// How many reasons a plan gives at most.
pub const MAX_REASONS: usize = 100;
/// How many changes a plan tells at most.
pub const MAX_CHANGES: usize = 20_000;

/// What is pending, as it was when it was last written. It is an observation, so it stands at the top level: nobody asks for
/// it, as a `spec` does.
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
    doc = "What is pending of the DirectoryGroupSync with the same name, at length: changes that wait for a person, or in \
           Preview all that would change. Only the operator writes it, for people to read; what is written into it by \
           others changes nothing.",
    printcolumn = r#"{"name": "Hash", "type": "string", "jsonPath": ".hash"}"#,
    printcolumn = r#"{"name": "Removals", "type": "integer", "jsonPath": ".removals"}"#,
    printcolumn = r#"{"name": "Since", "type": "date", "jsonPath": ".heldSinceTime"}"#,
    printcolumn = r#"{"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryGroupSyncPlanContent {
    /// What an approval of the held changes must name. None in Preview.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = ID_MAX_LENGTH))]
    pub hash: Option<String>,
    /// Since when changes are held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_since_time: Option<Time>,
    /// Why changes are held, or in Preview would be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_REASONS), inner(length(max = SENTENCE_MAX_LENGTH)))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub reasons: Vec<String>,
    /// How many removals are among the changes: groups deleted, memberships ended, accounts deactivated or deleted.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub removals: i64,
    /// What would become of groups.
    #[serde(default)]
    pub groups: GroupChanges,
    /// What would become of accounts.
    #[serde(default)]
    pub accounts: AccountChanges,
    /// What would become of memberships.
    #[serde(default)]
    pub members: MemberChanges,
    /// Every change in words, in the order in which they would be applied; cut at 1 MiB.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_CHANGES), inner(length(max = SENTENCE_MAX_LENGTH)))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub changes: Vec<String>,
    /// How many changes there are beyond those that are listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub changes_omitted: Option<i64>,
}
