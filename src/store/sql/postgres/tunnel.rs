//! Carries octets between the driver and the server, whose connection is ours. The driver only connects to an address,
//!  so it is given one that this process alone can use: a Unix socket in Linux's abstract namespace (unix(7)), which
//! needs no file and so no folder that can be written. Nothing that passes leaves this process in clear.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::PathBuf;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;

use super::relay::relay;

/// Ends with the value, and the connection to the server with it.
#[derive(Debug)]
pub(super) struct Tunnel {
    _task: JoinSet<()>,
}

impl Tunnel {
    /// Waits for the driver, at the folder that it is to be given together with this port.
    pub(super) fn open(
        server: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        port: u16,
    ) -> io::Result<(PathBuf, Self)> {
        // No other process can listen at a name that this one holds. A name that cannot be guessed keeps others from taking it
        // first.
        let [first, second] = [(); 2].map(|()| RandomState::new().hash_one(port));
        let folder = PathBuf::from(format!("\0directory-group-sync-{first:016x}{second:016x}"));
        // What the driver makes of the folder and the port, as libpq does.
        let listener = UnixListener::bind(folder.join(format!(".s.PGSQL.{port}")))?;
        let mut task = JoinSet::new();
        task.spawn(async move {
            // How it ended is known to the driver: it reads the end, and what the server said before.
            if let Err(error) = carry(server, listener).await {
                tracing::debug!(%error, "the connection to the database server ended");
            }
        });
        Ok((folder, Self { _task: task }))
    }
}

async fn carry(server: impl AsyncRead + AsyncWrite + Unpin, listener: UnixListener) -> io::Result<()> {
    let driver = driver(&listener).await?;
    drop(listener);
    relay(server, driver).await
}

/// The first connection that this process made; others of the machine may try, and are turned away.
async fn driver(listener: &UnixListener) -> io::Result<UnixStream> {
    loop {
        let (stream, _) = listener.accept().await?;
        let peer = stream.peer_cred()?.pid().and_then(|id| u32::try_from(id).ok());
        if peer == Some(std::process::id()) {
            return Ok(stream);
        }
        tracing::warn!("another process connected to a socket within this program and was turned away");
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    const READY: &[u8] = b"Z\0\0\0\x05I";

    #[tokio::test]
    async fn octets_pass_in_both_directions_and_the_end_passes_too() {
        let (ours, mut server) = duplex(16);
        let (folder, tunnel) = Tunnel::open(ours, 5432).unwrap();
        let mut driver = UnixStream::connect(folder.join(".s.PGSQL.5432")).await.unwrap();
        driver.write_all(b"question").await.unwrap();
        let mut octets = [0; 8];
        server.read_exact(&mut octets).await.unwrap();
        assert_eq!(&octets, b"question");
        server.write_all(READY).await.unwrap();
        drop(server);
        let mut answer = Vec::new();
        driver.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer, READY);
        drop(tunnel);
    }

    #[tokio::test]
    async fn nobody_can_connect_once_the_driver_has() {
        let (ours, mut server) = duplex(16);
        let (folder, _tunnel) = Tunnel::open(ours, 5432).unwrap();
        let path = folder.join(".s.PGSQL.5432");
        let mut driver = UnixStream::connect(&path).await.unwrap();
        // What arrives at the server was carried, so the listener is gone.
        driver.write_all(b"x").await.unwrap();
        server.read_u8().await.unwrap();
        assert!(UnixStream::connect(&path).await.is_err());
    }

    #[tokio::test]
    async fn a_dropped_tunnel_closes_the_servers_connection() {
        let (ours, mut server) = duplex(16);
        let (folder, tunnel) = Tunnel::open(ours, 5432).unwrap();
        let _driver = UnixStream::connect(folder.join(".s.PGSQL.5432")).await.unwrap();
        drop(tunnel);
        assert_eq!(server.read(&mut [0]).await.unwrap(), 0);
    }
}
