//! How to reach LDAP servers, and as whom.

use kube::core::{Reason, Rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::v1alpha1::duration::{self, Duration};
use crate::api::v1alpha1::reference::{AuthorityReference, SecretReference};
use crate::api::v1alpha1::text;

/// One or more LDAP servers that hold the same directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    Rule::new(
    "self.tls.mode != 'None' || !has(self.auth.simple) || self.tls.allowPlaintextPassword")
    .message("None would send the password in clear: use LDAPS or StartTLS, or set tls.allowPlaintextPassword to true")
    .field_path(".tls.mode"),
    Rule::new("self.tls.mode != 'None' || !has(self.auth.external)")
    .message("None cannot carry the client certificate of auth.external: use LDAPS or StartTLS")
    .field_path(".tls.mode"),
]))]
pub struct Ldap {
    /// The servers, tried in order, such as `[dc1.corp.example, "dc2.corp.example:636"]`: 1 to 16 hosts. Without a port
    /// it is 636 with `LDAPS` and else 389.
    #[schemars(schema_with = "text::servers")]
    pub servers: Vec<String>,
    /// How connections are secured. Default: TLS from the first byte, verified with the system's authorities.
    #[serde(default)]
    pub tls: LdapTls,
    /// Who reads: exactly one of `simple`, `external` and `anonymous`.
    pub auth: Auth,
    /// How long to wait.
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
    /// `LDAPS` (default: TLS from the first byte), `StartTLS` (TLS is agreed on before anything else is sent) or `None`.
    #[serde(default)]
    pub mode: TlsMode,
    /// The name that the server's certificate must bear, where it is not the host of `servers`, such as
    /// `dc.corp.example`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "text::server_name")]
    pub server_name: Option<String>,
    /// The authorities that may have signed the server's certificate. Default: the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_ref: Option<AuthorityReference>,
    /// Whether a password may be sent in clear when `mode` is `None`. Default: `false`.
    #[serde(default)]
    pub allow_plaintext_password: bool,
}

/// Whether and when TLS begins.
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

/// Who reads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    Rule::new(
    "[has(self.simple), has(self.external), has(self.anonymous)].exists_one(is_set, is_set)")
    .message("exactly one of simple, external and anonymous must be set"),
]))]
pub struct Auth {
    /// A name and a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simple: Option<SimpleAuth>,
    /// A client certificate (SASL EXTERNAL).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalAuth>,
    /// Nobody in particular: `anonymous: {}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anonymous: Option<AnonymousAuth>,
}

/// A name and a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SimpleAuth {
    /// The Secret with the keys `username` (a distinguished name, in Active Directory also `reader@corp.example`) and
    /// `password`.
    pub secret_ref: SecretReference,
}

/// A client certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExternalAuth {
    /// The Secret of type `kubernetes.io/tls`, with the keys `tls.crt` and `tls.key`.
    pub secret_ref: SecretReference,
}

/// No bind at all. There is nothing to set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnonymousAuth {}

/// How long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Timeouts {
    /// For a connection to one server, TLS included, such as `10s` (default). At least `1s`.
    #[schemars(schema_with = "duration::at_least::<1>")]
    pub connect: Duration,
    /// For the whole answer to one request, such as a page of a search: `60s`, written `1m`, is the default. At least
    /// `1s`.
    #[schemars(schema_with = "duration::at_least::<1>")]
    pub request: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), request: Duration::from_secs(60) }
    }
}
