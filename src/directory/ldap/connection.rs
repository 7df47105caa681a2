//! One connection: TCP, then TLS or StartTLS, then a relay that passes the octets to `ldap3` over a pair of sockets,
//! through the guard. Its tasks end with the value, so dropping a read closes the connection. Every wait has an end:
//! the connect time-out covers everything up to the bind, the request time-out the bind and each whole answer.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError, StdStream};
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpStream, UnixStream, lookup_host};
use tokio::task::JoinSet;

use super::address::Address;
use super::bind::{self, Refusal, Unbound};
use super::entry_queue::EntryQueue;
use super::guard::Violation;
use super::relay::{self, End, Transport};
use super::start_tls;
use super::tls::Tls;
use super::withheld::Withheld;
use crate::directory::Error;
use crate::directory::settings::{LdapSettings, TlsMode};
use crate::traffic::Traffic;

/// A server that is gone without closing the connection is noticed after 60 s + 4 × 15 s.
const KEEPALIVE_IDLE: Duration = Duration::from_mins(1);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(15);
const KEEPALIVE_PROBES: u32 = 4;
/// How long the tasks of a lost connection may take to say why.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// With TLS 1.3 the handshake is over before the server has checked the client's certificate.
const CHECK_CERTIFICATE: &str =
    "it may require a client certificate, or refuse the one of spec.ldap.auth.external: check its log";

/// A bound connection to one server.
pub(super) struct Connection {
    pub(super) ldap: Ldap,
    pub(super) address: Address,
    request_timeout: Duration,
    traffic: Traffic,
    /// What is taken out of the server's words.
    pub(super) withheld: Withheld,
    /// The entries that arrived.
    pub(super) queue: Arc<EntryQueue>,
    tasks: JoinSet<Result<(), End>>,
}

impl Connection {
    /// Connects to the first server that can be reached, and binds there, once.
    pub(super) async fn open(settings: &LdapSettings) -> Result<Self, Error> {
        bind::check(settings)?;
        let addresses =
            settings.servers.iter().map(|text| Address::parse(text, settings.tls)).collect::<Result<Vec<_>, _>>()?;
        let tls = match settings.tls {
            TlsMode::Ldaps | TlsMode::StartTls => Some(Tls::new(settings).await?),
            TlsMode::None => None,
        };
        let mut failures = Vec::new();
        for address in addresses {
            match Self::reach(settings, tls.as_ref(), address).await {
                Ok(connection) => {
                    // If no server is reached, the returned error says so.
                    for error in failures {
                        tracing::warn!(%error, "cannot use directory server");
                    }
                    return Ok(connection);
                }
                Err(Refusal::OutOfService(error)) => failures.push(error),
                Err(Refusal::Final(error)) => return Err(error),
            }
        }
        Err(none_reached(failures))
    }

    async fn reach(settings: &LdapSettings, tls: Option<&Tls>, address: Address) -> Result<Self, Refusal> {
        let attempt = format!("connecting to {address}");
        let limit = settings.connect_timeout;
        let transport =
            within(limit, &attempt, connect(settings.tls, tls, &address)).await.map_err(|error| match error {
                Error::Unreachable { .. } | Error::Tls { .. } | Error::TimedOut { .. } => Refusal::OutOfService(error),
                other => Refusal::Final(other),
            })?;
        let mut connection = Self::start(transport, address, settings).await.map_err(Refusal::Final)?;
        let attempt = bind::attempt(&connection.address);
        let bound =
            bind::bind(connection.ldap.clone(), &connection.address, &settings.credentials, &connection.withheld);
        match settings.traffic.count(tokio::time::timeout(settings.request_timeout, bound)).await {
            Ok(Ok(())) => Ok(connection),
            Ok(Err(Unbound::Refused(refusal))) => Err(refusal),
            Ok(Err(Unbound::Lost(error))) => Err(Refusal::Final(connection.lost(&attempt, error).await)),
            Err(_) => Err(Refusal::Final(Error::timed_out(attempt, settings.request_timeout))),
        }
    }

    /// Gives one end of a socket pair to `ldap3` and relays between the other end and the server.
    async fn start(transport: Transport, address: Address, settings: &LdapSettings) -> Result<Self, Error> {
        let failed = |error: LdapError| {
            Error::unreachable(format!("connecting to {address}"), error.to_string()).caused_by(error)
        };
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().map_err(|error| failed(error.into()))?;
        let withheld = Withheld::new(&settings.credentials);
        let LdapSettings { request_timeout, tls, .. } = *settings;
        let traffic = settings.traffic.clone();
        let advice = if tls == TlsMode::None { start_tls::MOST_LIKELY_LDAPS } else { CHECK_CERTIFICATE };
        let settings = LdapConnSettings::new().set_std_stream(StdStream::Unix(theirs));
        let (driver, ldap) = LdapConnAsync::with_settings(settings, "ldapi://x").await.map_err(failed)?;
        ours.set_nonblocking(true).map_err(|error| failed(error.into()))?;
        let ours = UnixStream::from_std(ours).map_err(|error| failed(error.into()))?;
        let queue = Arc::new(EntryQueue::default());
        let mut tasks = JoinSet::new();
        tasks.spawn(relay::relay(transport, ours, Arc::clone(&queue), traffic.clone(), advice));
        tasks.spawn(async move { driver.drive().await.map_err(End::Driver) });
        Ok(Self { ldap, address, request_timeout, traffic, withheld, queue, tasks })
    }

    /// One request with its whole answer, within the request time-out.
    pub(super) async fn within<T>(
        &self,
        attempt: &str,
        request: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        self.traffic.count(within(self.request_timeout, attempt, request)).await
    }

    /// Why the connection ended, by its tasks: `ldap3` itself only says that it ended.
    pub(super) async fn lost(&mut self, attempt: &str, said: LdapError) -> Error {
        let mut cause = None;
        while let Ok(Some(ended)) = tokio::time::timeout(LAST_WORDS, self.tasks.join_next()).await {
            match ended {
                Ok(Ok(())) => {}
                Ok(Err(end @ (End::Closed(_) | End::Broken(_)))) => cause = Some(end),
                Ok(Err(end @ End::Driver(_))) => cause = cause.or(Some(end)),
                Ok(Err(End::Refused(violation))) => {
                    let cause = self.withheld.without(&format!("{}: {violation}", self.address));
                    let error = match violation {
                        Violation::Malformed(_) => Error::malformed(attempt, cause),
                        Violation::TooMuch(_) => Error::incomplete(attempt, cause),
                        Violation::NoticeOfDisconnection(_) => Error::unreachable(attempt, cause),
                    };
                    return error;
                }
                // The driver panics on what it cannot decode.
                Err(_) => {
                    let cause = format!("{} sent an answer that breaks the protocol", self.address);
                    return Error::malformed(attempt, cause);
                }
            }
        }
        let lost = format!("the connection to {} was lost", self.address);
        match cause {
            Some(end) => Error::unreachable(attempt, format!("{lost}: {end}")).caused_by(end),
            None => Error::unreachable(attempt, format!("{lost} ({said})")).caused_by(said),
        }
    }
}

async fn connect(mode: TlsMode, tls: Option<&Tls>, address: &Address) -> Result<Transport, Error> {
    let attempt = || format!("connecting to {address}");
    let failed = |error: io::Error| {
        let cause = match error.kind() {
            ErrorKind::ConnectionRefused => {
                "the connection was refused: check that the server is running, and its host and port in \
                 spec.ldap.servers"
                    .to_owned()
            }
            ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
                "there is no route to the server: check the network, and the host in spec.ldap.servers".to_owned()
            }
            _ => error.to_string(),
        };
        Error::unreachable(attempt(), cause).caused_by(error)
    };
    let addresses = lookup_host((address.host.as_str(), address.port)).await.map_err(|error| {
        let cause = "the host name cannot be resolved: check it in spec.ldap.servers, and the DNS server";
        Error::unreachable(attempt(), cause).caused_by(error)
    })?;
    let addresses: Vec<SocketAddr> = addresses.collect();
    let mut stream = TcpStream::connect(addresses.as_slice()).await.map_err(failed)?;
    stream.set_nodelay(true).map_err(failed)?;
    let keepalive =
        TcpKeepalive::new().with_time(KEEPALIVE_IDLE).with_interval(KEEPALIVE_INTERVAL).with_retries(KEEPALIVE_PROBES);
    SockRef::from(&stream).set_tcp_keepalive(&keepalive).map_err(failed)?;
    let Some(tls) = tls else { return Ok(Box::new(stream)) };
    if mode == TlsMode::StartTls {
        start_tls::request(&mut stream, address).await?;
    }
    Ok(Box::new(tls.handshake(stream, address).await?))
}

async fn within<T>(
    limit: Duration,
    attempt: &str,
    request: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::time::timeout(limit, request).await.unwrap_or_else(|_| Err(Error::timed_out(attempt, limit)))
}

/// One error for all servers: the failure of the only server, else a list of all failures.
fn none_reached(mut failures: Vec<Error>) -> Error {
    const ATTEMPT: &str = "connecting to the directory";
    match failures.len() {
        0 => Error::configuration("spec.ldap.servers", "must list at least one server"),
        1 => failures.remove(0),
        _ => {
            let cause = failures.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            if failures.iter().all(|failure| matches!(failure, Error::Tls { .. })) {
                Error::tls(ATTEMPT, cause)
            } else {
                Error::unreachable(ATTEMPT, cause)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[tokio::test]
    async fn a_name_that_cannot_be_resolved_is_named_with_its_field() {
        // RFC 6761 section 6.4: never a host.
        let address = Address { host: "dc1.invalid".into(), port: 636 };
        let error = connect(TlsMode::None, None, &address).await.err().unwrap();
        let words = error.to_string();
        assert!(words.starts_with("connecting to dc1.invalid:636: the host name cannot be resolved"), "{words}");
        assert!(words.contains("spec.ldap.servers") && error.source().is_some(), "{words}");
    }
}
