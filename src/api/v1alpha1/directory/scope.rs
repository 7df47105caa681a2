//! Where groups and users are in a directory, and which attributes say what.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::v1alpha1::text;

/// Where groups are and what they look like.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupScope {
    /// Where to search, with everything below, such as `OU=Groups,DC=corp,DC=example`. Default: `spec.baseDN`.
    #[serde(default, rename = "baseDN", skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::distinguished_name")]
    pub base_dn: Option<String>,
    /// What an entry must match to be a group (RFC 4515), such as `(objectClass=group)`. Default: by `spec.schema`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::filter")]
    pub filter: Option<String>,
    /// Which attributes say what. Default: by `spec.schema`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<GroupAttributes>,
}

/// Which attributes of a group say what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupAttributes {
    /// The group's name, such as `cn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::attribute")]
    pub name: Option<String>,
    /// Its description, such as `description`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::attribute")]
    pub description: Option<String>,
}

/// Where users are and what they look like.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserScope {
    /// Where to search, with everything below, such as `OU=People,DC=corp,DC=example`. Default: `spec.baseDN`.
    #[serde(default, rename = "baseDN", skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::distinguished_name")]
    pub base_dn: Option<String>,
    /// What an entry must match to be a user (RFC 4515), such as `(objectClass=inetOrgPerson)`. Default: by
    /// `spec.schema`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::filter")]
    pub filter: Option<String>,
    /// Which attributes say what. Default: by `spec.schema`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<UserAttributes>,
}

/// Which attributes of a user say what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserAttributes {
    /// What the person signs in with, such as `sAMAccountName` or `uid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::attribute")]
    pub username: Option<String>,
    /// The e-mail address, such as `mail`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::attribute")]
    pub email: Option<String>,
    /// The given name, such as `givenName`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::attribute")]
    pub first_name: Option<String>,
    /// The family name, such as `sn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::attribute")]
    pub last_name: Option<String>,
    /// The name as the person wants it shown, such as `displayName`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::attribute")]
    pub display_name: Option<String>,
    /// The telephone number, such as `telephoneNumber`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::attribute")]
    pub phone: Option<String>,
}
