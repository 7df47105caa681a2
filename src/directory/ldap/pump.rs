//! Carries octets between the server and `ldap3`, through the guard; entries go to the backlog instead.

use std::io::{self, ErrorKind};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ldap3::LdapError;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UnixStream;

use super::backlog::Backlog;
use super::guard::{Guard, Violation};
use super::memory::MemoryWatch;
use super::sorter::Sorter;
use super::start_tls;
use crate::tls;

/// How much is read at once, in either direction, in octets.
const PIECE: usize = 64 * 1024;

/// How long the last words of a server may take that ended the connection.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A byte stream to the server, protected or not.
pub(super) type Transport = Box<dyn Stream>;

/// What a transport is made of.
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
    /// `ldap3` had nobody to talk with any more: no more than a consequence.
    #[error(transparent)]
    Deserted(LdapError),
    /// The guard ended it.
    #[error(transparent)]
    Refused(#[from] Violation),
}

/// Pumps until either side ends. What a piece from the server breaks is found before any of that piece goes on.
///
/// `unheard` is what it may mean that the server ends the connection before it said anything that is LDAP.
pub(super) async fn pump(
    server: Transport,
    client: UnixStream,
    backlog: Arc<Backlog>,
    unheard: &'static str,
) -> Result<(), End> {
    let guard = Mutex::new(Guard::default());
    let (from_server, to_server) = tokio::io::split(server);
    let (from_client, to_client) = client.into_split();
    let mut answers = pin!(answers(from_server, to_client, &guard, &backlog, unheard));
    tokio::select! {
        ended = requests(from_client, to_server, &guard) => match ended {
            Ok(()) => Ok(()),
            // A server that takes no more has said why, if it says so at all.
            Err(broken) => tokio::time::timeout(LAST_WORDS, answers).await.unwrap_or(Err(broken)),
        },
        ended = &mut answers => ended,
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
    backlog: &Backlog,
    unheard: &'static str,
) -> Result<(), End> {
    let mut memory = MemoryWatch::begin();
    let mut sorter = Sorter::default();
    let mut piece = vec![0; PIECE];
    let mut is_heard = false;
    loop {
        let read = match server.read(&mut piece).await {
            // What TLS calls an end without a farewell.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => 0,
            read => read?,
        };
        if !is_heard && matches!(piece[..read], [] | [start_tls::ALERT, ..]) {
            return Err(End::Closed(format!("the server closed it without an answer; {unheard}")));
        }
        is_heard = true;
        if read == 0 {
            let place = if lock(guard).is_inside_a_message() { " in the middle of a message" } else { "" };
            return Err(End::Closed(format!("the server closed it{place}")));
        }
        memory.note(read)?;
        let arrivals = sorter.sort(&piece[..read], lock(guard).feed(&piece[..read])?);
        backlog.add(arrivals.entries, arrivals.others);
        client.write_all(&arrivals.octets).await?;
        backlog.room().await;
    }
}

fn lock(guard: &Mutex<Guard>) -> MutexGuard<'_, Guard> {
    guard.lock().unwrap_or_else(PoisonError::into_inner)
}
