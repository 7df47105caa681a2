//! The handshake, and what its failure means.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{AlertDescription, CertificateError, ClientConfig, Error, PeerIncompatible};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

use super::Fields;
use super::verifier::{Proof, Refusal, Verifier};

/// A connection that TLS secures.
pub type Secured<S> = tokio_rustls::client::TlsStream<S>;

/// Opens TLS to any of the servers of one side.
#[derive(Clone)]
pub struct Client {
    config: Arc<ClientConfig>,
    connector: TlsConnector,
    fields: Fields,
}

/// A client certificate with the certificates up to an authority, and its key.
#[derive(Debug)]
pub struct Identity {
    /// The certificate first.
    pub chain: Vec<CertificateDer<'static>>,
    /// Its private key.
    pub key: PrivateKeyDer<'static>,
}

/// Why a connection is not secured.
#[derive(Debug)]
pub enum Failure {
    /// The name that should be proved is neither a host name nor an IP address.
    NotAName,
    /// One side refused the other, so an administrator must change something.
    Refused {
        /// What was found and what to do.
        text: String,
        /// The library's error.
        cause: io::Error,
    },
    /// The connection broke.
    Broken {
        /// Why.
        text: String,
        /// The error behind it.
        cause: io::Error,
    },
}

impl Identity {
    /// With the first private key of a PEM text; `None` if it has none.
    #[must_use]
    pub fn new(chain: Vec<CertificateDer<'static>>, key: &[u8]) -> Option<Self> {
        Some(Self { chain, key: PrivateKeyDer::from_pem_slice(key).ok()? })
    }
}

impl Client {
    /// A client that asks servers for this proof. It has its own crypto provider, so there is no default for the
    /// process. `None`: the client's certificate and key do not belong together.
    #[must_use]
    pub fn new(proof: Proof, identity: Option<Identity>, fields: Fields) -> Option<Self> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = Arc::new(Verifier::new(proof, Arc::clone(&provider)));
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .ok()?
            // A verifier of our own counts as dangerous. This one refuses all that the library refuses, but for the
            // exact certificates that an administrator gave.
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let config = match identity {
            Some(Identity { chain, key }) => builder.with_client_auth_cert(chain, key).ok()?,
            None => builder.with_no_client_auth(),
        };
        let config = Arc::new(config);
        Some(Self { connector: TlsConnector::from(Arc::clone(&config)), config, fields })
    }

    /// Its settings, for a library that makes connections of its own.
    #[must_use]
    pub fn config(&self) -> ClientConfig {
        (*self.config).clone()
    }

    /// What the failure of such a connection means, if one side refused the other.
    #[must_use]
    pub fn explain(&self, error: &(dyn StdError + 'static)) -> Option<String> {
        within(error).map(|refusal| self.refusal(refusal))
    }

    /// The handshake, on a connection on which nothing of it was sent yet. The server must prove the name.
    ///
    /// # Errors
    /// When either side refuses the other, or the connection breaks.
    pub async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        name: &str,
    ) -> Result<Secured<S>, Failure> {
        let proven = ServerName::try_from(name.to_owned()).map_err(|_| Failure::NotAName)?;
        self.connector.connect(proven, stream).await.map_err(|error| self.failure(error))
    }

    fn failure(&self, cause: io::Error) -> Failure {
        let Fields { protocol, .. } = self.fields;
        if let Some(refusal) = library(&cause) {
            tracing::debug!(error = %refusal, "TLS handshake failed");
            return Failure::Refused { text: self.refusal(refusal), cause };
        }
        let text = match cause.kind() {
            ErrorKind::UnexpectedEof
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe => {
                format!("the server closed the connection in the handshake; most likely {protocol}")
            }
            _ => cause.to_string(),
        };
        Failure::Broken { text, cause }
    }

    fn refusal(&self, error: &Error) -> String {
        match error {
            Error::InvalidCertificate(CertificateError::Other(other)) => match other.0.downcast_ref::<Refusal>() {
                Some(Refusal(problem)) => problem.sentence(&self.fields),
                None => text(error),
            },
            Error::InvalidMessage(_) => self.fields.protocol.to_owned(),
            _ => text(error),
        }
    }
}

/// Why a connection that TLS secures broke after the handshake. With TLS 1.3 a server refuses a client's certificate
/// only when the client has finished the handshake (RFC 8446 section 4.4.2.4).
#[must_use]
pub fn broken(error: &io::Error) -> String {
    match library(error) {
        Some(cause) => text(cause),
        None if error.kind() == ErrorKind::UnexpectedEof => "the server closed the connection".to_owned(),
        None => error.to_string(),
    }
}

fn library(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

/// The library's error behind another one. An `io::Error` passes its own source over.
fn within<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Error> {
    if let Some(found) = error.downcast_ref() {
        return Some(found);
    }
    let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    match inner {
        Some(inner) => within(inner),
        None => within(error.source()?),
    }
}

/// The text for an error of the library.
fn text(error: &Error) -> String {
    const VERSIONS: &str = "the server offers no version of TLS that is accepted: enable TLS 1.2 or 1.3 on it";
    const CIPHERS: &str = "the server and this program have no TLS cipher suite, key exchange or signature algorithm in \
                           common: enable TLS 1.3, or ECDHE with AES-GCM, and use a certificate with an RSA key of 2048 \
                           bits or more, or an ECDSA key on P-256 or P-384";
    match error {
        Error::AlertReceived(alert) => match alert {
            AlertDescription::ProtocolVersion => VERSIONS.to_owned(),
            AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => CIPHERS.to_owned(),
            AlertDescription::UnrecognisedName => "the server does not know the name that we connect to".to_owned(),
            AlertDescription::CertificateRequired | AlertDescription::NoCertificate => {
                "the server requires a client certificate".to_owned()
            }
            AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied => {
                format!("the server refused the client certificate (TLS alert {})", u8::from(*alert))
            }
            other => format!("the server ended the connection (TLS alert {})", u8::from(*other)),
        },
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13 | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => VERSIONS.to_owned(),
        Error::PeerIncompatible(_) => CIPHERS.to_owned(),
        _ => "the server violates the TLS protocol".to_owned(),
    }
}
