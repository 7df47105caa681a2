//! One connection to the server. It is ours, and so is TLS: the driver has no bounds on what a server sends, no way to
//! trust a single certificate as itself, nor does it tell what a refused one says of itself. The octets reach the driver
//! through a [`Tunnel`].

use std::io;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use secrecy::ExposeSecret;
use socket2::{SockRef, TcpKeepalive};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, PgConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::tunnel::Tunnel;
use crate::store::Error;
use crate::store::sql::failure::{during, unreachable};
use crate::store::sql::url::{AUTHORITIES, PostgresAddress, Tls, misconfigured};
use crate::tls::{Client, Failure, Fields, Proof, Secured, Trust};

/// What is read from the network at once, in octets: rustls asks for 4 KiB.
const NETWORK_BUFFER: usize = 64 * 1024;
/// A peer that vanished without a word is noticed after 60 s + 4 × 15 s.
const KEEPALIVE_IDLE: Duration = Duration::from_mins(1);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(15);
const KEEPALIVE_PROBES: u32 = 4;
/// `SSLRequest`: its length and its code (PostgreSQL manual, "Message Formats").
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

pub(super) const FIELDS: Fields = Fields {
    authorities: AUTHORITIES,
    name: "connect to a name that it has in the URL, or, where any name will do, with sslmode=verify-ca and \
           spec.sql.tls.caRef",
    protocol: "the port speaks no TLS: check the host and the port in the URL",
};

/// A connection. Dropped, it is closed, and the server rolls back what was not committed.
#[derive(Debug)]
pub(super) struct Connection {
    driver: PgConnection,
    _tunnel: Tunnel,
}

impl Connection {
    /// TCP, TLS and sign-in.
    pub(super) async fn open(address: &PostgresAddress, trust: Option<&Trust>, attempt: &str) -> Result<Self, Error> {
        let opened = match proof(address.tls, trust).await? {
            Some(proof) => Tunnel::open(secure(address, proof, attempt).await?, address.port),
            None => Tunnel::open(connect(address, attempt).await?, address.port),
        };
        let (folder, tunnel) = opened.map_err(|error| {
            Error::unexpected(attempt, format!("a socket within this program cannot be opened: {error}"))
                .caused_by(error)
        })?;
        let driver = options(address).socket(folder).connect().await.map_err(during(attempt))?;
        Ok(Self { driver, _tunnel: tunnel })
    }
}

impl Deref for Connection {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.driver
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.driver
    }
}

/// What the server must prove; `None` for a connection in clear. As with libpq's `sslrootcert`, only what is given is
/// trusted. Without it, whoever has a certificate of any public authority would pass a verification of no name.
async fn proof(tls: Tls, given: Option<&Trust>) -> Result<Option<Proof>, Error> {
    Ok(match (tls, given) {
        (Tls::VerifyFull, Some(given)) => Some(Proof::Name(given.clone())),
        (Tls::VerifyFull, None) => {
            let system = Trust::system().await;
            Some(Proof::Name(system.map_err(|error| Error::configuration(FIELDS.authorities, error.to_string()))?))
        }
        (Tls::VerifyAuthority | Tls::Require, Some(given)) => Some(Proof::Certificate(given.clone())),
        (Tls::VerifyAuthority, None) => {
            let problem = "is not set, and sslmode=verify-ca trusts a certificate of this authority for any name: name \
                           the authority that signed the server's certificate, or use sslmode=verify-full in the URL";
            return Err(Error::configuration(FIELDS.authorities, problem));
        }
        (Tls::Require, None) => Some(Proof::Nothing),
        (Tls::Disable, _) => None,
    })
}

async fn connect(address: &PostgresAddress, attempt: &str) -> Result<TcpStream, Error> {
    let failed = |error: io::Error| unreachable(attempt, error);
    let stream = TcpStream::connect((address.host.as_str(), address.port)).await.map_err(failed)?;
    stream.set_nodelay(true).map_err(failed)?;
    let keepalive =
        TcpKeepalive::new().with_time(KEEPALIVE_IDLE).with_interval(KEEPALIVE_INTERVAL).with_retries(KEEPALIVE_PROBES);
    SockRef::from(&stream).set_tcp_keepalive(&keepalive).map_err(failed)?;
    Ok(stream)
}

async fn secure(
    address: &PostgresAddress,
    proof: Proof,
    attempt: &str,
) -> Result<Secured<BufReader<TcpStream>>, Error> {
    let failed = |error: io::Error| unreachable(attempt, error);
    let refused = |problem: String| Error::tls(attempt, problem);
    let client = Client::new(proof, None, FIELDS).ok_or_else(|| refused("TLS cannot be set up".to_owned()))?;
    let mut stream = connect(address, attempt).await?;
    stream.write_all(&SSL_REQUEST).await.map_err(failed)?;
    // One octet and no more: whatever was slipped in behind it in clear is for the handshake, which it breaks.
    match stream.read_u8().await.map_err(failed)? {
        b'S' => {}
        b'N' => {
            return Err(refused(
                "the server offers no TLS: set ssl = on in its configuration, or, where the network is trusted, \
                 sslmode=disable in the URL"
                    .to_owned(),
            ));
        }
        // An error of a server that has not proved who it is, so its words are left out (CVE-2024-10977).
        b'E' => {
            let problem = "the server answered the request for TLS with an error: look into its log";
            return Err(Error::unreachable(attempt, problem));
        }
        _ => {
            return Err(refused(
                "what listens there is not a PostgreSQL server: check the host and the port in the URL".to_owned(),
            ));
        }
    }
    let stream = BufReader::with_capacity(NETWORK_BUFFER, stream);
    client.connect(stream, &address.host).await.map_err(|failure| match failure {
        Failure::NotAName => {
            misconfigured("the host is neither a host name nor an IP address that a certificate could prove")
        }
        Failure::Refused { text, cause } => refused(text).caused_by(cause),
        Failure::Broken { text, cause } => Error::unreachable(attempt, text).caused_by(cause),
    })
}

/// Every field that the driver would else take from `PG…` variables is set, the password above all: it must not go
/// where somebody's URL points.
fn options(address: &PostgresAddress) -> PgConnectOptions {
    let PostgresAddress { host, port, username, password, database, application_name, .. } = address;
    PgConnectOptions::new_without_pgpass()
        .host(host)
        .port(*port)
        .username(username)
        .password(password.expose_secret())
        .database(database)
        .application_name(application_name)
        .ssl_mode(PgSslMode::Disable)
        // What a pooler between us and the server might not have: a startup parameter, named statements.
        .extra_float_digits(None)
        .statement_cache_capacity(0)
        .disable_statement_logging()
}
