//! HTTP/1.1, one message at a time over a connection that stays open, so that a test sees where it breaks.

use std::io::{self, BufRead, BufReader, Error, ErrorKind, Read as _, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A request or an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The first line, without its end.
    pub first: String,
    /// The headers, in their order.
    pub headers: Vec<(String, String)>,
    /// The body, without chunks.
    pub body: Vec<u8>,
}

impl Message {
    /// A message with these headers. Its body's length is added when it is written.
    #[must_use]
    pub fn new(first: &str, headers: &[(&str, &str)], body: &str) -> Self {
        let headers = headers.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { first: first.to_owned(), headers, body: body.as_bytes().to_vec() }
    }

    /// Reads a request; `None` if the connection is closed before its first octet.
    pub fn request(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let Some(mut message) = Self::head(from)? else { return Ok(None) };
        if message.has_body() {
            message.read_body(from)?;
        }
        Ok(Some(message))
    }

    /// Reads an answer.
    pub fn answer(from: &mut impl BufRead) -> io::Result<Self> {
        let mut message = Self::head(from)?.ok_or(ErrorKind::UnexpectedEof)?;
        if message.has_body() {
            message.read_body(from)?;
        } else if !matches!(message.status(), 204 | 304) {
            from.read_to_end(&mut message.body)?;
        }
        Ok(message)
    }

    /// The value of a header, whose name may be in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Removes every header of this name.
    pub fn remove(&mut self, name: &str) {
        self.headers.retain(|(found, _)| !found.eq_ignore_ascii_case(name));
    }

    /// The status of an answer.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.first.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Everything before the body, with these headers instead of its own about the body's length.
    #[must_use]
    pub fn head_with(&self, length: &str) -> String {
        let headers = self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
        format!("{}\r\n{}{length}\r\n\r\n", self.first, headers.collect::<String>())
    }

    /// Writes it.
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let mut octets = self.head_with(&format!("content-length: {}", self.body.len())).into_bytes();
        octets.extend(&self.body);
        to.write_all(&octets)?;
        to.flush()
    }

    fn head(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let first = line(from)?;
        if first.is_empty() {
            return Ok(None);
        }
        let mut headers = Vec::new();
        loop {
            let header = line(from)?;
            let Some((name, value)) = header.split_once(':') else { break };
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        Ok(Some(Self { first, headers, body: Vec::new() }))
    }

    fn has_body(&self) -> bool {
        self.header("content-length").is_some() || self.is_chunked()
    }

    fn is_chunked(&self) -> bool {
        self.header("transfer-encoding").is_some_and(|encoding| encoding.eq_ignore_ascii_case("chunked"))
    }

    fn read_body(&mut self, from: &mut impl BufRead) -> io::Result<()> {
        let invalid = |_| Error::from(ErrorKind::InvalidData);
        if self.is_chunked() {
            loop {
                let size = line(from)?;
                let size = u64::from_str_radix(&size, 16).map_err(invalid)?;
                from.take(size).read_to_end(&mut self.body)?;
                line(from)?;
                if size == 0 {
                    break;
                }
            }
        } else {
            let length = self.header("content-length").unwrap_or_default().parse().map_err(invalid)?;
            self.body = vec![0; length];
            from.read_exact(&mut self.body)?;
        }
        self.remove("content-length");
        self.remove("transfer-encoding");
        Ok(())
    }
}

/// A connection to a server.
#[derive(Debug)]
pub struct Connection {
    stream: BufReader<TcpStream>,
    host: String,
}

impl Connection {
    /// Connects to `host:port`.
    pub fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), host: address.to_owned() })
    }

    /// Limits the time that it waits for each part of an answer.
    pub fn patience(&self, patience: Duration) -> io::Result<()> {
        self.stream.get_ref().set_read_timeout(Some(patience))
    }

    /// Sends a request with a JSON body, if it has one, and reads the answer.
    pub fn call(&mut self, method: &str, path: &str, token: Option<&str>, body: &str) -> io::Result<Message> {
        self.send(method, path, token, body)?;
        Message::answer(&mut self.stream)
    }

    /// Sends the fields of a form and reads the answer.
    pub fn post_form(&mut self, path: &str, form: &str) -> io::Result<Message> {
        let headers = [("host", self.host.as_str()), ("content-type", "application/x-www-form-urlencoded")];
        Message::new(&format!("POST {path} HTTP/1.1"), &headers, form).write(self.stream.get_mut())?;
        Message::answer(&mut self.stream)
    }

    /// Sends a request and reads no more than the head of the answer.
    pub fn head(&mut self, method: &str, path: &str, token: Option<&str>) -> io::Result<Message> {
        self.send(method, path, token, "")?;
        Message::head(&mut self.stream)?.ok_or(ErrorKind::UnexpectedEof.into())
    }

    /// Reads this many octets and forgets them.
    pub fn drain(&mut self, count: usize) -> io::Result<()> {
        self.stream.read_exact(&mut vec![0; count])
    }

    fn send(&mut self, method: &str, path: &str, token: Option<&str>, body: &str) -> io::Result<()> {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let mut headers = vec![("host", self.host.as_str())];
        headers.extend(bearer.iter().map(|bearer| ("authorization", bearer.as_str())));
        headers.extend((!body.is_empty()).then_some(("content-type", "application/json")));
        let request = Message::new(&format!("{method} {path} HTTP/1.1"), &headers, body);
        request.write(self.stream.get_mut())
    }
}

/// A line without its end; empty at the end of the stream.
fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
