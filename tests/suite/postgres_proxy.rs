//! A proxy before a PostgreSQL server that shows a test every message of a run's one transaction before the server gets
//! it. What it passes on is in clear text: the client's URL says `sslmode=disable`.
//!
//! PostgreSQL manual, "Message Formats": a message is a byte for its kind, its length (which counts itself) and its
//! body; the first of a connection has no kind.

use std::io::{self, Read, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::harness::postgres::Database;

/// A message that makes the server do something: a statement, the execution of one, or rows of a COPY.
pub(crate) struct Message<'m> {
    /// Counted from 1, the transaction's `BEGIN`.
    pub(crate) number: usize,
    body: &'m [u8],
}

impl Message<'_> {
    /// Whether it is a statement without parameters that begins so.
    pub(crate) fn begins(&self, text: &str) -> bool {
        self.body.starts_with(text.as_bytes())
    }
}

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The server gets it.
    Forward,
    /// The server gets it, the client gets no answer: the connection is cut when the answer comes.
    ForwardAndCut,
    /// Neither side gets anything any more.
    Cut,
}

type Watch = Arc<Mutex<dyn FnMut(&Message<'_>) -> Verdict + Send>>;

/// The proxy. It listens on 127.0.0.1 while the value lives.
pub(crate) struct PostgresProxy {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
}

impl PostgresProxy {
    /// Before the server at `host:port`. The function sees the messages of every transaction that a run writes in.
    pub(crate) fn start(server: &str, watch: impl FnMut(&Message<'_>) -> Verdict + Send + 'static) -> Self {
        Self::listen(server, usize::MAX, watch)
    }

    /// Cuts every connection once this many bytes of answers have passed.
    pub(crate) fn cutting(server: &str, length: usize) -> Self {
        Self::listen(server, length, |_| Verdict::Forward)
    }

    fn listen(server: &str, length: usize, watch: impl FnMut(&Message<'_>) -> Verdict + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let ended = Arc::new(AtomicBool::new(false));
        let (server, has_ended) = (server.to_owned(), Arc::clone(&ended));
        let watch: Watch = Arc::new(Mutex::new(watch));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if has_ended.load(Ordering::Relaxed) {
                    break;
                }
                // A server that is gone refuses: the client sees its connection end.
                if let Ok(server) = TcpStream::connect(&server) {
                    connect(client, server, length, Arc::clone(&watch));
                }
            }
        });
        Self { address, ended }
    }

    /// Host and port, as a URL has them.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// The URL of a database by way of the proxy.
    pub(crate) fn url(&self, database: &Database<'_>) -> String {
        let by_proxy = database.url().replace(&database.server().address(), &self.address());
        format!("{by_proxy}?sslmode=disable")
    }
}

impl Drop for PostgresProxy {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

fn connect(client: TcpStream, server: TcpStream, mut rest: usize, watch: Watch) {
    let (mut answers, mut asker) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let muted = Arc::new(AtomicBool::new(false));
    let is_muted = Arc::clone(&muted);
    thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        while let Ok(length @ 1..) = answers.read(&mut buffer) {
            let passed = length.min(rest);
            rest -= passed;
            if is_muted.load(Ordering::Relaxed) || asker.write_all(&buffer[..passed]).is_err() || rest == 0 {
                break;
            }
        }
        let _ = (asker.shutdown(Shutdown::Both), answers.shutdown(Shutdown::Both));
    });
    thread::spawn(move || {
        let _ = pass_on(&client, &server, &watch, &muted);
        // A client that asks no more still reads until the server has ended, but for a cut.
        let _ = server.shutdown(Shutdown::Write);
    });
}

fn pass_on(mut client: &TcpStream, mut server: &TcpStream, watch: &Watch, muted: &AtomicBool) -> io::Result<()> {
    server.set_nodelay(true)?;
    client.set_nodelay(true)?;
    let mut number = 0;
    let mut is_first = true;
    loop {
        let head_length = if is_first { 4 } else { 5 };
        let mut message = vec![0; head_length];
        client.read_exact(&mut message)?;
        let (kind, length) = message.split_at(head_length - 4);
        let kind = kind.first().copied();
        let length = u32::from_be_bytes(length.try_into().unwrap()) as usize;
        message.resize(head_length + length - 4, 0);
        client.read_exact(&mut message[head_length..])?;
        is_first = false;
        let body = &message[head_length..];
        // Query, Execute, CopyData, CopyDone.
        let acts = matches!(kind, Some(b'Q' | b'E' | b'd' | b'c'));
        let mut verdict = Verdict::Forward;
        if acts && (number > 0 || body.starts_with(b"BEGIN ISOLATION LEVEL")) {
            number += 1;
            verdict = watch.lock().unwrap()(&Message { number, body });
        }
        match verdict {
            Verdict::Forward => server.write_all(&message)?,
            Verdict::ForwardAndCut => {
                muted.store(true, Ordering::Relaxed);
                server.write_all(&message)?;
            }
            Verdict::Cut => {
                client.shutdown(Shutdown::Both)?;
                return server.shutdown(Shutdown::Both);
            }
        }
    }
}
