//! What is wrong with a certificate that was refused. The library names a rule; people need to know which certificate
//! broke it, when it ends, which names it has and who signed it, and that is in the certificates themselves.

use jiff::civil::DateTime;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, Error};

use super::certificate::{Certificate, rsa_bits};
use super::problem::{Problem, Whose};
use super::trust::Trust;

/// The shortest RSA key whose signatures `ring` verifies, in bits.
const SHORTEST_RSA_KEY: usize = 2048;

/// A server's certificates, and the name that we connect by.
pub(super) struct Suspect {
    certificate: Certificate,
    above: Vec<Certificate>,
    wanted: String,
    now: DateTime,
}

impl Suspect {
    /// `None` where the server's own cannot be read.
    pub(super) fn new(
        certificate: &CertificateDer<'_>,
        above: &[CertificateDer<'_>],
        wanted: &ServerName<'_>,
        now: DateTime,
    ) -> Option<Self> {
        Some(Self {
            certificate: Certificate::read(certificate)?,
            above: above.iter().filter_map(Certificate::read).collect(),
            wanted: wanted.to_str().into_owned(),
            now,
        })
    }

    /// What speaks against it by its dates alone.
    pub(super) fn untimely(&self) -> Option<Problem> {
        let whose = |certificate: &Certificate| Whose::Server(certificate.label());
        untimely(&self.certificate, self.now, whose)
    }

    /// That it is not for the name that we connect by.
    pub(super) fn misnamed(&self) -> Problem {
        let (label, wanted) = (self.certificate.label(), self.wanted.clone());
        if self.certificate.names.is_empty() {
            let common_name = self.certificate.subject.common_name();
            return Problem::Nameless { label, wanted, common_name };
        }
        Problem::Misnamed { label, wanted, names: self.certificate.names.clone() }
    }

    /// What an error of path validation means for it.
    pub(super) fn problem(&self, error: &Error, trust: &Trust) -> Problem {
        let label = self.certificate.label();
        let Error::InvalidCertificate(error) = error else { return Problem::Irregular { label } };
        #[expect(deprecated, reason = "the variants without a context are still made for some keys")]
        match error {
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => {
                let authority = |certificate: &Certificate| Whose::Authority(certificate.label());
                let above = || self.above.iter().find_map(|above| untimely(above, self.now, authority));
                self.untimely().or_else(above).unwrap_or(Problem::Irregular { label })
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => self.misnamed(),
            CertificateError::UnknownIssuer | CertificateError::BadSignature => self.unproven(trust),
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                Problem::Purpose { label }
            }
            CertificateError::UnsupportedSignatureAlgorithm
            | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
                Problem::WeakSignature { label }
            }
            _ if self.certificate.is_authority() && self.certificate.is_self_issued() => self.unproven(trust),
            _ if self.certificate.is_authority() => Problem::Authority { label },
            _ if self.certificate.version < 3 => Problem::Version { label, version: self.certificate.version },
            _ => Problem::Irregular { label },
        }
    }

    /// Nobody who is trusted vouches for it.
    fn unproven(&self, trust: &Trust) -> Problem {
        let label = self.certificate.label();
        if self.certificate.is_self_issued() {
            return if trust.knows(&self.certificate.subject.encoding) {
                Problem::AnotherSelfSigned { label }
            } else {
                Problem::SelfSigned { label }
            };
        }
        let last = self.last();
        let issuer = last.issuer.text().unwrap_or_else(|| "an authority without a name".to_owned());
        let keys = trust.keys_of(&last.issuer.encoding);
        if let Some(bits) = keys.iter().filter_map(|key| rsa_bits(key)).find(|bits| *bits < SHORTEST_RSA_KEY) {
            return Problem::ShortKey { label: format!(" ({issuer})"), bits };
        }
        if !keys.is_empty() {
            Problem::AnotherIssuer { label, issuer }
        } else if trust.knows(&last.issuer.encoding) {
            Problem::NotAnAuthority { label, issuer }
        } else {
            Problem::UnknownIssuer { label, issuer }
        }
    }

    /// The last certificate that the server sent on the way to an authority: the one whose issuer it did not send.
    fn last(&self) -> &Certificate {
        let mut last = &self.certificate;
        // No path is longer than the certificates there are, even where names go round in a circle.
        for _ in 0..self.above.len() {
            let issuer = self.above.iter().find(|above| above.subject == last.issuer && !above.is_self_issued());
            let Some(issuer) = issuer else { break };
            last = issuer;
        }
        last
    }
}

/// That the server did not prove that the certificate is its own.
pub(super) fn not_theirs(certificate: &Certificate) -> Problem {
    let label = certificate.label();
    match rsa_bits(&certificate.key) {
        Some(bits) if bits < SHORTEST_RSA_KEY => Problem::ShortKey { label, bits },
        _ => Problem::NotTheirs { label },
    }
}

fn untimely(certificate: &Certificate, now: DateTime, whose: impl Fn(&Certificate) -> Whose) -> Option<Problem> {
    let today = now.date();
    if certificate.ends < now {
        return Some(Problem::Expired { whose: whose(certificate), on: certificate.ends.date(), today });
    }
    let from = certificate.begins.date();
    (now < certificate.begins).then(|| Problem::NotYetValid { whose: whose(certificate), from, today })
}
