//! A server that speaks SCIM 2.0.

use kube::core::Rule;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::http::{HttpTimeouts, HttpTls, encrypted_url};
use crate::api::v1alpha1::reference::SecretReference;
use crate::api::v1alpha1::text;

/// A SCIM service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    encrypted_url(),
    Rule::new("!has(self.auth.oauth2) || self.auth.oauth2.tokenURL.startsWith('https://') || self.tls.allowPlaintextPassword")
    .message("an http:// URL would send the password unencrypted: use https://, or set tls.allowPlaintextPassword to true")
    .field_path(".auth.oauth2.tokenURL"),
]))]
pub struct Scim {
    /// The URL of the SCIM service, below which its `/Users` and `/Groups` are, such as `https://bi.example/scim/v2`. The
    /// proxy comes from the operator's environment (`HTTPS_PROXY`, `NO_PROXY`).
    #[schemars(schema_with = "text::url")]
    pub url: String,
    /// How the operator signs in. Exactly one of its fields is set.
    pub auth: ScimAuth,
    /// How requests are secured, also those for a token.
    #[serde(default)]
    pub tls: HttpTls,
    /// How long to wait for the server.
    #[serde(default)]
    pub timeouts: HttpTimeouts,
    /// What is known of the server's habits. What is `Auto` (default) is learned, and `status.dialect` shows it.
    #[serde(default)]
    pub dialect: ScimDialect,
}

/// How the operator signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    Rule::new("has(self.bearer) != has(self.oauth2)").message("exactly one of bearer and oauth2 must be set"),
]))]
pub struct ScimAuth {
    /// With a token that the server has given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bearer: Option<ScimBearer>,
    /// With tokens for the credentials of a client (OAuth 2.0, grant type `client_credentials`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth2: Option<ScimOAuth2>,
}

impl ScimAuth {
    /// The Secret of the way that is set.
    #[must_use]
    pub fn secret_ref(&self) -> Option<&SecretReference> {
        let bearer = self.bearer.as_ref().map(|bearer| &bearer.secret_ref);
        bearer.or_else(|| self.oauth2.as_ref().map(|oauth2| &oauth2.secret_ref))
    }
}

/// A token that the server has given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScimBearer {
    /// The Secret with the key `token`.
    pub secret_ref: SecretReference,
}

/// The credentials of a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScimOAuth2 {
    /// The URL that gives tokens, such as `https://sso.example/realms/bi/protocol/openid-connect/token`.
    #[serde(rename = "tokenURL")]
    #[schemars(schema_with = "text::url")]
    pub token_url: String,
    /// The scopes to ask for. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "text::names")]
    pub scopes: Vec<String>,
    /// The Secret with the keys `clientID` and `clientSecret`.
    pub secret_ref: SecretReference,
}

/// What is known of a server's habits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ScimDialect {
    /// How a member is removed: `Filter`, by the path `members[value eq "ID"]`; `Value`, by the path `members` and a value;
    /// or `Auto` (default). The first removal of each run is checked by reading the group.
    pub member_removal: ScimMemberRemoval,
    /// Whether lists of groups show members: `Always`, `Never` (each group is read alone), or `Auto` (default). With `Always`
    /// or `Never`, a group that shows no members has none.
    pub members_in_list: ScimMembersInList,
    /// How a group is renamed: `Patch`, `Put` (without members), or `Auto` (default), which tries both in this order.
    pub rename: ScimRename,
    /// What becomes of the display name of an account: `Kept`; `Ignored`, if the server makes it itself, such as from the
    /// other names: it is not written; or `Auto` (default): it is written until the server answers another one.
    pub display_name: ScimDisplayName,
    /// How many members one request may name, from 1 to 10,000. Default: 100.
    #[schemars(range(min = 1, max = 10_000))]
    pub max_members_per_patch: i32,
    /// How many users or groups one page is asked for, from 2 to 10,000. Default: 100. The server may give fewer.
    #[schemars(range(min = 2, max = 10_000))]
    pub page_size: i32,
}

impl Default for ScimDialect {
    fn default() -> Self {
        Self {
            member_removal: ScimMemberRemoval::Auto,
            members_in_list: ScimMembersInList::Auto,
            rename: ScimRename::Auto,
            display_name: ScimDisplayName::Auto,
            max_members_per_patch: 100,
            page_size: 100,
        }
    }
}

/// How a member is removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ScimMemberRemoval {
    /// Learned with the first removal.
    #[default]
    Auto,
    /// By a path that filters.
    Filter,
    /// By a value.
    Value,
}

/// Whether lists of groups show members.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ScimMembersInList {
    /// Learned with the first group that shows members.
    #[default]
    Auto,
    /// They do.
    Always,
    /// Only a group that is read alone does.
    Never,
}

/// How a group is renamed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ScimRename {
    /// By PATCH, or by PUT where the server does not understand that.
    #[default]
    Auto,
    /// By PATCH.
    Patch,
    /// By PUT.
    Put,
}

/// What becomes of the display name of an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ScimDisplayName {
    /// Learned with the first one that the server does not keep.
    #[default]
    Auto,
    /// It is kept.
    Kept,
    /// The server makes it itself.
    Ignored,
}
