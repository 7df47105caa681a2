//! How to connect to LDAP servers and sign in.

use kube::core::{Reason, Rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::v1alpha1::duration::{Duration, HOUR, MINUTE};
use crate::api::v1alpha1::reference::{AuthorityReference, SecretReference};
use crate::api::v1alpha1::text;

/// One or more LDAP servers of the same directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    Rule::new(
    "self.tls.mode != 'None' || !has(self.auth.simple) || self.tls.allowPlaintextPassword")
    .message("None would send the password unencrypted: use LDAPS or StartTLS, or set tls.allowPlaintextPassword to true")
    .field_path(".tls.mode"),
    Rule::new("self.tls.mode != 'None' || !has(self.auth.external)")
    .message("None cannot carry the client certificate of auth.external: use LDAPS or StartTLS")
    .field_path(".tls.mode"),
]))]
pub struct Ldap {
    /// The servers, 1 to 16, in the order in which they are tried, such as `[dc1.corp.example, "dc2.corp.example:636"]`.
    /// The default port is 636 with `LDAPS`, otherwise 389.
    #[schemars(schema_with = "text::servers")]
    pub servers: Vec<String>,
    /// How connections are secured. Default: LDAPS, verified with the system's certificate authorities.
    #[serde(default)]
    pub tls: LdapTls,
    /// How the bind account signs in: exactly one of `simple`, `external` and `anonymous`.
    pub auth: Auth,
    /// How long to wait for the servers.
    #[serde(default)]
    pub timeouts: Timeouts,
}

/// How connections are secured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    Rule::new("self.mode != 'None' || !has(self.serverName)")
    .message("may not be set when mode is None: there is no certificate to compare it with")
    .reason(Reason::FieldValueForbidden)
    .field_path(".serverName"),
    Rule::new("self.mode != 'None' || !has(self.caRef)")
    .message("may not be set when mode is None: there is no certificate to verify")
    .reason(Reason::FieldValueForbidden)
    .field_path(".caRef"),
]))]
pub struct LdapTls {
    /// When TLS starts: `LDAPS` (default) uses TLS from the first byte, `StartTLS` switches to TLS before anything else is
    /// sent, `None` does not use TLS.
    #[serde(default)]
    pub mode: TlsMode,
    /// The name that the server's certificate must have, such as `dc.corp.example`. Default: the host in `servers`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::server_name")]
    pub server_name: Option<String>,
    /// The certificates to trust: of the certificate authority that signed the server's certificate, or the server's own
    /// certificate if it is self-signed. Default: the system's certificate authorities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_ref: Option<AuthorityReference>,
    /// Whether a password may be sent unencrypted when `mode` is `None`. Default: `false`.
    #[serde(default)]
    pub allow_plaintext_password: bool,
}

/// Whether and when TLS starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TlsMode {
    /// From the first byte.
    #[default]
    #[serde(rename = "LDAPS")]
    Ldaps,
    /// With the StartTLS operation, RFC 4511 section 4.14.
    #[serde(rename = "StartTLS")]
    StartTls,
    /// Never.
    None,
}

/// How the bind account signs in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    Rule::new(
    "[has(self.simple), has(self.external), has(self.anonymous)].exists_one(is_set, is_set)")
    .message("exactly one of simple, external and anonymous must be set"),
]))]
pub struct Auth {
    /// Bind with a name and a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simple: Option<SimpleAuth>,
    /// Bind with a client certificate (SASL EXTERNAL).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalAuth>,
    /// Bind anonymously: `anonymous: {}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anonymous: Option<AnonymousAuth>,
}

/// A name and a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SimpleAuth {
    /// The Secret with the keys `username` and `password`. The username is a distinguished name, in Active Directory also a
    /// name such as `reader@corp.example`.
    pub secret_ref: SecretReference,
}

/// A client certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExternalAuth {
    /// The Secret of type `kubernetes.io/tls`, with the keys `tls.crt` and `tls.key`.
    pub secret_ref: SecretReference,
}

/// Anonymous access. There are no settings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnonymousAuth {}

/// How long to wait for the servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Timeouts {
    /// How long to wait for a connection to one server, including TLS, such as `10s` (default). From `1s` to
    /// `5m`.
    pub connect: Duration<1, { 5 * MINUTE }>,
    /// How long to wait for the complete answer to one request, such as one page of a search. Default: `1m`. From `1s`
    /// to `1h`.
    pub request: Duration<1, HOUR>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), request: Duration::from_secs(60) }
    }
}
