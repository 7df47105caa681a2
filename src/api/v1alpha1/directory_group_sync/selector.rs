//! Selectors: the entries of `groups` and `exclude`.

use kube::core::{Reason, Rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::v1alpha1::text;

/// A selector of directory groups. Exactly one of `dn`, `name` and `filter` must be set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
#[schemars(extend("x-kubernetes-validations" = [
    Rule::new("[has(self.dn), has(self.name), has(self.filter)].exists_one(is_set, is_set)")
    .message("exactly one of dn, name and filter must be set"),
    Rule::new("!has(self.baseDN) || has(self.filter)")
    .message("may only be set together with filter")
    .reason(Reason::FieldValueForbidden)
    .field_path(".baseDN"),
]))]
pub struct GroupSelector {
    /// Selects the group with this distinguished name, such as `CN=BI Analysts,OU=Groups,DC=corp,DC=example`. Case does not
    /// matter, nor do spaces around `,` and `=`. In `spec.groups`, the group stays selected when it is renamed or moved
    /// below the Directory's `groups.baseDN`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::distinguished_name")]
    pub dn: Option<String>,
    /// Selects every group with this name, such as `BI Editors`. Case does not matter. In `spec.groups`, a group stays
    /// selected when it is renamed or moved below the Directory's `groups.baseDN`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::name")]
    pub name: Option<String>,
    /// Selects every group that matches this LDAP filter (RFC 4515), such as `(cn=BI-*)`, and the Directory's own
    /// `groups.filter`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::filter")]
    pub filter: Option<String>,
    /// The entry below which `filter` searches, such as `OU=BI,DC=corp,DC=example`. It searches only what is below the
    /// Directory's `groups.baseDN` too, which is the default. Only with `filter`.
    #[serde(default, rename = "baseDN", skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::distinguished_name")]
    pub base_dn: Option<String>,
    /// The names of the roles that the groups of this item are given, such as `[Gamma]`, on a dashboard server whose groups
    /// have roles. The DashboardServer must allow them (`grantableRoles`). A group that several items select is given the
    /// roles of all of them. A role that the sync gave is taken back when no item names it any more; a role that a person
    /// gave stays. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "text::roles")]
    pub roles: Vec<String>,
}
