//! The network between a client and a server, which can fall silent as a lost route does, or be cut.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use socket2::{Domain, SockRef, Socket, Type};

/// A link to one server. It accepts connections on 127.0.0.1 while the value lives.
#[derive(Debug)]
pub struct Link {
    address: SocketAddr,
    listener: TcpListener,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Open,
    Silent,
    /// Each connection falls silent once the server has sent these octets.
    SilentAfter(&'static [u8]),
    Cut,
}

#[derive(Debug)]
struct State {
    mode: Mode,
    connections: Vec<Connection>,
    accepted: usize,
}

/// Both sides of a connection, and whether it is silent.
#[derive(Debug)]
struct Connection {
    client: TcpStream,
    server: TcpStream,
    is_silent: Arc<AtomicBool>,
}

impl Link {
    /// A link to the server at `host:port`.
    #[must_use]
    pub fn to(server: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        Self::from(listener, server)
    }

    /// A link at the address of this listener, which may be in another network than this process.
    #[must_use]
    pub fn from(listener: TcpListener, server: &str) -> Self {
        Self::listen(listener, server, |server| TcpStream::connect(server))
    }

    /// A link at this address, which is also the address that the server sees its clients at.
    #[must_use]
    pub fn between(address: SocketAddr, server: &str) -> Self {
        let listener = TcpListener::bind(address).expect("a free port");
        Self::listen(listener, server, move |server| connect_from(address.ip(), server))
    }

    fn listen(
        listener: TcpListener,
        server: &str,
        reach: impl Fn(&str) -> io::Result<TcpStream> + Send + 'static,
    ) -> Self {
        let address = listener.local_addr().expect("its address");
        let state = State { mode: Mode::Open, connections: Vec::new(), accepted: 0 };
        let state = Arc::new(Mutex::new(state));
        let (shared, server) = (Arc::clone(&state), server.to_owned());
        let incoming = listener.try_clone().expect("a second handle of a socket");
        thread::spawn(move || {
            for client in incoming.incoming().map_while(Result::ok) {
                let mut state = lock(&shared);
                state.accepted += 1;
                match state.mode {
                    Mode::Cut => drop(client),
                    mode => {
                        // The client of a server that is gone sees its connection end.
                        if let Ok(server) = reach(&server) {
                            state.connections.push(connect(client, server, mode));
                        }
                    }
                }
            }
        });
        Self { address, listener, state }
    }

    /// Host and port.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// How many connections it has accepted.
    #[must_use]
    pub fn accepted(&self) -> usize {
        lock(&self.state).accepted
    }

    /// From now on nothing passes and nothing is closed, which new connections see too.
    pub fn silence(&self) {
        let mut state = lock(&self.state);
        state.mode = Mode::Silent;
        state.connections.iter().for_each(|connection| connection.is_silent.store(true, Ordering::SeqCst));
    }

    /// From now on a new connection falls silent once the server has sent these octets. Others stay as they are.
    pub fn silence_after(&self, octets: &'static [u8]) {
        lock(&self.state).mode = Mode::SilentAfter(octets);
    }

    /// Ends every connection, silent ones too, and refuses new ones.
    pub fn cut(&self) {
        let mut state = lock(&self.state);
        state.mode = Mode::Cut;
        state.connections.drain(..).for_each(|connection| connection.end());
    }

    /// New connections work again. Those that have been silent stay so.
    pub fn restore(&self) {
        lock(&self.state).mode = Mode::Open;
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // The thread that accepts gets an error, and ends.
        let _ = SockRef::from(&self.listener).shutdown(Shutdown::Both);
        self.cut();
    }
}

impl Connection {
    fn end(&self) {
        let _ = (self.client.shutdown(Shutdown::Both), self.server.shutdown(Shutdown::Both));
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn connect_from(address: IpAddr, server: &str) -> io::Result<TcpStream> {
    let server: SocketAddr = server.parse().expect("an address and a port");
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::new(address, 0).into())?;
    socket.connect(&server.into())?;
    Ok(socket.into())
}

fn connect(client: TcpStream, server: TcpStream, mode: Mode) -> Connection {
    let is_silent = Arc::new(AtomicBool::new(mode == Mode::Silent));
    let last = match mode {
        Mode::SilentAfter(octets) => Some(octets),
        _ => None,
    };
    let clone = |stream: &TcpStream| {
        let _ = stream.set_nodelay(true);
        stream.try_clone().expect("a second handle of a socket")
    };
    for (from, to, last) in [(&client, &server, None), (&server, &client, last)] {
        let (from, to, is_silent) = (clone(from), clone(to), Arc::clone(&is_silent));
        thread::spawn(move || carry(from, to, &is_silent, last));
    }
    Connection { client, server, is_silent }
}

/// What arrives on a silent connection is received and lost, the end of the connection too.
fn carry(mut from: TcpStream, mut to: TcpStream, is_silent: &AtomicBool, last: Option<&[u8]>) {
    let mut octets = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut octets) {
        let received = &octets[..length];
        if !is_silent.load(Ordering::SeqCst) && to.write_all(received).is_err() {
            break;
        }
        if last.is_some_and(|last| received.windows(last.len()).any(|sent| sent == last)) {
            is_silent.store(true, Ordering::SeqCst);
        }
    }
    if !is_silent.load(Ordering::SeqCst) {
        let _ = to.shutdown(Shutdown::Write);
    }
}
