//! The description of a directory.

use kube::CustomResource;
use kube::core::Rule;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ldap::Ldap;
use super::ldif::Ldif;
use super::scope::{GroupScope, UserScope};
use super::status::DirectoryStatus;
use crate::api::v1alpha1::duration::Interval;
use crate::api::v1alpha1::reference::DirectoryKind;
use crate::api::v1alpha1::text;

/// A directory to read groups and users from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, CustomResource, JsonSchema)]
#[kube(
    group = "directorysync.dev",
    version = "v1alpha1",
    kind = "Directory",
    plural = "directories",
    shortname = "dir",
    category = "directorysync",
    namespaced,
    derive = "PartialEq",
    status = "DirectoryStatus",
    doc = "A directory to read groups and users from: one or more LDAP servers, or an LDIF file.",
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
pub struct DirectorySpec {
    /// The entry below which groups and users are, such as `DC=corp,DC=example`. `groups.baseDN` and `users.baseDN` override
    /// it.
    #[serde(rename = "baseDN")]
    #[schemars(schema_with = "text::distinguished_name")]
    pub base_dn: String,
    /// How the directory represents groups and users: `Auto` (default), `ActiveDirectory`, `ADLDS`, `RFC2307`, `RFC2307bis`
    /// or `FreeIPA`. `Auto` detects it from the server, or in a file from the object classes. `status.effective` lists the
    /// defaults that depend on it.
    #[serde(default)]
    pub schema: DirectorySchema,
    /// Where groups are, and their filter and attributes. Default: below `baseDN`, as `schema` defines them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<GroupScope>,
    /// Where users are, and their filter and attributes. Default: below `baseDN`, as `schema` defines them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<UserScope>,
    /// How long after one probe of the servers the next one starts, such as `10m` (default). From `10s` to `744h` (31
    /// days). The servers are
    /// probed only while a `DirectoryGroupSync` that is not suspended refers to this object, or when the annotation
    /// `directorysync.dev/requestedAt` gets a new value.
    #[serde(default = "ten_minutes")]
    pub interval: Interval,
    /// The LDAP servers of the directory. Exactly one of `ldap` and `ldif` must be set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ldap: Option<Ldap>,
    /// The LDIF file with the directory. Exactly one of `ldap` and `ldif` must be set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ldif: Option<Ldif>,
}

impl Directory {
    /// Whether this is a `ClusterDirectory`, which has no namespace.
    #[must_use]
    pub fn is_of_cluster(&self) -> bool {
        self.metadata.namespace.is_none()
    }

    /// The kind of the object that people wrote.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        if self.is_of_cluster() { DirectoryKind::ClusterDirectory } else { DirectoryKind::Directory }.as_str()
    }
}

const fn ten_minutes() -> Interval {
    Interval::from_secs(10 * 60)
}

/// How a directory represents groups and users.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DirectorySchema {
    /// Detected from the server, or in a file from the object classes.
    #[default]
    Auto,
    /// Active Directory and Samba.
    ActiveDirectory,
    /// Active Directory Lightweight Directory Services, formerly ADAM.
    #[serde(rename = "ADLDS")]
    AdLds,
    /// `posixGroup` with `memberUid`, RFC 2307.
    #[serde(rename = "RFC2307")]
    Rfc2307,
    /// `groupOfNames` and similar classes, with `member`, `uniqueMember` or `memberUid`.
    #[serde(rename = "RFC2307bis")]
    Rfc2307bis,
    /// FreeIPA.
    #[serde(rename = "FreeIPA")]
    FreeIpa,
}
