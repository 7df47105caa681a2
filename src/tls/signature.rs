//! Whether the server has the key of the certificate that it shows. `rustls` reads certificates of version 3 only. One
//! that an administrator gave may be older, and its key can be used for signatures too.

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{
    WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature, verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm, SubjectPublicKeyInfoDer};
use rustls::{CertificateError, DigitallySignedStruct, Error};

use super::certificate::Certificate;
use super::der::{self, BIT_STRING, SEQUENCE};
use crate::ber;

/// RFC 5246 section 7.4.3.
pub(super) fn tls12(
    message: &[u8],
    octets: &CertificateDer<'_>,
    certificate: Option<&Certificate>,
    signed: &DigitallySignedStruct,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Result<HandshakeSignatureValid, Error> {
    let Some(Certificate { key, .. }) = certificate.filter(|certificate| certificate.version < 3) else {
        return verify_tls12_signature(message, octets, signed, algorithms);
    };
    let scheme = algorithms.mapping.iter().find(|(scheme, _)| *scheme == signed.scheme);
    let candidates = scheme.map_or(&[][..], |(_, candidates)| *candidates);
    let is_valid = candidates.iter().any(|algorithm| verify(*algorithm, key, message, signed.signature()).is_some());
    if is_valid { Ok(HandshakeSignatureValid::assertion()) } else { Err(CertificateError::BadSignature.into()) }
}

/// RFC 8446 section 4.4.3.
pub(super) fn tls13(
    message: &[u8],
    octets: &CertificateDer<'_>,
    certificate: Option<&Certificate>,
    signed: &DigitallySignedStruct,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Result<HandshakeSignatureValid, Error> {
    let Some(Certificate { key, .. }) = certificate.filter(|certificate| certificate.version < 3) else {
        return verify_tls13_signature(message, octets, signed, algorithms);
    };
    let key = ber::element(SEQUENCE, key);
    verify_tls13_signature_with_raw_key(message, &SubjectPublicKeyInfoDer::from(key), signed, algorithms)
}

/// Verifies with the key of a `SubjectPublicKeyInfo`, if it is a key for this algorithm.
fn verify(
    algorithm: &dyn SignatureVerificationAlgorithm,
    mut key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Option<()> {
    let kind = der::expect(&mut key, SEQUENCE)?;
    // The first octet counts unused bits; keys have none.
    let key = der::expect(&mut key, BIT_STRING)?.strip_prefix(&[0])?;
    if *kind != *algorithm.public_key_alg_id() {
        return None;
    }
    algorithm.verify_signature(key, message, signature).ok()
}
