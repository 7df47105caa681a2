//! A certificate authority for one server.

use std::path::{Path, PathBuf};
use std::process::Command;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};

use super::{command, environment, folder};

const INSTALL: &str = "apt-get install -y --no-install-recommends openssl";

/// A certificate and its private key, as PEM.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The certificate.
    pub certificate: String,
    /// Its private key (PKCS #8).
    pub key: String,
}

/// A certificate authority for tests.
#[derive(Debug)]
pub struct Certificates {
    ca: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Certificates {
    /// Creates an authority.
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

    /// A server's certificate as the test changes it: its dates, its names, what it may be used for.
    #[must_use]
    pub fn server_with(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Pair {
        let (params, key) = (changed(names, change), key());
        let certificate = params.signed_by(&key, &self.issuer).expect("a signed certificate");
        Pair { certificate: certificate.pem(), key: key.serialize_pem() }
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

/// Makes a certificate expire at the end of 2024.
pub fn expired(params: &mut CertificateParams) {
    (params.not_before, params.not_after) = (date_time_ymd(2024, 1, 1), date_time_ymd(2025, 1, 1));
}

/// Makes a certificate valid only from June 2999.
pub fn early(params: &mut CertificateParams) {
    (params.not_before, params.not_after) = (date_time_ymd(2999, 6, 1), date_time_ymd(3000, 6, 1));
}

/// A server's certificate that is signed with its own key, as the test changes it.
#[must_use]
pub fn self_signed(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Pair {
    let (params, key) = (changed(names, change), key());
    let certificate = params.self_signed(&key).expect("a certificate");
    Pair { certificate: certificate.pem(), key: key.serialize_pem() }
}

/// A certificate of `openssl req -x509` with these extensions (`x509v3_config(5)`). Without extensions it has version 1.
#[must_use]
pub fn openssl(common_name: &str, extensions: &[&str]) -> Pair {
    let folder = folder::temporary("openssl");
    let section = if extensions.is_empty() { "" } else { "x509_extensions = extensions\n" };
    let configuration =
        format!("[req]\ndistinguished_name = name\n{section}[name]\n[extensions]\n{}\n", extensions.join("\n"));
    let configuration = folder::write(folder.path(), "openssl.cnf", &configuration);
    let (certificate, key) = (folder.path().join("tls.crt"), folder.path().join("tls.key"));
    let mut openssl = Command::new(environment::program(&environment::on_path("openssl"), INSTALL));
    openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]);
    openssl.args(["-subj", &format!("/CN={common_name}")]).arg("-config").arg(configuration);
    command::run(openssl.arg("-out").arg(&certificate).arg("-keyout").arg(&key));
    let read = |path: &Path| std::fs::read_to_string(path).expect("a file of ours");
    Pair { certificate: read(&certificate), key: read(&key) }
}

fn changed(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("host names and addresses");
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "server");
    change(&mut params);
    params
}

/// The paths of a server's certificate files.
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
