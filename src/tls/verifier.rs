//! Verifies a server's certificate: by the library's path validation, or because the certificate itself is trusted. A
//! refusal carries its [`Problem`], because the library's own error says too little for an administrator.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};

use super::certificate::{Certificate, civil};
use super::problem::Problem;
use super::signature;
use super::suspect::{self, Suspect};
use super::trust::Trust;

/// What a server must prove.
#[derive(Debug, Clone)]
pub enum Proof {
    /// That its certificate is trusted and is for the name that we connect to.
    Name(Trust),
    /// That its certificate is trusted, for any name.
    Certificate(Trust),
    /// Nothing: the connection is encrypted, but the server may be any.
    Nothing,
}

/// A refusal on its way through the library.
#[derive(Debug, thiserror::Error)]
#[error("the server's certificate was refused")]
pub(super) struct Refusal(pub(super) Problem);

/// The verifier of one client.
#[derive(Debug)]
pub(super) struct Verifier {
    proof: Proof,
    /// `None`: no authority is trusted, only single certificates, or nothing has to be proved.
    paths: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    pub(super) fn new(proof: Proof, provider: Arc<CryptoProvider>) -> Self {
        let paths = match &proof {
            Proof::Name(trust) | Proof::Certificate(trust) => {
                let roots = Arc::new(trust.authorities.clone());
                // It fails only if there are no authorities, because there are no revocation lists.
                WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider)).build().ok()
            }
            Proof::Nothing => None,
        };
        Self { proof, paths, provider }
    }

    pub(super) fn verify(
        &self,
        octets: &CertificateDer<'_>,
        above: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Problem> {
        let (trust, name_counts) = match &self.proof {
            Proof::Name(trust) => (trust, true),
            Proof::Certificate(trust) => (trust, false),
            Proof::Nothing => return Ok(()),
        };
        let suspect = Suspect::new(octets, above, name, civil(now));
        if let Some(suspect) = &suspect
            && trust.exact.iter().any(|exact| exact == octets)
        {
            if let Some(problem) = suspect.date_problem() {
                return Err(problem);
            }
            // A certificate that cannot be parsed here, such as one of version 1, has no names.
            let named = || ParsedCertificate::try_from(octets).and_then(|parsed| verify_server_name(&parsed, name));
            return if name_counts && named().is_err() { Err(suspect.name_problem()) } else { Ok(()) };
        }
        let result = match &self.paths {
            Some(paths) => paths.verify_server_cert(octets, above, name, &[], now).map(drop),
            None => Err(CertificateError::UnknownIssuer.into()),
        };
        match result {
            Ok(()) => Ok(()),
            // The name is verified last, so the certificate itself is valid.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !name_counts => Ok(()),
            Err(error) => {
                tracing::debug!(%error, "certificate refused");
                Err(suspect.map_or(Problem::Unreadable, |suspect| suspect.problem(&error, trust)))
            }
        }
    }

    /// Whether the server has the key of its certificate, whatever else is wrong with the certificate.
    fn verify_key(
        octets: &CertificateDer<'_>,
        verify: impl FnOnce(Option<&Certificate>) -> Result<HandshakeSignatureValid, Error>,
    ) -> Result<HandshakeSignatureValid, Error> {
        let certificate = Certificate::read(octets);
        verify(certificate.as_ref()).map_err(|error| match (error, &certificate) {
            (Error::InvalidCertificate(CertificateError::BadSignature), Some(certificate)) => {
                refusal(suspect::key_problem(certificate))
            }
            (Error::InvalidCertificate(_), Some(certificate)) => {
                refusal(Problem::Irregular { label: certificate.label() })
            }
            (Error::InvalidCertificate(_), None) => refusal(Problem::Unreadable),
            (other, _) => other,
        })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.verify(end_entity, intermediates, server_name, now).map_err(refusal)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        Self::verify_key(cert, |certificate| signature::tls12(message, cert, certificate, dss, algorithms))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        Self::verify_key(cert, |certificate| signature::tls13(message, cert, certificate, dss, algorithms))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn refusal(problem: Problem) -> Error {
    CertificateError::Other(OtherError(Arc::new(Refusal(problem)))).into()
}
