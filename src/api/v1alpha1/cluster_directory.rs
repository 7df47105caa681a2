//! `ClusterDirectory`: one connection to a directory for many namespaces.

pub mod allowed_namespaces;

use kube::CustomResource;
use kube::core::{ObjectMeta, Rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::allowed_namespaces::AllowedNamespaces;
use super::directory::{Directory, DirectorySpec, DirectoryStatus};

/// A directory for the DirectoryGroupSyncs of many namespaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, CustomResource, JsonSchema)]
#[kube(
    group = "directorysync.dev",
    version = "v1alpha1",
    kind = "ClusterDirectory",
    plural = "clusterdirectories",
    shortname = "cdir",
    category = "directorysync",
    derive = "PartialEq",
    status = "DirectoryStatus",
    doc = "A directory for the DirectoryGroupSyncs of the namespaces that it allows. Its Secrets and ConfigMaps are in the namespace of the operator. An operator that watches single namespaces does not use it.",
    printcolumn = r#"{"name": "Ready", "type": "string", "jsonPath": ".status.conditions[?(@.type=='Ready')].status"}"#,
    printcolumn = r#"{"name": "Status", "type": "string", "jsonPath": ".status.conditions[?(@.type=='Ready')].reason"}"#,
    printcolumn = r#"{"name": "Schema", "type": "string", "jsonPath": ".spec.schema"}"#,
    printcolumn = r#"{"name": "Base DN", "type": "string", "jsonPath": ".spec.baseDN"}"#,
    printcolumn = r#"{"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}"#,
    printcolumn = r#"{"name": "Directory ID", "type": "string", "jsonPath": ".status.directoryID", "priority": 1}"#,
    printcolumn = r#"{"name": "Bind", "type": "string", "jsonPath": ".status.bind.state", "priority": 1}"#,
    printcolumn = r#"{"name": "Message", "type": "string", "jsonPath": ".status.conditions[?(@.type=='Ready')].message", "priority": 1}"#
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    Rule::new("[has(self.ldap), has(self.ldif)].exists_one(is_set, is_set)")
    .message("exactly one of ldap and ldif must be set"),
]))]
pub struct ClusterDirectorySpec {
    /// The namespaces whose DirectoryGroupSyncs may refer to this object. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_namespaces: Option<AllowedNamespaces>,
    /// The directory, described as in a `Directory`.
    #[serde(flatten)]
    pub directory: DirectorySpec,
}

/// The same as an object without a namespace, which is how runs and probes know a ClusterDirectory.
impl From<ClusterDirectory> for Directory {
    fn from(ClusterDirectory { metadata, spec, status }: ClusterDirectory) -> Self {
        let metadata = ObjectMeta { namespace: None, ..metadata };
        Self { metadata, spec: spec.directory, status }
    }
}
