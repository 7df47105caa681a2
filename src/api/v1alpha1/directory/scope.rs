//! Where the groups and users of a directory are, and the meaning of their attributes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::v1alpha1::text;

/// Where groups are and what they look like.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupScope {
    /// The entry below which groups are, such as `OU=Groups,DC=corp,DC=example`. No `DirectoryGroupSync` selects a group
    /// outside it. Default: `spec.baseDN`.
    #[serde(default, rename = "baseDN", skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::distinguished_name")]
    pub base_dn: Option<String>,
    /// The LDAP filter (RFC 4515) that all groups match, such as `(objectClass=group)`. Default: depends on
    /// `spec.schema`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::filter")]
    pub filter: Option<String>,
    /// The attributes that contain a group's name and description. Default: depends on `spec.schema`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<GroupAttributes>,
}

/// The attributes that contain a group's name and description.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupAttributes {
    /// The attribute with the group's name, such as `cn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::attribute")]
    pub name: Option<String>,
    /// The attribute with the group's description, such as `description`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::attribute")]
    pub description: Option<String>,
}

/// Where users are and what they look like.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserScope {
    /// The entry below which users are, such as `OU=People,DC=corp,DC=example`. Default: `spec.baseDN`.
    #[serde(default, rename = "baseDN", skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::distinguished_name")]
    pub base_dn: Option<String>,
    /// The LDAP filter (RFC 4515) that all users match, such as `(objectClass=inetOrgPerson)`. Default: depends on
    /// `spec.schema`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::filter")]
    pub filter: Option<String>,
    /// The attributes that contain a user's username, e-mail address and so on. Default: depends on `spec.schema`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<UserAttributes>,
}

/// The attributes that contain a user's username, e-mail address and so on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserAttributes {
    /// The attribute with the name that the user signs in with, such as `sAMAccountName` or `uid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::attribute")]
    pub username: Option<String>,
    /// The attribute with the e-mail address, such as `mail`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::attribute")]
    pub email: Option<String>,
    /// The attribute with the given name, such as `givenName`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::attribute")]
    pub first_name: Option<String>,
    /// The attribute with the family name, such as `sn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::attribute")]
    pub last_name: Option<String>,
    /// The attribute with the name for display, such as `displayName`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::attribute")]
    pub display_name: Option<String>,
    /// The attribute with the telephone number, such as `telephoneNumber`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::attribute")]
    pub phone: Option<String>,
}
