//! What all dashboard servers with an API have in common.

use kube::core::Rule;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::v1alpha1::duration::{Duration, HOUR, MINUTE};
use crate::api::v1alpha1::reference::AuthorityReference;

/// How requests to a dashboard server are secured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpTls {
    /// The certificates to trust: of the certificate authority that signed the server's certificate, or the server's own
    /// certificate if it is self-signed. Only these are trusted then. Default: the system's certificate authorities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_ref: Option<AuthorityReference>,
    /// Whether the password may be sent unencrypted, to a URL that begins with `http://`. Default: `false`.
    #[serde(default)]
    pub allow_plaintext_password: bool,
}

/// The rule of a server with the fields `url` and `tls`.
pub(super) fn encrypted_url() -> Rule {
    Rule::new("self.url.startsWith('https://') || self.tls.allowPlaintextPassword")
        .message(
            "an http:// URL would send the password unencrypted: use https://, or set tls.allowPlaintextPassword to true",
        )
        .field_path(".url")
}

/// How long to wait for a dashboard server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct HttpTimeouts {
    /// How long to wait for a connection, including TLS, such as `10s` (default). From `1s` to `5m`.
    pub connect: Duration<1, { 5 * MINUTE }>,
    /// How long to wait for the complete answer to one request. Default: `1m`. From `1s` to `1h`.
    pub request: Duration<1, HOUR>,
}

impl Default for HttpTimeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), request: Duration::from_secs(60) }
    }
}
