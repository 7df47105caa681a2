//! One client's connection.

use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::{Answer, Fault, Request, Shared};
use crate::harness::certificates::Pair;
use crate::harness::http::Message;

/// Serves requests until the connection is closed.
pub(super) fn serve(client: TcpStream, shared: &Shared) {
    let Ok(socket) = client.try_clone() else { return };
    let stream: Box<dyn Stream> = match &shared.tls {
        None => Box::new(client),
        Some(config) => {
            let Ok(session) = ServerConnection::new(Arc::clone(config)) else { return };
            Box::new(StreamOwned::new(session, client))
        }
    };
    let mut stream = BufReader::new(stream);
    while let Ok(Some(message)) = Message::request(&mut stream) {
        if !exchange(&message, &mut stream, shared).unwrap_or(false) {
            break;
        }
    }
    let _ = socket.shutdown(Shutdown::Both);
}

/// The server side's TLS with this certificate.
pub(super) fn tls(pair: &Pair) -> ServerConfig {
    let chain: Vec<_> =
        CertificateDer::pem_slice_iter(pair.certificate.as_bytes()).collect::<Result<_, _>>().expect("certificates");
    let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    builder.expect("versions of TLS").with_no_client_auth().with_single_cert(chain, key).expect("a matching key")
}

trait Stream: Read + Write {}

impl<T: Read + Write> Stream for T {}

/// Whether another request may follow.
fn exchange(message: &Message, client: &mut BufReader<Box<dyn Stream>>, shared: &Shared) -> io::Result<bool> {
    let (position, fault) = shared.enter(request(message));
    let work = || {
        let answer = forward(message, &shared.server);
        shared.note(position, |exchange| exchange.server = answer.as_ref().ok().map(Message::status));
        answer
    };
    let told = |answer: Message, client: &mut BufReader<Box<dyn Stream>>| {
        shared.note(position, |exchange| exchange.client = Some(answer.status()));
        answer.write(client.get_mut())
    };
    match fault {
        Fault::Forward => told(work()?, client)?,
        Fault::HangUp => return Ok(false),
        Fault::LoseAnswer => {
            work()?;
            return Ok(false);
        }
        Fault::ForwardAndHangUp => {
            told(work()?, client)?;
            return Ok(false);
        }
        Fault::Instead(answer) => told(made(&answer), client)?,
        Fault::Afterwards(answer) => {
            work()?;
            told(made(&answer), client)?;
        }
        Fault::CutBody => {
            let answer = work()?;
            shared.note(position, |exchange| exchange.client = Some(answer.status()));
            let mut octets = answer.head_with(&format!("content-length: {}", answer.body.len())).into_bytes();
            octets.extend(&answer.body[..answer.body.len() / 2]);
            client.get_mut().write_all(&octets)?;
            client.get_mut().flush()?;
            return Ok(false);
        }
        Fault::EndlessBody => {
            let answer = work()?;
            shared.note(position, |exchange| exchange.client = Some(answer.status()));
            client.get_mut().write_all(answer.head_with("transfer-encoding: chunked").as_bytes())?;
            let mut chunk = format!("{:x}\r\n", answer.body.len()).into_bytes();
            chunk.extend(&answer.body);
            chunk.extend(b"\r\n");
            loop {
                client.get_mut().write_all(&chunk)?;
                client.get_mut().flush()?;
            }
        }
        Fault::Stall => wait(client)?,
        Fault::StallAfterwards => {
            work()?;
            wait(client)?;
        }
    }
    Ok(message.header("connection").is_none_or(|value| !value.eq_ignore_ascii_case("close")))
}

fn request(message: &Message) -> Request {
    let mut words = message.first.split(' ');
    let method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Request {
        index: 0,
        nth: 0,
        method,
        path: path.to_owned(),
        query: percent_decode_str(query).decode_utf8_lossy().into_owned(),
        body: message.text(),
        authorization: message.header("authorization").map(str::to_owned),
    }
}

/// Uses a connection for each request, because the server closes idle ones.
fn forward(message: &Message, server: &str) -> io::Result<Message> {
    let mut stream = BufReader::new(TcpStream::connect(server)?);
    let mut message = message.clone();
    message.remove("connection");
    message.headers.push(("connection".to_owned(), "close".to_owned()));
    message.write(stream.get_mut())?;
    let mut answer = Message::answer(&mut stream)?;
    answer.remove("connection");
    Ok(answer)
}

fn made(answer: &Answer) -> Message {
    let headers: Vec<_> = answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Message::new(&format!("HTTP/1.1 {} Made", answer.status), &headers, &answer.body)
}

/// Waits until the client closes the connection or sends more.
fn wait(client: &mut BufReader<Box<dyn Stream>>) -> io::Result<()> {
    loop {
        match client.read(&mut [0]) {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            read => return read.and(Err(ErrorKind::ConnectionAborted.into())),
        }
    }
}
