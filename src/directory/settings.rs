//! What a `Directory` object means once its references are resolved.

use std::time::Duration;

use secrecy::{SecretSlice, SecretString};

/// How to read one directory.
#[derive(Debug, Clone)]
pub struct DirectorySettings {
    /// The entry whose external id is the directory id of an LDIF file, and the default of both other bases.
    pub base_dn: String,
    /// What `spec.schema` says.
    pub schema: SchemaChoice,
    /// Where groups are and what they look like.
    pub groups: GroupScope,
    /// Where users are and what they look like.
    pub users: UserScope,
    /// Where the entries come from.
    pub source: Source,
}

/// `spec.schema`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaChoice {
    /// By the root DSE, for a file by object class.
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
    /// Where to search, with everything below.
    pub base_dn: Option<String>,
    /// What a group must match.
    pub filter: Option<String>,
    /// The attribute with the group's name.
    pub name: Option<String>,
    /// The attribute with its description.
    pub description: Option<String>,
}

/// `spec.users`; `None` is the schema's default.
#[derive(Debug, Clone, Default)]
pub struct UserScope {
    /// Where to search, with everything below.
    pub base_dn: Option<String>,
    /// What a user must match.
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

/// Where entries come from.
#[derive(Debug, Clone)]
pub enum Source {
    /// One or more LDAP servers.
    Ldap(LdapSettings),
    /// An LDIF file, already in memory.
    Ldif {
        /// What errors call it: a path, or the object and key that hold it.
        origin: String,
        /// Its octets.
        content: Vec<u8>,
    },
}

/// `spec.ldap`.
#[derive(Debug, Clone)]
pub struct LdapSettings {
    /// `host` or `host:port`, tried in order.
    pub servers: Vec<String>,
    /// How the connection is secured.
    pub tls: TlsMode,
    /// The name that the certificate must bear, where it is not the host's.
    pub server_name: Option<String>,
    /// Authorities in PEM; `None`: the system's.
    pub authorities: Option<Vec<u8>>,
    /// Whether a password may travel in clear.
    pub allow_plaintext_password: bool,
    /// Who reads.
    pub credentials: Credentials,
    /// TCP, TLS and StartTLS together.
    pub connect_timeout: Duration,
    /// One request and its whole answer (one page).
    pub request_timeout: Duration,
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
        username: String,
        /// Never empty: an empty one would bind as nobody (RFC 4513 section 5.1.2).
        password: SecretString,
    },
    /// A client certificate and SASL EXTERNAL.
    External {
        /// The certificate chain in PEM.
        certificate: Vec<u8>,
        /// The private key in PEM.
        key: SecretSlice<u8>,
    },
    /// No bind at all.
    Anonymous,
}
