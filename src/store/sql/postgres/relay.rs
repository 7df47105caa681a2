//! Relays octets between the server and the driver, through the guard.

use std::io::{self, ErrorKind};
use std::pin::pin;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UnixStream;

use super::ending::ending;
use super::guard::{Guard, Violation};
use crate::memory::Watch;

/// How much is carried at once, in either direction, in octets.
const PIECE: usize = 64 * 1024;
/// How long a server that takes nothing more may take to say why.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// How long nothing may come. A statement of a run takes minutes at most, and locks are waited for less.
const SILENCE: Duration = Duration::from_mins(10);

/// Relays until either side ends. How it ended is told to the driver: it reads the end, what the server said before, and
/// what the guard says.
pub(super) async fn relay(server: impl AsyncRead + AsyncWrite + Unpin, driver: UnixStream) -> io::Result<()> {
    let (from_server, to_server) = tokio::io::split(server);
    let (from_driver, to_driver) = driver.into_split();
    let mut answers = pin!(answers(from_server, to_driver));
    tokio::select! {
        ended = requests(from_driver, to_server) => match ended {
            Ok(()) => Ok(()),
            // A server that takes no more requests may have said why.
            Err(broken) => tokio::time::timeout(LAST_WORDS, answers).await.unwrap_or(Err(broken)),
        },
        ended = &mut answers => ended,
    }
}

async fn requests(mut driver: impl AsyncRead + Unpin, mut server: impl AsyncWrite + Unpin) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let read = driver.read(&mut piece).await?;
        if read == 0 {
            return server.shutdown().await;
        }
        server.write_all(&piece[..read]).await?;
        server.flush().await?;
    }
}

async fn answers(server: impl AsyncRead + Unpin, mut driver: impl AsyncWrite + Unpin) -> io::Result<()> {
    match guarded(server, &mut driver).await? {
        Some(violation) => {
            tracing::debug!(%violation, "the connection to the database server is ended");
            driver.write_all(&ending(&violation)).await
        }
        None => Ok(()),
    }
}

/// Passes on what the guard lets through. `None`: the server has ended.
async fn guarded(
    mut server: impl AsyncRead + Unpin,
    driver: &mut (impl AsyncWrite + Unpin),
) -> io::Result<Option<Violation>> {
    let mut memory = Watch::start();
    let mut full = pin!(memory.ended());
    let (mut guard, mut piece, mut passed) = (Guard::default(), vec![0; PIECE], Vec::with_capacity(PIECE));
    loop {
        let read = tokio::select! {
            read = tokio::time::timeout(SILENCE, server.read(&mut piece)) => read,
            full = &mut full => return Ok(Some(Violation::Full(full))),
        };
        let read = match read {
            Err(_) => return Ok(Some(Violation::Silent(SILENCE))),
            // TLS reports a connection that was closed without a `close_notify` like this.
            Ok(Err(error)) if error.kind() == ErrorKind::UnexpectedEof => 0,
            Ok(read) => read?,
        };
        if read == 0 {
            return Ok(None);
        }
        if let Err(full) = memory.note(read).await {
            return Ok(Some(Violation::Full(full)));
        }
        passed.clear();
        let fed = guard.feed(&piece[..read], &mut passed);
        // What came before is complete: an error of the server that explains the rest may be among it.
        driver.write_all(&passed).await?;
        if let Err(violation) = fed {
            return Ok(Some(violation));
        }
        passed.shrink_to(PIECE);
    }
}
