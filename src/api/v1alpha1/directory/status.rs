//! What is known about a directory.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::v1alpha1::condition::{self, Condition};
use crate::api::v1alpha1::tolerant;
use crate::api::v1alpha1::word::{vocabulary, word};

/// How many servers are remembered.
pub const MAX_SERVERS: usize = 64;
/// How many settings with defaults are listed.
pub const MAX_EFFECTIVE: usize = 32;
/// The longest server identity, in characters.
pub const IDENTITY_MAX_LENGTH: usize = 256;
/// The longest effective value, and the longest diagnostic, in characters.
pub const SENTENCE_MAX_LENGTH: usize = 2048;

/// What a `Directory` reports.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryStatus {
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
    #[schemars(length(max = 256))]
    pub last_handled_reconcile_at: Option<String>,
    /// If both annotations are set, the last value of the other one that was handled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub other_handled_reconcile_at: Option<String>,
    /// The settings that have a default value, such as `schema` or `users.attributes.username`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_EFFECTIVE))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub effective: Vec<EffectiveSetting>,
    /// The directory id, which is the external id of the directory's root. All links to this directory contain it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    #[serde(rename = "directoryID")]
    pub directory_id: Option<String>,
    /// The servers that have answered so far.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_SERVERS))]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["identity"]))]
    pub servers: Vec<KnownServer>,
    /// The result of the last bind. Runs bind only with a version of the Secret that was accepted here.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "tolerant::readable")]
    pub bind: Option<BindStatus>,
}

/// A setting that has a default value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveSetting {
    /// The field of the spec, such as `groups.filter`.
    #[schemars(length(max = 128))]
    pub field: String,
    /// The value in effect, such as `(objectClass=group)`.
    #[schemars(length(max = SENTENCE_MAX_LENGTH))]
    pub value: String,
}

/// A server that has answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KnownServer {
    /// The identity of the server: in Active Directory its `invocationId`, otherwise its address.
    #[schemars(length(max = IDENTITY_MAX_LENGTH))]
    pub identity: String,
    /// When the server first answered.
    pub first_seen_time: Time,
    /// The number of the last change on the server: in Active Directory its `highestCommittedUSN`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<i64>,
}

/// The result of the last bind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BindStatus {
    /// The directory's answer: `Accepted` or `Refused`.
    #[schemars(schema_with = "word")]
    pub state: String,
    /// The version of the Secret that was used. Absent if no Secret is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub secret_resource_version: Option<String>,
    /// Why the bind was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = SENTENCE_MAX_LENGTH))]
    pub diagnostic: Option<String>,
    /// When the bind was made.
    pub time: Time,
    /// After a refusal, the earliest time at which these credentials are tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before_time: Option<Time>,
}

vocabulary! {
    /// The directory's answer to a bind.
    pub enum BindState {
        /// The directory accepted the credentials.
        Accepted = "Accepted",
        /// The directory refused the credentials.
        Refused = "Refused",
    }
}
