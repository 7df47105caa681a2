//! A proxy in front of a dashboard server. It counts the requests, and treats them as a network, a load balancer or a broken
//! server does. A client's connection stays open from request to request, as with a real server.

mod connection;
mod fault;

use std::fmt;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

pub use fault::{Answer, Fault};

use super::certificates::{Certificates, Pair};
use super::loopback::listen_anew;

/// A request, as a rule sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// How many requests came before it since the rule was set.
    pub index: usize,
    /// How many of them had the same method.
    pub nth: usize,
    /// `GET`, `POST`, …
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query with its percent codes resolved; empty without one.
    pub query: String,
    /// The body.
    pub body: String,
    /// The value of its `Authorization` header.
    pub authorization: Option<String>,
}

/// A request and its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The request.
    pub request: Request,
    /// The status of the server's answer, if it has received the request and answered.
    pub server: Option<u16>,
    /// The status that was sent to the client, even if the body was damaged.
    pub client: Option<u16>,
}

/// What the proxy does with each request.
type Rule = Arc<dyn Fn(&Request) -> Fault + Send + Sync>;

/// A proxy. It accepts connections on 127.0.0.1 while the value lives.
pub struct HttpFaults {
    address: SocketAddr,
    has_tls: bool,
    shared: Arc<Shared>,
}

struct Shared {
    server: String,
    tls: Option<Arc<rustls::ServerConfig>>,
    state: Mutex<State>,
}

struct State {
    rule: Rule,
    /// The index of the first exchange since the rule was set.
    since: usize,
    exchanges: Vec<Exchange>,
    connections: Vec<TcpStream>,
    accepted: usize,
    idle: Option<Duration>,
    is_over: bool,
}

impl HttpFaults {
    /// A proxy to the server at `host:port`, which forwards every request.
    #[must_use]
    pub fn to(server: &str) -> Self {
        Self::listen(server, None)
    }

    /// The same with TLS between the client and the proxy, with a certificate of this authority for 127.0.0.1 and
    /// `localhost`.
    #[must_use]
    pub fn with_tls(server: &str, certificates: &Certificates) -> Self {
        Self::presenting(server, &certificates.server(&["127.0.0.1", "localhost"]))
    }

    /// The same with this certificate.
    #[must_use]
    pub fn presenting(server: &str, pair: &Pair) -> Self {
        Self::listen(server, Some(Arc::new(connection::tls(pair))))
    }

    fn listen(server: &str, tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = listen_anew();
        let address = listener.local_addr().expect("its address");
        let has_tls = tls.is_some();
        let state = State {
            rule: Arc::new(|_| Fault::Forward),
            since: 0,
            exchanges: Vec::new(),
            connections: Vec::new(),
            accepted: 0,
            idle: None,
            is_over: false,
        };
        let shared = Arc::new(Shared { server: server.to_owned(), tls, state: Mutex::new(state) });
        let acceptor = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&acceptor);
                if !shared.accept(&client) {
                    break;
                }
                thread::spawn(move || connection::serve(client, &shared));
            }
        });
        Self { address, has_tls, shared }
    }

    /// `http://127.0.0.1:PORT`, or `https://`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", if self.has_tls { "https" } else { "http" }, self.address)
    }

    /// Host and port.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// From now on this rule decides what happens to each request. Its counts start again.
    pub fn rule(&self, rule: impl Fn(&Request) -> Fault + Send + Sync + 'static) {
        let mut state = self.shared.lock();
        state.rule = Arc::new(rule);
        state.since = state.exchanges.len();
    }

    /// The same by a request's method, its path, and how many of these came before it. `None`: it is forwarded.
    pub fn rule_by_call(&self, fault: impl Fn(&str, &str, usize) -> Option<Fault> + Send + Sync + 'static) {
        self.rule(move |request| fault(&request.method, &request.path, request.nth).unwrap_or(Fault::Forward));
    }

    /// From now on every request is forwarded.
    pub fn pass(&self) {
        self.rule(|_| Fault::Forward);
    }

    /// A new connection is closed when it has been idle for this time. gunicorn, below Superset, does so after 2 seconds.
    pub fn close_idle_after(&self, idle: Duration) {
        self.shared.lock().idle = Some(idle);
    }

    /// All requests so far, in the order of their arrival.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.shared.lock().exchanges.clone()
    }

    /// `METHOD /path` of each request so far, without sign-ins.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        let exchanges = self.exchanges();
        let calls = exchanges.iter().map(|exchange| format!("{} {}", exchange.request.method, exchange.request.path));
        calls.filter(|call| !call.ends_with("/login")).collect()
    }

    /// How many requests with this method came so far.
    #[must_use]
    pub fn count(&self, method: &str) -> usize {
        self.shared.lock().exchanges.iter().filter(|exchange| exchange.request.method == method).count()
    }

    /// How many connections it has accepted.
    #[must_use]
    pub fn accepted(&self) -> usize {
        self.shared.lock().accepted
    }

    /// Forgets the requests and connections so far. The rule stays.
    pub fn forget(&self) {
        let mut state = self.shared.lock();
        (state.since, state.accepted) = (0, 0);
        state.exchanges.clear();
    }
}

impl Drop for HttpFaults {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.is_over = true;
        state.connections.drain(..).for_each(|connection| drop(connection.shutdown(Shutdown::Both)));
        drop(state);
        let _ = TcpStream::connect(self.address);
    }
}

impl fmt::Debug for HttpFaults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HttpFaults").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the proxy still works.
    fn accept(&self, client: &TcpStream) -> bool {
        let mut state = self.lock();
        if state.is_over {
            return false;
        }
        state.accepted += 1;
        let _ = (client.set_nodelay(true), client.set_read_timeout(state.idle));
        state.connections.extend(client.try_clone());
        true
    }

    /// Records a request. Returns its position in the record and what to do with it.
    fn enter(&self, mut request: Request) -> (usize, Fault) {
        let mut state = self.lock();
        let before = &state.exchanges[state.since..];
        request.index = before.len();
        request.nth = before.iter().filter(|exchange| exchange.request.method == request.method).count();
        let rule = Arc::clone(&state.rule);
        let position = state.exchanges.len();
        state.exchanges.push(Exchange { request: request.clone(), server: None, client: None });
        drop(state);
        (position, rule(&request))
    }

    fn note(&self, position: usize, change: impl FnOnce(&mut Exchange)) {
        self.lock().exchanges.get_mut(position).map(change).unwrap_or_default();
    }
}
