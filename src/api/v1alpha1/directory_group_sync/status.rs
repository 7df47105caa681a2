//! What the operator reports. Every list and text is bounded, and the report step truncates to these bounds.

mod counts;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::v1alpha1::condition::{self, Condition};
use crate::api::v1alpha1::tolerant;
use crate::api::v1alpha1::word::{vocabulary, word};

pub use counts::{AccountChanges, AccountCounts, Current, GroupChanges, GroupCounts, MemberChanges, MemberCounts};

/// How many duplicates, how many problems, and how many examples of a plan status lists.
pub const MAX_LISTED: usize = 20;
/// The longest name in status, in characters.
pub const NAME_MAX_LENGTH: usize = 256;
/// The longest sentence in status, in characters, except for messages of conditions.
pub const SENTENCE_MAX_LENGTH: usize = 512;
/// The longest external id with its kind, and the longest hash of a plan, in characters.
pub const ID_MAX_LENGTH: usize = 64;
/// The longest `lastHandledReconcileAt`, in characters.
pub const REQUESTED_AT_MAX_LENGTH: usize = 256;

/// What a `DirectoryGroupSync` reports.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryGroupSyncStatus {
    /// The state of the object. `Ready` is the summary.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "condition::conditions")]
    pub conditions: Vec<Condition>,
    /// The spec generation that was last handled: a run of it has finished or failed, or it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub observed_generation: Option<i64>,
    /// The generation of the Directory that the last run used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub directory_generation: Option<i64>,
    /// The generation of the DashboardServer that the last run used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub dashboard_server_generation: Option<i64>,
    /// The last value of the annotation `directorysync.dev/requestedAt` or `reconcile.fluxcd.io/requestedAt` that was
    /// handled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = REQUESTED_AT_MAX_LENGTH))]
    pub last_handled_reconcile_at: Option<String>,
    /// If both annotations are set, the last value of the other one that was handled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = REQUESTED_AT_MAX_LENGTH))]
    pub other_handled_reconcile_at: Option<String>,
    /// The last hash of the annotation `directorysync.dev/approve` that was handled. The changes with this hash were applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = ID_MAX_LENGTH))]
    pub last_approved_hash: Option<String>,
    /// The store that the last run wrote to, or found in sync. If the DashboardServer leads to another one, a run stops
    /// before it writes (`StoreChanged`).
    #[serde(default, rename = "storeID", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = NAME_MAX_LENGTH))]
    pub store_id: Option<String>,
    /// When the last successful run finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_sync_time: Option<Time>,
    /// When the next run starts. Absent if only a change or a request starts a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_sync_time: Option<Time>,
    /// The state after the last complete run. A failed run does not change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<Current>,
    /// The last run that changed something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_change: Option<LastChange>,
    /// The last run, whatever its result.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "tolerant::readable")]
    pub last_run: Option<LastRun>,
    /// Directory groups and members that are left out because another object uses their name. The first 20 are listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "tolerant::readable")]
    #[schemars(length(max = MAX_LISTED))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub duplicates: Vec<Duplicate>,
    /// How many duplicates are not listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub duplicates_omitted: Option<i64>,
    /// Problems that an administrator has to fix in the spec, the directory or the store. The first 20 are listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "tolerant::readable")]
    #[schemars(length(max = MAX_LISTED))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub problems: Vec<Problem>,
    /// How many problems are not listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub problems_omitted: Option<i64>,
    /// Usernames of members without an account, on a dashboard server whose accounts somebody else makes
    /// (`accounts: Existing`). They join after their first login. The first 20 are listed; `current.pending` counts all.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "tolerant::readable")]
    #[schemars(length(max = MAX_LISTED), inner(length(max = NAME_MAX_LENGTH)))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub pending: Vec<String>,
    /// The pending changes: in Preview all changes, otherwise the held changes. A failed run does not change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PendingPlan>,
}

/// The last run that changed something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LastChange {
    /// When the run finished.
    pub time: Time,
    /// Changes to groups.
    #[serde(default)]
    pub groups: GroupChanges,
    /// Changes to accounts.
    #[serde(default)]
    pub accounts: AccountChanges,
    /// Changes to members.
    #[serde(default)]
    pub members: MemberChanges,
}

vocabulary! {
    /// The result of a run.
    pub enum RunResult {
        /// The store is in sync with the directory.
        Synced = "Synced",
        /// The store is in sync, except for problems that an administrator has to fix.
        SyncedWithProblems = "SyncedWithProblems",
        /// The store refused some writes.
        PartiallySynced = "PartiallySynced",
        /// Changes are held for approval. Everything else was applied.
        Held = "Held",
        /// The run was a preview, so nothing was written.
        Previewed = "Previewed",
        /// The run failed before it could write.
        Failed = "Failed",
    }
}

/// The last run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LastRun {
    /// The result of the run: `Synced`, `SyncedWithProblems`, `PartiallySynced`, `Held`, `Previewed` or `Failed`.
    #[schemars(schema_with = "word")]
    pub result: String,
    /// When the run started.
    pub start_time: Time,
    /// When the run finished.
    pub completion_time: Time,
    /// Group counts of this run. `selected` is the sum of `created`, `modified`, `unchanged`, `duplicated`, `invalid` and
    /// `failed`.
    #[serde(default)]
    pub groups: GroupCounts,
    /// Account counts of this run.
    #[serde(default)]
    pub accounts: AccountCounts,
    /// Membership counts of this run.
    #[serde(default)]
    pub members: MemberCounts,
}

/// A directory group or user that is left out because another object uses its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Duplicate {
    /// The name that another object uses.
    #[schemars(length(max = NAME_MAX_LENGTH))]
    pub name: String,
    /// The external id of the directory group or user that is left out, such as
    /// `objectGUID:6f61f619-8b86-d011-b42d-00c04fc964ff`.
    #[serde(rename = "externalID")]
    #[schemars(length(max = ID_MAX_LENGTH))]
    pub external_id: String,
    /// The kind of name: `GroupName`, `Username` or `Email`.
    #[schemars(schema_with = "word")]
    pub reason: String,
    /// The object that uses the name, or another one that needs it, in words.
    #[schemars(length(max = SENTENCE_MAX_LENGTH))]
    pub clashes_with: String,
}

vocabulary! {
    /// The kind of name that is used already.
    pub enum DuplicateReason {
        /// A group's name.
        GroupName = "GroupName",
        /// An account's username.
        Username = "Username",
        /// An account's e-mail address.
        Email = "Email",
    }
}

/// Something that an administrator has to fix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// The group or the selector that has the problem, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = NAME_MAX_LENGTH))]
    pub group: Option<String>,
    /// The kind of problem: `Invalid`, `NotFound`, `Unresolved`, `Missing`, `Unreadable`, `Broken`, `Ambiguous`, `Protected`,
    /// `HeldByFormerUser`, `OwnedElsewhere`, `RoleNotFound`, `RoleNotGranted` or `Refused`.
    #[schemars(schema_with = "word")]
    pub kind: String,
    /// What was found, and how to fix it.
    #[schemars(length(max = SENTENCE_MAX_LENGTH))]
    pub message: String,
}

vocabulary! {
    /// The kind of a problem.
    pub enum ProblemKind {
        /// The store cannot represent a value, or needs a value that the directory does not have.
        Invalid = "Invalid",
        /// A selector selects nothing.
        NotFound = "NotFound",
        /// A member's entry cannot be read. The membership is kept.
        Unresolved = "Unresolved",
        /// A linked group is missing, and its deletion is not proven. The store group is kept.
        Missing = "Missing",
        /// An entry exists, but an attribute that is needed cannot be read.
        Unreadable = "Unreadable",
        /// A link leads to an object that has none of the names last written. The object is not changed.
        Broken = "Broken",
        /// Several objects match, and it is not clear which one is meant. Or the answer to a write was lost, so it may have
        /// been done.
        Ambiguous = "Ambiguous",
        /// The group or account is protected and is not changed.
        Protected = "Protected",
        /// A new user needs names that the account of a deleted user still uses.
        HeldByFormerUser = "HeldByFormerUser",
        /// Another sync owns the group.
        OwnedElsewhere = "OwnedElsewhere",
        /// The dashboard server does not have the role that `spec.groups` names.
        RoleNotFound = "RoleNotFound",
        /// The DashboardServer does not allow the role that `spec.groups` names.
        RoleNotGranted = "RoleNotGranted",
        /// The store refused a write. The write is tried again.
        Refused = "Refused",
    }
}

/// The pending changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PendingPlan {
    /// The hash that approves the held changes. Absent in Preview.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = ID_MAX_LENGTH))]
    pub hash: Option<String>,
    /// Since when changes have been held. The hash depends on it, so an approval is valid for one hold only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_since_time: Option<Time>,
    /// Why changes are held, or in Preview would be held.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_LISTED), inner(length(max = SENTENCE_MAX_LENGTH)))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub reasons: Vec<String>,
    /// Pending changes to groups.
    #[serde(default)]
    pub groups: GroupChanges,
    /// Pending changes to accounts.
    #[serde(default)]
    pub accounts: AccountChanges,
    /// Pending changes to members.
    #[serde(default)]
    pub members: MemberChanges,
    /// The first 20 pending changes, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_LISTED), inner(length(max = SENTENCE_MAX_LENGTH)))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub examples: Vec<String>,
    /// The object with the full list of pending changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_ref: Option<PlanReference>,
}

/// The object with the full list of pending changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanReference {
    /// The name of the `DirectoryGroupSyncPlan`.
    #[schemars(length(max = 253))]
    pub name: String,
    /// A digest of that list. The operator writes the object again when it changes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = ID_MAX_LENGTH))]
    pub digest: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_that_a_newer_version_wrote_is_read_as_far_as_it_goes() {
        let time = "2026-01-01T00:00:00Z";
        let status: DirectoryGroupSyncStatus = serde_json::from_value(serde_json::json!({
            "observedGeneration": 3,
            "lastRun": {"result": "SomethingNew", "startTime": time, "completionTime": time},
            "problems": [{"kind": "SomethingNew", "message": "?"}],
            "duplicates": [{"name": {"of": "another form"}}],
            "anotherField": true,
        }))
        .unwrap();
        assert_eq!(status.last_run.unwrap().result, "SomethingNew", "an unknown word is kept");
        assert_eq!(status.problems[0].kind, "SomethingNew");
        assert_eq!((status.observed_generation, status.duplicates), (Some(3), Vec::new()));
    }
}
