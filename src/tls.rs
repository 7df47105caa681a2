//! TLS clients for directories and stores: which certificates are trusted, which name a server must prove, and what a
//! refusal means.

mod certificate;
mod client;
mod der;
mod name;
mod problem;
mod signature;
mod suspect;
#[cfg(test)]
mod tests;
mod trust;
mod verifier;

pub use client::{Client, Failure, Identity, Secured, broken};
pub use trust::{Trust, Untrusted, certificates};
pub use verifier::Proof;

/// The settings that messages refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fields {
    /// The field for certificates to trust, such as `spec.ldap.tls.caRef`.
    pub authorities: &'static str,
    /// What to do if the server's certificate is not for the name that we connect to.
    pub name: &'static str,
    /// What to do if the server does not use TLS on this port.
    pub protocol: &'static str,
}
