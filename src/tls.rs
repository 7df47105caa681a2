//! TLS as a client, for the directory and the store alike: whose certificates are trusted, which name a server must
//! prove, and what a refusal means in words of the field.

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

/// How people call what a message sends them to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fields {
    /// Where certificates to trust are given, such as `spec.ldap.tls.caRef`.
    pub authorities: &'static str,
    /// What to do where the server's certificate does not have the name that we connect by.
    pub name: &'static str,
    /// What to do where the other side does not speak TLS.
    pub protocol: &'static str,
}
