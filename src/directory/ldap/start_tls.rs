//! The StartTLS operation (RFC 4511 section 4.14) on a new connection. It never falls back: any answer but a plain
//! success ends the connection.

use std::io::{self, ErrorKind};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::address::Address;
use super::result::words;
use crate::ber;
use crate::directory::Error;

/// The operation's name, RFC 4511 section 4.14.1.
const START_TLS: &[u8] = b"1.3.6.1.4.1.1466.20037";
/// `ExtendedRequest`, `[APPLICATION 23]`.
const EXTENDED_REQUEST: u8 = 0x77;
/// `requestName`, `[0]`.
const REQUEST_NAME: u8 = 0x80;
/// `ExtendedResponse`, `[APPLICATION 24]`.
const EXTENDED_RESPONSE: u8 = 0x78;
/// The id of the only message that is sent before TLS.
const MESSAGE_ID: u32 = 1;
/// The first octet of a TLS record that refuses something (RFC 8446 section 5.1). No LDAP message starts with it.
pub(super) const ALERT: u8 = 0x15;
/// What to do where the port is for LDAPS.
const LDAPS: &str = "the port uses TLS from the first octet on: check the port and spec.ldap.tls.mode";
/// The same where the server did not say so.
pub(super) const MOST_LIKELY_LDAPS: &str =
    "most likely the port uses TLS from the first octet on: check the port and spec.ldap.tls.mode";
/// The longest answer in octets. Real answers have a few dozen.
const LONGEST_ANSWER: usize = 4096;

/// Asks for TLS. On success the next octet from the server belongs to the handshake. The answer is read to its end and
/// no further, so that octets which an attacker adds after it are never taken for LDAP.
pub(super) async fn request(stream: &mut TcpStream, address: &Address) -> Result<(), Error> {
    let attempt = || format!("asking {address} for StartTLS");
    let broken = |error: io::Error| {
        let cause = match error.kind() {
            ErrorKind::UnexpectedEof
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe => format!("the server closed the connection; {MOST_LIKELY_LDAPS}"),
            _ => error.to_string(),
        };
        Error::unreachable(attempt(), cause).caused_by(error)
    };
    stream.write_all(&message()).await.map_err(broken)?;
    let answer = answer(stream).await.map_err(broken)?;
    if answer.as_ref().is_some_and(|answer| answer.first() == Some(&ALERT)) {
        return Err(Error::tls(attempt(), LDAPS));
    }
    let malformed = || Error::malformed(attempt(), "the answer is not an extended response");
    let (code, diagnostic) = answer.as_deref().and_then(result).ok_or_else(malformed)?;
    if code != 0 {
        let said = words(&diagnostic);
        let cause = format!("the server refused (result {code}: {said}); give it a certificate, or use LDAPS");
        return Err(Error::tls(attempt(), cause));
    }
    let mut unexpected = [0; 1];
    match stream.try_read(&mut unexpected) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
        Err(error) => Err(broken(error)),
        Ok(0) => Err(Error::unreachable(attempt(), "the server closed the connection")),
        Ok(_) => Err(Error::malformed(attempt(), "the server sent unencrypted octets after its answer")),
    }
}

/// `LDAPMessage { messageID, ExtendedRequest { requestName } }`.
fn message() -> Vec<u8> {
    let mut content = ber::element(ber::INTEGER, &ber::integer(MESSAGE_ID));
    content.extend(ber::element(EXTENDED_REQUEST, &ber::element(REQUEST_NAME, START_TLS)));
    ber::element(ber::SEQUENCE, &content)
}

/// Exactly one element, or the start of a TLS record. `None` when it is neither, or too long.
async fn answer(stream: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let first = stream.read_u8().await?;
    if first == ALERT {
        return Ok(Some(vec![first]));
    }
    let mut octets = vec![first, stream.read_u8().await?];
    let length = match octets[1] {
        short @ 0..=0x7f => usize::from(short),
        long @ 0x81..=0x84 => {
            let mut length = 0usize;
            for _ in 0..long & 0x7f {
                let octet = stream.read_u8().await?;
                octets.push(octet);
                length = (length << 8) | usize::from(octet);
            }
            length
        }
        _ => return Ok(None),
    };
    if length > LONGEST_ANSWER {
        return Ok(None);
    }
    let header = octets.len();
    octets.resize(header + length, 0);
    stream.read_exact(&mut octets[header..]).await?;
    Ok(Some(octets))
}

/// The result code and diagnostic of the answer to our message.
fn result(answer: &[u8]) -> Option<(u32, String)> {
    let mut message = ber::take_content(&mut &*answer, ber::SEQUENCE)?;
    let id = ber::unsigned(ber::take_content(&mut message, ber::INTEGER)?)?;
    let mut response = ber::take_content(&mut message, EXTENDED_RESPONSE)?;
    let code = ber::unsigned(ber::take_content(&mut response, ber::ENUMERATED)?)?;
    ber::take_content(&mut response, ber::OCTET_STRING)?;
    let diagnostic = ber::take_content(&mut response, ber::OCTET_STRING)?;
    (id == MESSAGE_ID).then(|| (code, String::from_utf8_lossy(diagnostic).into_owned()))
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    fn response(id: u32, code: u8) -> Vec<u8> {
        let mut body = ber::element(ber::ENUMERATED, &[code]);
        body.extend(ber::element(ber::OCTET_STRING, b""));
        body.extend(ber::element(ber::OCTET_STRING, b"no certificate"));
        let mut content = ber::element(ber::INTEGER, &ber::integer(id));
        content.extend(ber::element(EXTENDED_RESPONSE, &body));
        ber::element(ber::SEQUENCE, &content)
    }

    async fn exchange(answer: Vec<u8>) -> Result<(), Error> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = vec![0; message().len()];
            stream.read_exact(&mut asked).await.unwrap();
            assert_eq!(asked, message());
            stream.write_all(&answer).await.unwrap();
            // Without an answer the connection is closed.
            (!answer.is_empty()).then_some(stream)
        });
        let mut stream = TcpStream::connect(address).await.unwrap();
        let address = Address { host: "127.0.0.1".into(), port: address.port() };
        let result = request(&mut stream, &address).await;
        server.await.unwrap();
        result
    }

    #[tokio::test]
    async fn success_is_success() {
        exchange(response(1, 0)).await.unwrap();
    }

    #[tokio::test]
    async fn a_refusal_is_an_error_with_the_servers_words() {
        let error = exchange(response(1, 2)).await.unwrap_err();
        assert!(matches!(&error, Error::Tls { cause, .. } if cause.contains("no certificate")), "{error}");
    }

    #[tokio::test]
    async fn a_port_for_ldaps_is_distinguished_from_a_refusal() {
        // The alert `unexpected_message` of TLS 1.2.
        let error = exchange(b"\x15\x03\x03\x00\x02\x02\x0a".to_vec()).await.unwrap_err();
        assert!(matches!(&error, Error::Tls { cause, .. } if cause.contains("spec.ldap.tls.mode")), "{error}");
        let error = exchange(Vec::new()).await.unwrap_err();
        assert!(matches!(&error, Error::Unreachable { cause, .. } if cause.contains("spec.ldap.tls.mode")), "{error}");
    }

    #[tokio::test]
    async fn octets_after_the_answer_are_refused() {
        let mut answer = response(1, 0);
        answer.extend_from_slice(b"\x30\x05slip!");
        assert!(matches!(exchange(answer).await, Err(Error::Malformed { .. })));
    }

    #[tokio::test]
    async fn anything_but_an_answer_to_our_message_is_malformed() {
        for answer in
            [response(2, 0), b"\x30\x80\0\0".to_vec(), b"\x30\x84\x7f\xff\xff\xff".to_vec(), b"\x30\x00".to_vec()]
        {
            assert!(matches!(exchange(answer).await, Err(Error::Malformed { .. })));
        }
    }
}
