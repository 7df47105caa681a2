//! What is known of a directory.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::v1alpha1::condition::{self, Condition};
use crate::api::v1alpha1::tolerant;
use crate::api::v1alpha1::word::{vocabulary, word};

/// How many servers are remembered.
pub const MAX_SERVERS: usize = 64;
/// How many settings that a default decided are shown.
pub const MAX_EFFECTIVE: usize = 32;
/// The longest server identity, in characters.
pub const IDENTITY_MAX_LENGTH: usize = 256;
/// The longest effective value, and the longest diagnostic, in characters.
pub const SENTENCE_MAX_LENGTH: usize = 2048;

/// What a `Directory` reports.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryStatus {
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
    #[schemars(length(max = 256))]
    pub last_handled_reconcile_at: Option<String>,
    /// Where both annotations are set: the value of the other one, which was acted upon before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub other_handled_reconcile_at: Option<String>,
    /// The settings that a default decided, such as `schema` or `users.attributes.username`, by their field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_EFFECTIVE))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub effective: Vec<EffectiveSetting>,
    /// The external id of the directory's root. Whatever is linked belongs to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    #[serde(rename = "directoryID")]
    pub directory_id: Option<String>,
    /// The servers that have answered so far, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_SERVERS))]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["identity"]))]
    pub servers: Vec<KnownServer>,
    /// What came of the last bind. Runs bind only with a version of the Secret that was accepted here.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "tolerant::readable")]
    pub bind: Option<BindStatus>,
}

/// A setting that a default decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveSetting {
    /// Its field in the spec, such as `groups.filter`.
    #[schemars(length(max = 128))]
    pub field: String,
    /// What it came to, such as `(objectClass=group)`.
    #[schemars(length(max = SENTENCE_MAX_LENGTH))]
    pub value: String,
}

/// A server that has answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KnownServer {
    /// Which server: in Active Directory its `invocationId`, else its address.
    #[schemars(length(max = IDENTITY_MAX_LENGTH))]
    pub identity: String,
    /// When it first answered.
    pub first_seen_time: Time,
    /// How far it had come: in Active Directory its `highestCommittedUSN`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<i64>,
}

/// What came of the last bind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BindStatus {
    /// What the directory said: `Accepted` or `Refused`.
    #[schemars(schema_with = "word")]
    pub state: String,
    /// The version of the Secret that was used. None where no Secret is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub secret_resource_version: Option<String>,
    /// What a refusal means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = SENTENCE_MAX_LENGTH))]
    pub diagnostic: Option<String>,
    /// When it was.
    pub time: Time,
    /// After a refusal: when these credentials are tried again at the earliest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before_time: Option<Time>,
}

vocabulary! {
    /// What the directory said to a bind.
    pub enum BindState {
        /// It accepted the credentials.
        Accepted = "Accepted",
        /// It refused them.
        Refused = "Refused",
    }
}
