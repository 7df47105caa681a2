//! Bold BI.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::http::{HttpTimeouts, HttpTls, encrypted_url};
use crate::api::v1alpha1::reference::SecretReference;
use crate::api::v1alpha1::text;

/// A site of a Bold BI server, or of Bold BI's cloud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [encrypted_url()]))]
pub struct BoldBi {
    /// The server's URL without `/bi`, such as `https://bi.example`. The proxy comes from the operator's environment
    /// (`HTTPS_PROXY`, `NO_PROXY`).
    #[schemars(schema_with = "text::url")]
    pub url: String,
    /// The identifier of the site, such as `site1`: what follows `/bi/site/` in the browser. Not set: Bold BI's cloud, where
    /// each site has a host of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::site")]
    pub site: Option<String>,
    /// The version of the server's REST API: `V5` (5.0), `V4` (4.0), or `Auto` (default), which takes the newest one that
    /// the server has.
    #[serde(default)]
    pub api_version: BoldBiApiVersion,
    /// The Secret with the keys `username` and `password`, or `username` and `embedSecret`, or `apiKey`. The account is a
    /// member of the group System Administrator.
    pub secret_ref: SecretReference,
    /// How requests are secured.
    #[serde(default)]
    pub tls: HttpTls,
    /// How long to wait for the server.
    #[serde(default)]
    pub timeouts: HttpTimeouts,
    /// The name of the group that the site puts every new user into, if its settings name one: the API does not show them.
    /// Members of this group alone count as unused accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::name")]
    pub default_group: Option<String>,
}

/// The version of the REST API.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum BoldBiApiVersion {
    /// The newest one that the server has.
    #[default]
    Auto,
    /// 5.0.
    V5,
    /// 4.0.
    V4,
}
