//! References to other objects. They are in the namespace of the object that contains the reference, except for a
//! `ClusterDirectory`, which has no namespace.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text;

/// The object that describes the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryReference {
    /// The kind of the object: a `Directory` in the same namespace (default), or a `ClusterDirectory`, which has to allow the
    /// namespace.
    #[serde(default)]
    pub kind: DirectoryKind,
    /// The name of the object, such as `corp`.
    #[schemars(schema_with = "text::object_name")]
    pub name: String,
}

/// The kinds that describe a directory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DirectoryKind {
    /// A `Directory` in the same namespace.
    #[default]
    Directory,
    /// A `ClusterDirectory`, if it allows the namespace.
    ClusterDirectory,
}

impl DirectoryKind {
    /// The kind, as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Directory => "Directory",
            Self::ClusterDirectory => "ClusterDirectory",
        }
    }
}

/// The object that describes the dashboard server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DashboardServerReference {
    /// The kind of the object. `DashboardServer` is the default and the only kind so far.
    #[serde(default)]
    pub kind: DashboardServerKind,
    /// The name of the object, such as `bi`.
    #[schemars(schema_with = "text::object_name")]
    pub name: String,
}

/// The kinds that describe a dashboard server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DashboardServerKind {
    /// A `DashboardServer` in the same namespace.
    #[default]
    DashboardServer,
}

/// A whole Secret, whose keys have fixed names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretReference {
    /// The name of the Secret, such as `corp-bind`.
    #[schemars(schema_with = "text::object_name")]
    pub name: String,
}

/// One key of a Secret or a `ConfigMap`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyReference {
    /// The name of the object, such as `bi-db`.
    #[schemars(schema_with = "text::object_name")]
    pub name: String,
    /// The key in the object, such as `url`.
    #[schemars(schema_with = "text::key")]
    pub key: String,
}

/// Where trusted certificates are, in PEM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthorityReference {
    /// The kind of the object: `ConfigMap` (default) or `Secret`.
    #[serde(default)]
    pub kind: AuthorityKind,
    /// The name of the object, such as `corp-ca`.
    #[schemars(schema_with = "text::object_name")]
    pub name: String,
    /// The key in the object with one or more certificates in PEM. Default: `ca.crt`.
    #[serde(default = "authority_key")]
    #[schemars(schema_with = "text::key")]
    pub key: String,
}

fn authority_key() -> String {
    "ca.crt".to_owned()
}

/// The kinds that can contain certificates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AuthorityKind {
    /// A `ConfigMap`.
    #[default]
    ConfigMap,
    /// A Secret.
    Secret,
}
