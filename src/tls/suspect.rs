//! What is wrong with a certificate that was refused. The library names a rule. An administrator needs to know which
//! certificate breaks it, when it expires, which names it has and which authority signed it. The certificates show
//! that.

use jiff::civil::DateTime;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, Error};

use super::certificate::{Certificate, rsa_bits};
use super::problem::{Problem, Whose};
use super::trust::Trust;

/// The shortest RSA key whose signatures `ring` verifies, in bits.
const SHORTEST_RSA_KEY: usize = 2048;

/// A server's certificates, and the name that we connect to.
pub(super) struct Suspect {
    certificate: Certificate,
    above: Vec<Certificate>,
    host: String,
    now: DateTime,
}

impl Suspect {
    /// `None`: the server's own certificate cannot be read.
    pub(super) fn new(
        certificate: &CertificateDer<'_>,
        above: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        now: DateTime,
    ) -> Option<Self> {
        Some(Self {
            certificate: Certificate::read(certificate)?,
            above: above.iter().filter_map(Certificate::read).collect(),
            host: host.to_str().into_owned(),
            now,
        })
    }

    /// The problem with its dates, if there is one.
    pub(super) fn date_problem(&self) -> Option<Problem> {
        let whose = |certificate: &Certificate| Whose::Server(certificate.label());
        date_problem(&self.certificate, self.now, whose)
    }

    /// The problem that it is not for the name that we connect to.
    pub(super) fn name_problem(&self) -> Problem {
        let (label, host) = (self.certificate.label(), self.host.clone());
        if self.certificate.names.is_empty() {
            let common_name = self.certificate.subject.common_name();
            return Problem::Nameless { label, host, common_name };
        }
        Problem::Misnamed { label, host, names: self.certificate.names.clone() }
    }

    /// The problem that an error of path validation stands for.
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
                let above = || self.above.iter().find_map(|above| date_problem(above, self.now, authority));
                self.date_problem().or_else(above).unwrap_or(Problem::Irregular { label })
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => self.name_problem(),
            CertificateError::UnknownIssuer | CertificateError::BadSignature => self.trust_problem(trust),
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                Problem::Purpose { label }
            }
            CertificateError::UnsupportedSignatureAlgorithm
            | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
                Problem::WeakSignature { label }
            }
            _ if self.certificate.is_authority() && self.certificate.is_self_issued() => self.trust_problem(trust),
            _ if self.certificate.is_authority() => Problem::Authority { label },
            _ if self.certificate.version < 3 => Problem::Version { label, version: self.certificate.version },
            _ => match self.signer_without_right() {
                Some(issuer) => Problem::NotAnAuthority { label, issuer },
                None => Problem::Irregular { label },
            },
        }
    }

    /// The certificate on the path that signed another one and does not say that it is an authority's, by its name.
    fn signer_without_right(&self) -> Option<String> {
        let below = || std::iter::once(&self.certificate).chain(&self.above);
        let has_signed = |above: &Certificate| {
            below().any(|certificate| certificate.issuer == above.subject && !certificate.is_self_issued())
        };
        let signer = self.above.iter().find(|above| has_signed(above) && !above.is_authority())?;
        Some(signer.subject.text().unwrap_or_else(|| "a certificate without a name".to_owned()))
    }

    /// The problem that it is not signed by an authority that is trusted.
    fn trust_problem(&self, trust: &Trust) -> Problem {
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

    /// The last of the server's certificates on the path to an authority: the server did not send that of its issuer.
    fn last(&self) -> &Certificate {
        let mut last = &self.certificate;
        // A path is not longer than the number of certificates, even if the names form a circle.
        for _ in 0..self.above.len() {
            let issuer = self.above.iter().find(|above| above.subject == last.issuer && !above.is_self_issued());
            let Some(issuer) = issuer else { break };
            last = issuer;
        }
        last
    }
}

/// The problem that the server did not prove that the certificate is its own.
pub(super) fn key_problem(certificate: &Certificate) -> Problem {
    let label = certificate.label();
    match rsa_bits(&certificate.key) {
        Some(bits) if bits < SHORTEST_RSA_KEY => Problem::ShortKey { label, bits },
        _ => Problem::NotTheirs { label },
    }
}

fn date_problem(certificate: &Certificate, now: DateTime, whose: impl Fn(&Certificate) -> Whose) -> Option<Problem> {
    let (from, at) = (certificate.not_before, certificate.not_after);
    if at < now {
        return Some(Problem::Expired { whose: whose(certificate), at, now });
    }
    (now < from).then(|| Problem::NotYetValid { whose: whose(certificate), from, now })
}
