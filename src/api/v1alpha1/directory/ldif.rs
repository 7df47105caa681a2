//! Where an LDIF file is stored.

use kube::core::Rule;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::v1alpha1::reference::KeyReference;
use crate::api::v1alpha1::text;

/// An LDIF file (RFC 2849): exactly one of `configMapKeyRef`, `secretKeyRef` and `path`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    Rule::new(
    "[has(self.configMapKeyRef), has(self.secretKeyRef), has(self.path)].exists_one(is_set, is_set)")
    .message("exactly one of configMapKeyRef, secretKeyRef and path must be set"),
]))]
pub struct Ldif {
    /// The key of a `ConfigMap` with the file, such as `{name: company, key: company.ldif}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_map_key_ref: Option<KeyReference>,
    /// The key of a Secret with the file, such as `{name: company, key: company.ldif}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_key_ref: Option<KeyReference>,
    /// The path of the file, such as `company.ldif`, relative to the YAML file with this object. Only for
    /// `directory-group-sync sync -f`, because the operator does not read files from its own disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::path")]
    pub path: Option<String>,
}
