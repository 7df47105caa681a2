//! Why a server's certificate is refused: what was found, and what to do.

use jiff::civil::DateTime;

use super::Fields;
use super::certificate::HostName;

/// How many names a message has.
const NAMES_SHOWN: usize = 5;

/// What is wrong with a certificate. Labels are those of [`super::certificate::Certificate::label`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// It is no longer valid.
    Expired { whose: Whose, at: DateTime, now: DateTime },
    /// It is not valid yet.
    NotYetValid { whose: Whose, from: DateTime, now: DateTime },
    /// It is for other names.
    Misnamed { label: String, host: String, names: Vec<HostName> },
    /// It has no name that it is for.
    Nameless { label: String, host: String, common_name: Option<String> },
    /// It is signed with its own key and is not one of those that are trusted.
    SelfSigned { label: String },
    /// The same, but one of those that are trusted has its subject.
    AnotherSelfSigned { label: String },
    /// The authority that signed it is not trusted.
    UnknownIssuer { label: String, issuer: String },
    /// The trusted authority with the name of its issuer has another key.
    AnotherIssuer { label: String, issuer: String },
    /// The certificate that signed it is trusted itself, but says that it may not sign others.
    NotAnAuthority { label: String, issuer: String },
    /// It says that it is an authority's.
    Authority { label: String },
    /// It is not for servers.
    Purpose { label: String },
    /// It is signed with an algorithm that is no longer secure.
    WeakSignature { label: String },
    /// Its key is too short to be secure.
    ShortKey { label: String, bits: usize },
    /// It has a version without the extensions that are needed.
    Version { label: String, version: u8 },
    /// The server does not have the certificate's key.
    NotTheirs { label: String },
    /// It breaks a rule, or has a critical extension that is not known.
    Irregular { label: String },
    /// It is not a certificate.
    Unreadable,
}

/// Whose certificate it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whose {
    /// The server's own; its label.
    Server(String),
    /// That of an authority between the server and those that are trusted; its label.
    Authority(String),
}

impl Whose {
    fn text(&self) -> String {
        match self {
            Self::Server(label) => format!("the server's certificate{label}"),
            Self::Authority(label) => format!("the certificate of an authority above the server's{label}"),
        }
    }
}

impl Problem {
    /// The text for a message.
    pub(super) fn sentence(&self, fields: &Fields) -> String {
        let Fields { authorities, name, .. } = fields;
        match self {
            Self::Expired { whose, at, now } => format!(
                "{} expired at {} (it is {} by this machine's clock): renew it",
                whose.text(),
                utc(*at),
                utc(*now)
            ),
            Self::NotYetValid { whose, from, now } => format!(
                "{} is not valid before {} (it is {} by this machine's clock): check this machine's clock",
                whose.text(),
                utc(*from),
                utc(*now)
            ),
            Self::Misnamed { label, host, names } => {
                let found = format!("the server's certificate{label} is for {}, not for {host}", list(names));
                if names.iter().any(|name| name.text() == host) {
                    // An address as a `dNSName`, which RFC 5280 section 4.2.1.6 does not allow.
                    return format!(
                        "{found} as an address: re-issue it with the subject alternative name {}, or {name}",
                        alternative_name(host)
                    );
                }
                format!("{found}: {name}")
            }
            Self::Nameless { label, host, common_name } => {
                let common_name = common_name
                    .as_ref()
                    .map(|name| format!(", and its common name {name} does not count"))
                    .unwrap_or_default();
                format!(
                    "the server's certificate{label} has no subject alternative name{common_name}: re-issue it with \
                     the subject alternative name {}",
                    alternative_name(host)
                )
            }
            Self::SelfSigned { label } => format!(
                "the server's certificate{label} is self-signed and not trusted: if it is the right one, put it into \
                 {authorities}"
            ),
            Self::AnotherSelfSigned { label } => format!(
                "the server's certificate{label} is self-signed and is not the one in {authorities}, though it has the \
                 same subject: if it was renewed, put the new one into {authorities}; else another server answers"
            ),
            Self::UnknownIssuer { label, issuer } => format!(
                "the server's certificate{label} was signed by {issuer}, which is not trusted: put the certificate of \
                 that authority into {authorities}"
            ),
            Self::AnotherIssuer { label, issuer } => format!(
                "the server's certificate{label} was signed by another authority named {issuer} than the one that is \
                 trusted: if the authority was renewed, put its new certificate into {authorities}; else another \
                 server answers"
            ),
            Self::NotAnAuthority { label, issuer } => format!(
                "the server's certificate{label} was signed by {issuer}, which may not sign certificates (CA:FALSE, or \
                 a key usage without keyCertSign): re-issue that one as an authority's, or put the server's into \
                 {authorities}"
            ),
            Self::Authority { label } => format!(
                "the server's certificate{label} is one of an authority (CA:TRUE), not of a server: re-issue it \
                 without CA:TRUE, or put exactly this certificate into {authorities}"
            ),
            Self::Purpose { label } => format!(
                "the server's certificate{label} may not be used by a server: re-issue it with the extended key usage \
                 serverAuth"
            ),
            Self::WeakSignature { label } => format!(
                "the server's certificate{label}, or one above it, is signed with an algorithm that is not accepted, \
                 such as SHA-1: re-issue it with SHA-256"
            ),
            Self::ShortKey { label, bits } => format!(
                "the RSA key of the certificate{label} has {bits} bits, which is too short: re-issue it with a key of \
                 2048 bits or more"
            ),
            Self::Version { label, version } => format!(
                "the server's certificate{label} is an X.509 certificate of version {version}: re-issue it as version \
                 3 with the subject alternative name of the server, or put exactly this certificate into {authorities}"
            ),
            Self::NotTheirs { label } => format!(
                "the server did not prove that it has the key of its certificate{label}: check that its key belongs to \
                 its certificate"
            ),
            Self::Irregular { label } => format!(
                "the server's certificate{label}, or one above it, breaks a rule for certificates (RFC 5280) or has a \
                 critical extension that is not supported: re-issue it"
            ),
            Self::Unreadable => {
                "the server's certificate cannot be read: replace it with a valid X.509 certificate".to_owned()
            }
        }
    }
}

/// A time as people read it.
fn utc(time: DateTime) -> impl std::fmt::Display {
    time.strftime("%Y-%m-%d %H:%M UTC")
}

/// The name in the form of OpenSSL and most other tools.
fn alternative_name(host: &str) -> String {
    let kind = if host.parse::<std::net::IpAddr>().is_ok() { "IP" } else { "DNS" };
    format!("{kind}:{host}")
}

/// `a, b and 3 more`.
fn list(names: &[HostName]) -> String {
    let shown: Vec<&str> = names.iter().take(NAMES_SHOWN).map(HostName::text).collect();
    match names.len().saturating_sub(NAMES_SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
