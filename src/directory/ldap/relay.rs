//! Relays octets between the server and `ldap3`, through the guard. Entries go to the entry queue instead.

use std::io::{self, ErrorKind};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ldap3::LdapError;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UnixStream;

use super::demultiplexer::Demultiplexer;
use super::entry_queue::EntryQueue;
use super::guard::{Guard, Violation};
use super::start_tls;
use crate::memory::{Full, Watch};
use crate::tls;
use crate::traffic::Traffic;

/// How much is read at a time, in either direction, in octets.
const PIECE: usize = 64 * 1024;

/// How long a server that takes no more requests may take to say why.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A byte stream to the server, protected or not.
pub(super) type Transport = Box<dyn Stream>;

/// What a transport can do.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum End {
    /// The server closed it.
    #[error("{0}")]
    Closed(String),
    /// It broke.
    #[error("{}", tls::broken(.0))]
    Broken(#[from] io::Error),
    /// The driver of `ldap3` ended, which is only a consequence of another end.
    #[error(transparent)]
    Driver(LdapError),
    /// The guard ended it.
    #[error(transparent)]
    Refused(#[from] Violation),
}

/// Relays until either side ends. A piece from the server is checked as a whole before any of it goes on.
///
/// `advice` is what to check where the server ends the connection before it sends anything that is LDAP.
pub(super) async fn relay(
    server: Transport,
    client: UnixStream,
    queue: Arc<EntryQueue>,
    traffic: Traffic,
    advice: &'static str,
) -> Result<(), End> {
    let guard = Mutex::new(Guard::default());
    let (from_server, to_server) = tokio::io::split(server);
    let (from_client, to_client) = client.into_split();
    let memory = Watch::start();
    let ended = memory.ended();
    let mut answers = pin!(answers(from_server, to_client, &guard, &queue, Received { memory, traffic }, advice));
    tokio::select! {
        // A server that sends nothing more, or whose entries nobody takes, still holds memory.
        full = ended => Err(too_much(full).into()),
        ended = requests(from_client, to_server, &guard) => match ended {
            Ok(()) => Ok(()),
            // A server that takes no more requests may have said why.
            Err(broken) => tokio::time::timeout(LAST_WORDS, answers).await.unwrap_or(Err(broken)),
        },
        ended = &mut answers => ended,
    }
}

/// What is noted of the octets that a server sends.
struct Received {
    memory: Watch,
    traffic: Traffic,
}

impl Received {
    async fn note(&mut self, octets: usize) -> Result<(), Full> {
        self.traffic.receive(octets);
        self.memory.note(octets).await
    }
}

async fn requests(
    mut client: impl AsyncRead + Unpin,
    mut server: impl AsyncWrite + Unpin,
    guard: &Mutex<Guard>,
) -> Result<(), End> {
    let mut piece = vec![0; PIECE];
    loop {
        let read = client.read(&mut piece).await?;
        if read == 0 {
            return Ok(());
        }
        lock(guard).note(&piece[..read]);
        server.write_all(&piece[..read]).await?;
        server.flush().await?;
    }
}

async fn answers(
    mut server: impl AsyncRead + Unpin,
    mut client: impl AsyncWrite + Unpin,
    guard: &Mutex<Guard>,
    queue: &EntryQueue,
    mut received: Received,
    advice: &'static str,
) -> Result<(), End> {
    let mut demultiplexer = Demultiplexer::default();
    let mut piece = vec![0; PIECE];
    let mut has_answered = false;
    loop {
        let read = match server.read(&mut piece).await {
            // TLS reports a connection that was closed without a `close_notify` like this.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => 0,
            read => read?,
        };
        if !has_answered && matches!(piece[..read], [] | [start_tls::ALERT, ..]) {
            return Err(End::Closed(format!("the server closed it without an answer; {advice}")));
        }
        has_answered = true;
        if read == 0 {
            let when = if lock(guard).is_inside_a_message() { " in the middle of a message" } else { "" };
            return Err(End::Closed(format!("the server closed it{when}")));
        }
        received.note(read).await.map_err(too_much)?;
        let split = demultiplexer.split(&piece[..read], lock(guard).feed(&piece[..read])?);
        queue.add(split.entries, split.others);
        client.write_all(&split.octets).await?;
        queue.room().await;
    }
}

fn too_much(full: Full) -> Violation {
    Violation::TooMuch(format!("{full} (narrow the bases and filters, or give the container more)"))
}

fn lock(guard: &Mutex<Guard>) -> MutexGuard<'_, Guard> {
    guard.lock().unwrap_or_else(PoisonError::into_inner)
}
