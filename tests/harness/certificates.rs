//! A certificate authority for one server.

use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};

use super::folder;

/// A certificate and its private key, as PEM.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The certificate.
    pub certificate: String,
    /// Its private key (PKCS #8).
    pub key: String,
}

/// A certificate authority that exists only here.
#[derive(Debug)]
pub struct Certificates {
    ca: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Certificates {
    /// A new one.
    #[must_use]
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "directory-group-sync test CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = key();
        let ca = params.self_signed(&key).expect("a certificate of the CA").pem();
        Self { ca, issuer: Issuer::new(params, key) }
    }

    /// The CA's own certificate, as PEM.
    #[must_use]
    pub fn ca(&self) -> &str {
        &self.ca
    }

    /// A server's certificate for these host names and addresses, all of them in its subjectAltName.
    #[must_use]
    pub fn server(&self, names: &[&str]) -> Pair {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        self.issue(&names[0], &names, ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// A client's certificate with this common name.
    #[must_use]
    pub fn client(&self, common_name: &str) -> Pair {
        self.issue(common_name, &[], ExtendedKeyUsagePurpose::ClientAuth)
    }

    /// Writes `ca.crt`, `tls.crt` and `tls.key` (readable by its owner only) of a server into the folder.
    pub fn write_server(&self, names: &[&str], into: &Path) -> Files {
        let pair = self.server(names);
        Files {
            ca: folder::write(into, "ca.crt", &self.ca),
            certificate: folder::write(into, "tls.crt", &pair.certificate),
            key: folder::write_private(into, "tls.key", &pair.key),
        }
    }

    fn issue(&self, common_name: &str, names: &[String], purpose: ExtendedKeyUsagePurpose) -> Pair {
        let mut params = CertificateParams::new(names).expect("host names and addresses");
        params.distinguished_name.push(DnType::CommonName, common_name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![purpose];
        let key = key();
        let certificate = params.signed_by(&key, &self.issuer).expect("a signed certificate");
        Pair { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

impl Default for Certificates {
    fn default() -> Self {
        Self::new()
    }
}

/// Where a server finds its certificate.
#[derive(Debug, Clone)]
pub struct Files {
    /// The CA's certificate.
    pub ca: PathBuf,
    /// The server's.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// A new private key (ECDSA P-256).
#[must_use]
pub fn key() -> KeyPair {
    KeyPair::generate().expect("a key pair")
}
