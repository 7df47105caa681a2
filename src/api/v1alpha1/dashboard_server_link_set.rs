//! `DashboardServerLinkSet`: the links of a dashboard server that cannot keep them itself. One object is the head, named
//! after the `DashboardServer`; it lists the others, the parts. Only the operator writes these objects.

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most octets of links in one object. The API server accepts objects of up to 1.5 MiB.
pub const MAX_OCTETS: usize = 256 * 1024;
/// How many parts a head lists at most.
pub const MAX_PARTS: usize = 2048;
/// The longest name of an object.
const NAME_MAX_LENGTH: usize = 253;
/// The longest digest and id, in characters.
const ID_MAX_LENGTH: usize = 64;

/// Links between a dashboard server and a directory. They are an observation and not a request, so they are at the top level
/// and not in a `spec`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, CustomResource, JsonSchema)]
#[kube(
    group = "directorysync.dev",
    version = "v1alpha1",
    kind = "DashboardServerLinkSet",
    plural = "dashboardserverlinksets",
    shortname = "linkset",
    category = "directorysync",
    namespaced,
    no_spec,
    derive = "PartialEq",
    doc = "Links between the groups and accounts of a dashboard server and those of a directory, if the dashboard server \
           cannot store them itself. They include names, usernames and e-mail addresses. Only the operator writes these \
           objects. Include them in backups, and do not edit or delete them: without them, the operator no longer knows \
           which groups and accounts are its own.",
    printcolumn = r#"{"name": "Server", "type": "string", "jsonPath": ".dashboardServer"}"#,
    printcolumn = r#"{"name": "Write", "type": "integer", "jsonPath": ".write"}"#,
    printcolumn = r#"{"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase")]
pub struct DashboardServerLinkSetContent {
    /// The version of the format: 1.
    pub version: i32,
    /// The name of the `DashboardServer`.
    #[schemars(length(max = NAME_MAX_LENGTH))]
    pub dashboard_server: String,
    /// The id that all objects with the links of this `DashboardServer` have in common. Its `status.linksID` repeats it.
    #[serde(rename = "linksID")]
    #[schemars(length(max = ID_MAX_LENGTH))]
    pub links_id: String,
    /// The number of the write that this object is from.
    #[schemars(range(min = 0))]
    pub write: i64,
    /// The SHA-256 digest of all other fields, so that an edited object is noticed.
    #[schemars(length(max = ID_MAX_LENGTH))]
    pub digest: String,
    /// Only in the head: which other objects belong to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<LinkSetHead>,
    /// The links: lines of JSON, which are changes in the order in which they were made. Those of the parts come first, in the
    /// order of `head.parts`, then those of the head.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = MAX_OCTETS))]
    pub changes: String,
}

/// What only the head has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkSetHead {
    /// The parts. An object that is not listed does not count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_PARTS))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub parts: Vec<LinkSetPart>,
    /// How many lines the parts and the head have.
    #[schemars(range(min = 0))]
    pub lines: i64,
    /// How many lines were left when they were last rewritten, without those that are no longer true.
    #[schemars(range(min = 0))]
    pub rewritten: i64,
}

/// A part of the links.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkSetPart {
    /// The name of the `DashboardServerLinkSet`.
    #[schemars(length(max = NAME_MAX_LENGTH))]
    pub name: String,
    /// Its digest.
    #[schemars(length(max = ID_MAX_LENGTH))]
    pub digest: String,
}
