//! What the operator reports. Every list and text is bounded; the report step cuts to these bounds.

mod counts;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::v1alpha1::condition::{self, Condition};
use crate::api::v1alpha1::tolerant;
use crate::api::v1alpha1::word::{vocabulary, word};

pub use counts::{AccountChanges, AccountCounts, Current, GroupChanges, GroupCounts, MemberChanges, MemberCounts};

/// How many duplicates, and how many problems, and how many examples of a plan, status shows.
pub const MAX_LISTED: usize = 20;
/// The longest name in status, in characters.
pub const NAME_MAX_LENGTH: usize = 256;
/// The longest sentence in status, in characters; messages of conditions apart.
pub const SENTENCE_MAX_LENGTH: usize = 512;
/// The longest external id with its kind, and the longest hash of a plan, in characters.
pub const ID_MAX_LENGTH: usize = 64;
/// The longest `lastHandledReconcileAt`, in characters.
pub const REQUESTED_AT_MAX_LENGTH: usize = 256;

/// What a `DirectoryGroupSync` reports.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryGroupSyncStatus {
    /// What state the object is in. `Ready` sums up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "condition::conditions")]
    pub conditions: Vec<Condition>,
    /// The generation of the spec that was last looked at: the last ended run was of it, whatever came of it, or it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub observed_generation: Option<i64>,
    /// The value of the annotation `directorysync.dev/requestedAt` or `reconcile.fluxcd.io/requestedAt` that was last acted
    /// upon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = REQUESTED_AT_MAX_LENGTH))]
    pub last_handled_reconcile_at: Option<String>,
    /// Where both annotations are set: the value of the other one, which was acted upon before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = REQUESTED_AT_MAX_LENGTH))]
    pub other_handled_reconcile_at: Option<String>,
    /// The hash of the annotation `directorysync.dev/approve` that was last acted upon: what it named was applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = ID_MAX_LENGTH))]
    pub last_approved_hash: Option<String>,
    /// When the last successful run ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_sync_time: Option<Time>,
    /// When the next run starts. None while nothing but a change or a request starts one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_sync_time: Option<Time>,
    /// How things stand since the last complete run. A failed run leaves it as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<Current>,
    /// The last run that changed something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_change: Option<LastChange>,
    /// The last run, whatever came of it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "tolerant::readable")]
    pub last_run: Option<LastRun>,
    /// Directory groups, and members of groups, that are not synchronized because their name is taken: the first 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "tolerant::readable")]
    #[schemars(length(max = MAX_LISTED))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub duplicates: Vec<Duplicate>,
    /// How many duplicates there are beyond those that are listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub duplicates_omitted: Option<i64>,
    /// What a person must mend in the spec, the directory or the store, the first 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "tolerant::readable")]
    #[schemars(length(max = MAX_LISTED))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub problems: Vec<Problem>,
    /// How many problems there are beyond those that are listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub problems_omitted: Option<i64>,
    /// What is pending: in Preview all that would change, else the changes that wait for a person. A failed run leaves
    /// it as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PendingPlan>,
}

/// The last run that changed something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LastChange {
    /// When it ended.
    pub time: Time,
    /// What it did to groups.
    #[serde(default)]
    pub groups: GroupChanges,
    /// What it did to accounts.
    #[serde(default)]
    pub accounts: AccountChanges,
    /// What it did to memberships.
    #[serde(default)]
    pub members: MemberChanges,
}

vocabulary! {
    /// What came of a run.
    pub enum RunResult {
        /// The store is what the directory says.
        Synced = "Synced",
        /// It is, but for problems that a person must mend.
        SyncedWithProblems = "SyncedWithProblems",
        /// Some writes failed.
        PartiallySynced = "PartiallySynced",
        /// Changes wait for a person; everything else was applied.
        Held = "Held",
        /// Nothing was to be written.
        Previewed = "Previewed",
        /// It ended before it could write.
        Failed = "Failed",
    }
}

/// The last run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LastRun {
    /// What came of it: `Synced`, `SyncedWithProblems`, `PartiallySynced`, `Held`, `Previewed` or `Failed`.
    #[schemars(schema_with = "word")]
    pub result: String,
    /// When it started.
    pub start_time: Time,
    /// When it ended.
    pub completion_time: Time,
    /// What it met and did among groups. `selected` is the sum of `created`, `modified`, `unchanged`, `duplicated`,
    /// `invalid` and `failed`.
    #[serde(default)]
    pub groups: GroupCounts,
    /// What it met and did among accounts.
    #[serde(default)]
    pub accounts: AccountCounts,
    /// What it met and did among memberships.
    #[serde(default)]
    pub members: MemberCounts,
}

/// A directory group or user that is not synchronized because its name is taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Duplicate {
    /// The name that is taken.
    #[schemars(length(max = NAME_MAX_LENGTH))]
    pub name: String,
    /// The external id of what wants it, such as `objectGUID:6f61f619-8b86-d011-b42d-00c04fc964ff`.
    #[serde(rename = "externalID")]
    #[schemars(length(max = ID_MAX_LENGTH))]
    pub external_id: String,
    /// What the clash is over: `GroupName`, `Username` or `Email`.
    #[schemars(schema_with = "word")]
    pub reason: String,
    /// What bears the name, or what else wants it, in words.
    #[schemars(length(max = SENTENCE_MAX_LENGTH))]
    pub clashes_with: String,
}

vocabulary! {
    /// What a duplicate clashes over.
    pub enum DuplicateReason {
        /// A group's name.
        GroupName = "GroupName",
        /// An account's username.
        Username = "Username",
        /// An account's e-mail address.
        Email = "Email",
    }
}

/// Something that a person must mend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// The group, or the item of the spec, that it concerns, where it concerns one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = NAME_MAX_LENGTH))]
    pub group: Option<String>,
    /// What is wrong: `Duplicate`, `Invalid`, `NotFound`, `Unresolved`, `Missing`, `Unreadable`, `Broken`, `Ambiguous`,
    /// `Protected`, `HeldByFormerUser`, `OwnedElsewhere` or `Refused`.
    #[schemars(schema_with = "word")]
    pub kind: String,
    /// What was found and how to mend it.
    #[schemars(length(max = SENTENCE_MAX_LENGTH))]
    pub message: String,
}

vocabulary! {
    /// What is wrong.
    pub enum ProblemKind {
        /// Something else bears a name, a username or an e-mail address.
        Duplicate = "Duplicate",
        /// The server cannot hold a value, or needs one that the directory does not have.
        Invalid = "Invalid",
        /// An item of the spec selects nothing.
        NotFound = "NotFound",
        /// A member's entry cannot be read; the membership stays.
        Unresolved = "Unresolved",
        /// A linked group is nowhere to be found, without proof that it was deleted; it stays.
        Missing = "Missing",
        /// Something exists and hides what is needed.
        Unreadable = "Unreadable",
        /// A link whose object bears none of the names last written; it is not written to.
        Broken = "Broken",
        /// More than one object could be meant.
        Ambiguous = "Ambiguous",
        /// A group or an account that may not be touched.
        Protected = "Protected",
        /// The account of a deleted user still bears the names of a new one.
        HeldByFormerUser = "HeldByFormerUser",
        /// The group belongs to another sync.
        OwnedElsewhere = "OwnedElsewhere",
        /// The store refused a write; it is tried again.
        Refused = "Refused",
    }
}

/// What is pending.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PendingPlan {
    /// What an approval of the held changes must name. None in Preview.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = ID_MAX_LENGTH))]
    pub hash: Option<String>,
    /// Since when changes are held: part of what the hash is made of, so that an approval fits one hold only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_since_time: Option<Time>,
    /// Why changes are held, or in Preview would be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_LISTED), inner(length(max = SENTENCE_MAX_LENGTH)))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub reasons: Vec<String>,
    /// What would become of groups.
    #[serde(default)]
    pub groups: GroupChanges,
    /// What would become of accounts.
    #[serde(default)]
    pub accounts: AccountChanges,
    /// What would become of memberships.
    #[serde(default)]
    pub members: MemberChanges,
    /// The first 20 changes, or held changes, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_LISTED), inner(length(max = SENTENCE_MAX_LENGTH)))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub examples: Vec<String>,
    /// The object that has the plan at length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_ref: Option<PlanReference>,
}

/// The object that has a plan at length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanReference {
    /// The name of the `DirectoryGroupSyncPlan`.
    #[schemars(length(max = 253))]
    pub name: String,
    /// A digest of what it says, by which the operator knows whether it has to be written anew.
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
        assert_eq!(status.last_run.unwrap().result, "SomethingNew", "a word that is new is kept");
        assert_eq!(status.problems[0].kind, "SomethingNew");
        assert_eq!((status.observed_generation, status.duplicates), (Some(3), Vec::new()));
    }
}
