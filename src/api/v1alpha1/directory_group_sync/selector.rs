//! How an item of `groups` and `exclude` names directory groups.

use kube::core::{Reason, Rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::v1alpha1::text;

/// Names one or more directory groups: by `dn`, by `name` or by `filter`, exactly one of them.
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
    /// The group with this distinguished name, such as `CN=BI Analysts,OU=Groups,DC=corp,DC=example`. Compared as
    /// directories compare names: case and blanks around `,` and `=` do not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::distinguished_name")]
    pub dn: Option<String>,
    /// Every group with exactly this name, such as `BI Editors`; case does not matter. Several groups may bear it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::name")]
    pub name: Option<String>,
    /// Every group that matches this LDAP filter (RFC 4515) and the Directory's own `groups.filter`, such as
    /// `(cn=BI-*)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::filter")]
    pub filter: Option<String>,
    /// Where `filter` searches, with everything below, such as `OU=BI,DC=corp,DC=example`. Default: the Directory's
    /// `groups.baseDN`. Only with `filter`.
    #[serde(default, rename = "baseDN", skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::distinguished_name")]
    pub base_dn: Option<String>,
}
