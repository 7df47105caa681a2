//! The settings of a `Directory` object, with its references resolved.

use std::time::Duration;

use secrecy::{SecretSlice, SecretString};

use crate::traffic::Traffic;

/// How to read one directory.
#[derive(Debug, Clone)]
pub struct DirectorySettings {
    /// The default of both other bases. In an LDIF file the external id of this entry is the directory id.
    pub base_dn: String,
    /// `spec.schema`.
    pub schema: SchemaChoice,
    /// The base, filter and attributes of groups.
    pub groups: GroupScope,
    /// The base, filter and attributes of users.
    pub users: UserScope,
    /// The source of the entries.
    pub source: Source,
}

impl DirectorySettings {
    /// With this as what counts the requests to its servers.
    #[must_use]
    pub fn counted(mut self, traffic: Traffic) -> Self {
        if let Source::Ldap(ldap) = &mut self.source {
            ldap.traffic = traffic;
        }
        self
    }
}

/// `spec.schema`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaChoice {
    /// Detected: by the root DSE, or by the object classes of a file.
    Auto,
    /// Active Directory and Samba.
    ActiveDirectory,
    /// Active Directory Lightweight Directory Services.
    AdLds,
    /// `posixGroup` with `memberUid`.
    Rfc2307,
    /// `groupOfNames`, `groupOfUniqueNames`, `posixGroup` with `member`, `uniqueMember` or `memberUid` as found.
    Rfc2307bis,
    /// FreeIPA.
    FreeIpa,
}

/// `spec.groups`; `None` is the schema's default.
#[derive(Debug, Clone, Default)]
pub struct GroupScope {
    /// The base of the search, which includes everything below.
    pub base_dn: Option<String>,
    /// The filter that a group must match.
    pub filter: Option<String>,
    /// The attribute with the group's name.
    pub name: Option<String>,
    /// The attribute with its description.
    pub description: Option<String>,
}

/// `spec.users`; `None` is the schema's default.
#[derive(Debug, Clone, Default)]
pub struct UserScope {
    /// The base of the search, which includes everything below.
    pub base_dn: Option<String>,
    /// The filter that a user must match.
    pub filter: Option<String>,
    /// The attribute with the username.
    pub username: Option<String>,
    /// The attribute with the e-mail address.
    pub email: Option<String>,
    /// The attribute with the given name.
    pub first_name: Option<String>,
    /// The attribute with the family name.
    pub last_name: Option<String>,
    /// The attribute with the display name.
    pub display_name: Option<String>,
    /// The attribute with the telephone number.
    pub phone: Option<String>,
}

/// A source of entries.
#[derive(Debug, Clone)]
pub enum Source {
    /// One or more LDAP servers.
    Ldap(LdapSettings),
    /// An LDIF file, already in memory.
    Ldif {
        /// What errors call it: a path, or the object and key with its content.
        origin: String,
        /// Its octets, which may be those of any Secret or file.
        content: SecretSlice<u8>,
    },
}

/// `spec.ldap`.
#[derive(Debug, Clone)]
pub struct LdapSettings {
    /// `host` or `host:port`, tried in order.
    pub servers: Vec<String>,
    /// How the connection is secured.
    pub tls: TlsMode,
    /// The name that the certificate must have, if it is not that of the host.
    pub server_name: Option<String>,
    /// The certificates to trust, in PEM; `None`: those of the system.
    pub authorities: Option<SecretSlice<u8>>,
    /// Whether a password may be sent unencrypted.
    pub allow_plaintext_password: bool,
    /// The bind account.
    pub credentials: Credentials,
    /// The time limit for TCP, TLS and StartTLS together.
    pub connect_timeout: Duration,
    /// The time limit for one request and its complete answer (one page).
    pub request_timeout: Duration,
    /// What counts the requests.
    pub traffic: Traffic,
}

/// `spec.ldap.tls.mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMode {
    /// TLS from the first byte, port 636.
    Ldaps,
    /// The StartTLS operation on port 389, RFC 4511 section 4.14; never falls back.
    StartTls,
    /// No TLS, port 389.
    None,
}

/// `spec.ldap.auth`.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// A simple bind.
    Simple {
        /// A distinguished name, or in Active Directory a user principal name.
        username: SecretString,
        /// Never empty: with an empty one the bind would be anonymous (RFC 4513 section 5.1.2).
        password: SecretString,
    },
    /// A client certificate and SASL EXTERNAL.
    External {
        /// The certificate chain in PEM.
        certificate: SecretSlice<u8>,
        /// The private key in PEM.
        key: SecretSlice<u8>,
    },
    /// Without a bind.
    Anonymous,
}
