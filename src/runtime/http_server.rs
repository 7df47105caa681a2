//! A small HTTP server for probes and metrics. Whoever asks is not trusted: connections are bounded in number and time, and
//! nothing of a request but its path is read.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// How many connections there may be at a time.
const CONNECTIONS: usize = 32;
/// How long the header of a request may take to arrive. An idle connection ends after this time too.
const HEADER_LIMIT: Duration = Duration::from_secs(10);
/// How long a connection may last. Prometheus keeps one open, and opens the next one when it has ended.
const LONGEST: Duration = Duration::from_mins(5);
/// How long to wait when no connection can be accepted, because the process has too many open files.
const PAUSE: Duration = Duration::from_millis(200);

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its media type.
    pub media_type: &'static str,
    /// Its text.
    pub text: String,
}

/// Listens at an address. Where a machine has no IPv6, `[::]` means all its IPv4 addresses.
///
/// # Errors
/// When the address cannot be used.
pub async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    match TcpListener::bind(address).await {
        Err(_) if address.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED) => {
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, address.port())).await
        }
        listener => listener,
    }
}

/// Answers GET requests by their path, until it is dropped. `None` is an unknown path.
pub async fn serve<F>(listener: TcpListener, answer: F) -> Infallible
where
    F: Fn(&str) -> Option<Answer> + Send + Sync + 'static,
{
    let answer = Arc::new(answer);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = tokio::task::JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let place = Arc::clone(&places).acquire_owned().await;
        let Ok((stream, _)) = listener.accept().await else {
            sleep(PAUSE).await;
            continue;
        };
        let answer = Arc::clone(&answer);
        let service = service_fn(move |request: Request<Incoming>| {
            let response = respond(&request, &*answer);
            async move { Ok::<_, Infallible>(response) }
        });
        connections.spawn(async move {
            let mut builder = http1::Builder::new();
            builder.timer(TokioTimer::new()).header_read_timeout(HEADER_LIMIT);
            // A client that does not behave only ends its own connection.
            let _ = timeout(LONGEST, builder.serve_connection(TokioIo::new(stream), service)).await;
            drop(place);
        });
    }
}

fn respond<B>(request: &Request<B>, answer: &impl Fn(&str) -> Option<Answer>) -> Response<Full<Bytes>> {
    let plain = |status, text: &str| Answer { status, media_type: "text/plain", text: text.to_owned() };
    let Answer { status, media_type, text } = match *request.method() {
        Method::GET | Method::HEAD => {
            answer(request.uri().path()).unwrap_or_else(|| plain(StatusCode::NOT_FOUND, "not found\n"))
        }
        _ => plain(StatusCode::METHOD_NOT_ALLOWED, "only GET is allowed\n"),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;

    async fn asked(text: &str) -> String {
        let listener = listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let answer = |path: &str| {
            let text = path.to_owned();
            (path == "/there").then_some(Answer { status: StatusCode::OK, media_type: "text/plain", text })
        };
        let mut answered = String::new();
        tokio::select! {
            never = serve(listener, answer) => match never {},
            () = async {
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.write_all(text.as_bytes()).await.unwrap();
                stream.read_to_string(&mut answered).await.unwrap();
            } => {}
        }
        answered
    }

    #[tokio::test]
    async fn get_requests_are_answered_by_their_path() {
        for (request, status, end) in [
            ("GET /there?x=1", "HTTP/1.1 200", "/there"),
            ("GET /elsewhere", "HTTP/1.1 404", "not found\n"),
            ("POST /there", "HTTP/1.1 405", "only GET is allowed\n"),
        ] {
            let answer = asked(&format!("{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).await;
            assert!(answer.starts_with(status) && answer.ends_with(end), "{request}: {answer}");
        }
        assert!(asked("nonsense\r\n\r\n").await.starts_with("HTTP/1.1 400"));
    }
}
