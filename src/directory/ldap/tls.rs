//! TLS as a client: which authorities are trusted, which name the server must prove, and how a refusal reads.

use std::io;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{CertificateError, ClientConfig, RootCertStore};
use secrecy::ExposeSecret;
use tokio::io::BufReader;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::address::Address;
use crate::directory::Error;
use crate::directory::settings::{Credentials, LdapSettings};

/// What is read from the network at once, in octets: rustls asks for 4 KiB.
const NETWORK_BUFFER: usize = 64 * 1024;
const AUTHORITIES: &str = "spec.ldap.tls.caRef";
const CLIENT_CERTIFICATE: &str = "spec.ldap.auth.external.secretRef";

/// How to open TLS to any of the servers.
#[derive(Clone)]
pub(super) struct Tls {
    connector: TlsConnector,
    server_name: Option<String>,
}

impl Tls {
    /// From the settings. The crypto provider is named here, so that no process-wide default is needed.
    pub(super) async fn new(settings: &LdapSettings) -> Result<Self, Error> {
        let roots = match &settings.authorities {
            Some(pem) => given(pem)?,
            None => native().await?,
        };
        let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| configuration(AUTHORITIES, error.to_string()))?
            .with_root_certificates(roots);
        let config = match &settings.credentials {
            Credentials::External { certificate, key } => {
                let chain = certificates(CLIENT_CERTIFICATE, certificate)?;
                let key = PrivateKeyDer::from_pem_slice(key.expose_secret()).map_err(|_| {
                    configuration(CLIENT_CERTIFICATE, "`tls.key` holds no private key in PEM".to_owned())
                })?;
                builder.with_client_auth_cert(chain, key).map_err(|error| {
                    configuration(CLIENT_CERTIFICATE, format!("the certificate and the key cannot be used: {error}"))
                })?
            }
            Credentials::Simple { .. } | Credentials::Anonymous => builder.with_no_client_auth(),
        };
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), server_name: settings.server_name.clone() })
    }

    /// The handshake, on a connection on which nothing or a StartTLS exchange was sent.
    pub(super) async fn handshake(
        &self,
        stream: TcpStream,
        address: &Address,
    ) -> Result<TlsStream<BufReader<TcpStream>>, Error> {
        let name = self.server_name.as_deref().unwrap_or(&address.host);
        let proven = ServerName::try_from(name.to_owned()).map_err(|_| {
            configuration("spec.ldap.tls.serverName", format!("`{name}` is neither a host name nor an IP address"))
        })?;
        let stream = BufReader::with_capacity(NETWORK_BUFFER, stream);
        self.connector.connect(proven, stream).await.map_err(|error| refused(&error, name, address))
    }
}

/// The authorities in a PEM text; all of it must be readable.
fn given(pem: &[u8]) -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(AUTHORITIES, pem)? {
        roots
            .add(certificate)
            .map_err(|error| configuration(AUTHORITIES, format!("a certificate cannot be an authority: {error}")))?;
    }
    Ok(roots)
}

/// The authorities that the system trusts. One unreadable file among them is no error, none at all is.
async fn native() -> Result<RootCertStore, Error> {
    let loaded = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs)
        .await
        .map_err(|error| configuration(AUTHORITIES, format!("the system's authorities cannot be read: {error}")))?;
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(loaded.certs);
    if added == 0 {
        let causes: Vec<String> = loaded.errors.iter().map(ToString::to_string).collect();
        return Err(configuration(
            AUTHORITIES,
            format!(
                "is not set, and the system has no trusted authorities ({}); name the authority that signed the \
                 directory's certificate",
                if causes.is_empty() { "none found".to_owned() } else { causes.join("; ") }
            ),
        ));
    }
    Ok(roots)
}

fn certificates(field: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| configuration(field, format!("holds a certificate that is no PEM: {error}")))?;
    if certificates.is_empty() {
        return Err(configuration(field, "holds no certificate in PEM".to_owned()));
    }
    Ok(certificates)
}

fn configuration(field: &str, problem: String) -> Error {
    Error::Configuration { field: field.to_owned(), problem }
}

/// A failed handshake. What TLS refused needs a person; what broke underneath does not.
fn refused(error: &io::Error, name: &str, address: &Address) -> Error {
    let attempt = format!("opening TLS to {address}");
    let Some(refusal) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
        return Error::Unreachable { attempt, cause: error.to_string() };
    };
    let advice = match refusal {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature) => {
            "; no trusted authority signed the certificate: put the one that did into spec.ldap.tls.caRef".to_owned()
        }
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => format!(
            "; the certificate must bear `{name}` as a subject alternative name: connect by a name that it bears or \
             set spec.ldap.tls.serverName"
        ),
        rustls::Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "; the directory's certificate must be renewed".to_owned()
        }
        rustls::Error::InvalidMessage(_) => {
            "; the port speaks no TLS: check the port and spec.ldap.tls.mode".to_owned()
        }
        _ => String::new(),
    };
    Error::Tls { attempt, cause: format!("{refusal}{advice}") }
}
