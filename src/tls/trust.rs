//! Which certificates are trusted: those of authorities, and single ones themselves.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::certificate::Certificate;

/// The certificates that are trusted.
#[derive(Debug, Clone)]
pub struct Trust {
    /// Authorities. A certificate that one of them signed is trusted.
    pub(super) authorities: RootCertStore,
    /// Certificates that an administrator gave. A server that shows exactly one of them is trusted, whatever else the
    /// certificate may be used for. Most are self-signed ones of servers. Those of `openssl req -x509` say that they
    /// are an authority's, which path validation (RFC 5280 section 6) refuses for a server.
    pub(super) exact: Vec<CertificateDer<'static>>,
}

/// Why certificates cannot be used. The texts follow the name of a field.
#[derive(Debug, thiserror::Error)]
pub enum Untrusted {
    /// There is no certificate in the text.
    #[error("has no certificate in PEM; put the authority's certificate there, from -----BEGIN CERTIFICATE----- on")]
    Nothing,
    /// The text between the markers is not Base64, or a marker is missing. The library's error has a line of the text:
    /// rule `withheld-text`.
    #[error("is not valid PEM: check that each certificate is complete, from -----BEGIN CERTIFICATE----- on")]
    NotPem,
    /// The text between the markers is not a certificate.
    #[error("certificate {number} of {count} cannot be read: replace it with a complete X.509 certificate")]
    NotACertificate {
        /// Counted from 1.
        number: usize,
        /// How many there are.
        count: usize,
        /// The library's error.
        #[source]
        cause: rustls::Error,
    },
    /// The machine has no certificates of authorities.
    #[error(
        "is not set, and this machine has no trusted authorities ({cause}): give the certificate of the authority that \
         signed the server's"
    )]
    NoSystem {
        /// Why they could not be read.
        cause: String,
    },
}

impl Trust {
    /// Trust in the certificates of a PEM text, all of which must be readable.
    ///
    /// # Errors
    /// When one is not, or there is none.
    pub fn given(pem: &[u8]) -> Result<Self, Untrusted> {
        let mut trust = Self { authorities: RootCertStore::empty(), exact: certificates(pem)? };
        let count = trust.exact.len();
        for (index, certificate) in trust.exact.iter().enumerate() {
            // Otherwise the key of one server's certificate could sign certificates for all servers.
            if Certificate::read(certificate).is_none_or(|read| read.may_sign()) {
                let unreadable = |cause| Untrusted::NotACertificate { number: index + 1, count, cause };
                trust.authorities.add(certificate.clone()).map_err(unreadable)?;
            }
        }
        Ok(trust)
    }

    /// Trust in nobody: for what is not secured at all.
    #[must_use]
    pub fn nobody() -> Self {
        Self { authorities: RootCertStore::empty(), exact: Vec::new() }
    }

    /// Trust in the authorities of the machine. Files among them that cannot be read are skipped; having none is an
    /// error.
    ///
    /// # Errors
    /// When there is none.
    pub async fn system() -> Result<Self, Untrusted> {
        let loaded = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs)
            .await
            .map_err(|error| Untrusted::NoSystem { cause: error.to_string() })?;
        let mut authorities = RootCertStore::empty();
        let (added, _) = authorities.add_parsable_certificates(loaded.certs);
        if added == 0 {
            let causes: Vec<String> = loaded.errors.iter().map(ToString::to_string).collect();
            let cause = if causes.is_empty() { "none found".to_owned() } else { causes.join("; ") };
            return Err(Untrusted::NoSystem { cause });
        }
        Ok(Self { authorities, exact: Vec::new() })
    }

    /// The keys of the authorities with this name, as `SubjectPublicKeyInfo` without its header.
    pub(super) fn keys_of(&self, subject: &[u8]) -> Vec<&[u8]> {
        let named = self.authorities.roots.iter().filter(|anchor| *anchor.subject == *subject);
        named.map(|anchor| &*anchor.subject_public_key_info).collect()
    }

    /// Whether a certificate that is trusted has this subject, given as the content of its encoding.
    pub(super) fn knows(&self, subject: &[u8]) -> bool {
        self.authorities.roots.iter().any(|anchor| *anchor.subject == *subject)
            || self
                .exact
                .iter()
                .filter_map(Certificate::read)
                .any(|certificate| certificate.subject.encoding == subject)
    }
}

/// The certificates in a PEM text.
///
/// # Errors
/// When there is none, or the text is not PEM.
pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Untrusted> {
    let certificates: Vec<_> =
        CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|_| Untrusted::NotPem)?;
    if certificates.is_empty() { Err(Untrusted::Nothing) } else { Ok(certificates) }
}
