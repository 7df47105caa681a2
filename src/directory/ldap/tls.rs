//! TLS to a directory server: from the settings to [`crate::tls`], and from its failures to errors of a read.

use secrecy::ExposeSecret;
use tokio::io::BufReader;
use tokio::net::TcpStream;

use super::address::Address;
use crate::directory::Error;
use crate::directory::settings::{Credentials, LdapSettings};
use crate::tls::{Client, Failure, Fields, Identity, Proof, Secured, Trust, certificates};

/// How much is read from the network at a time, in octets. rustls asks for 4 KiB.
const NETWORK_BUFFER: usize = 64 * 1024;
const CLIENT_CERTIFICATE: &str = "spec.ldap.auth.external.secretRef";
const FIELDS: Fields = Fields {
    authorities: "spec.ldap.tls.caRef",
    name: "connect to a name that it has, or set spec.ldap.tls.serverName",
    protocol: PROTOCOL,
};
/// What to do where a port does not use TLS.
const PROTOCOL: &str = "the port does not use TLS: check the port and spec.ldap.tls.mode";

/// How to open TLS to any of the servers.
#[derive(Clone)]
pub(super) struct Tls {
    client: Client,
    server_name: Option<String>,
}

impl Tls {
    /// From the settings.
    pub(super) async fn new(settings: &LdapSettings) -> Result<Self, Error> {
        let trust = match &settings.authorities {
            Some(pem) => Trust::given(pem.expose_secret()),
            None => Trust::system().await,
        };
        let trust = trust.map_err(|error| Error::invalid(FIELDS.authorities, error))?;
        let identity =
            match &settings.credentials {
                Credentials::External { certificate, key } => {
                    let chain = certificates(certificate.expose_secret())
                        .map_err(|error| Error::invalid(CLIENT_CERTIFICATE, error))?;
                    let identity = Identity::new(chain, key.expose_secret());
                    Some(identity.ok_or_else(|| {
                        Error::configuration(CLIENT_CERTIFICATE, "`tls.key` has no private key in PEM")
                    })?)
                }
                Credentials::Simple { .. } | Credentials::Anonymous => None,
            };
        let client = Client::new(Proof::Name(trust), identity, FIELDS).ok_or_else(|| {
            Error::configuration(CLIENT_CERTIFICATE, "the certificate and the key do not belong together")
        })?;
        Ok(Self { client, server_name: settings.server_name.clone() })
    }

    /// The handshake, on a new connection or after a StartTLS exchange.
    pub(super) async fn handshake(
        &self,
        stream: TcpStream,
        address: &Address,
    ) -> Result<Secured<BufReader<TcpStream>>, Error> {
        let name = self.server_name.as_deref().unwrap_or(&address.host);
        let stream = BufReader::with_capacity(NETWORK_BUFFER, stream);
        let attempt = || format!("opening TLS to {address}");
        self.client.connect(stream, name).await.map_err(|failure| match failure {
            Failure::NotAName => {
                let problem = format!("`{name}` is neither a host name nor an IP address");
                Error::configuration("spec.ldap.tls.serverName", problem)
            }
            Failure::Refused { text, cause } => Error::tls(attempt(), text).caused_by(cause),
            Failure::Broken { text, cause } => Error::unreachable(attempt(), text).caused_by(cause),
        })
    }
}
