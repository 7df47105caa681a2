//! The guard between a server and `ldap3`, whose parser trusts what it reads: it recurses as deep as the octets say,
//! holds as much as a length says, and panics where a part of a message is missing or is no text.
//!
//! Every octet from the server passes here first, once and in any pieces. [`frames`] holds the encoding to its own
//! lengths, [`message`] holds each message to the form that `ldap3` survives, [`requests`] holds it to what was asked,
//! and [`bounds`] says how much of everything there may be. Nothing here recurses, copies a value or waits.

mod bounds;
mod frames;
mod message;
mod requests;
#[cfg(test)]
mod tests;

pub use bounds::LONGEST_MESSAGE;

use self::bounds::Usage;
use self::frames::{Frames, Token};
use self::message::{BIND_RESPONSE, Message, SEARCH_RESULT_ENTRY};
use self::requests::Requests;

/// What one connection has brought so far.
#[derive(Debug, Default)]
pub struct Guard {
    requests: Requests,
    frames: Frames,
    message: Message,
    usage: Usage,
    passed: Vec<Passed>,
}

/// A message that passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// What it is.
    pub kind: Kind,
    /// The number of the request that it answers.
    pub id: u32,
    /// Where it ends among the octets in which its end came.
    pub end: usize,
    /// About what it takes in memory once it is decoded, in octets.
    pub cost: usize,
}

/// What a message is, as far as its way goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An entry that a search found.
    Entry,
    /// Something else that a search gets: a reference, an intermediate response or the result.
    Other,
    /// The answer to a bind.
    Bind,
}

/// Why a connection is ended. The words say what the server sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// The octets are no answer that LDAP (RFC 4511) allows here.
    #[error("the server sent {0}")]
    Malformed(String),
    /// There is more than any directory in earnest has.
    #[error("the server sent {0}, which is more than is read")]
    TooMuch(String),
    /// The server said that it ends the session (RFC 4511 section 4.4.1).
    #[error("the server ended the session ({0})")]
    NoticeOfDisconnection(String),
}

impl Guard {
    /// Notes what goes to the server, before it goes: an answer is one only to a request.
    pub fn note(&mut self, requests: &[u8]) {
        self.requests.note(requests);
    }

    /// Judges what came from the server; after an error nothing of it may go further. Returns each message that ends in
    /// these octets.
    ///
    /// # Errors
    /// When the octets break a rule or a bound. The guard is of no use then.
    pub fn feed(&mut self, mut octets: &[u8]) -> Result<&[Passed], Violation> {
        self.passed.clear();
        let length = octets.len();
        while let Some(token) = self.frames.next(&mut octets)? {
            match token {
                Token::Header { depth, tag, length } => self.begin(depth, tag, length)?,
                Token::Content(content) => self.message.content(content),
                Token::End { depth: 0 } => self.finish(length - octets.len())?,
                Token::End { depth } => self.message.end(depth)?,
            }
        }
        Ok(&self.passed)
    }

    /// Whether the server owes the rest of a message.
    #[must_use]
    pub fn is_inside_a_message(&self) -> bool {
        self.frames.is_inside()
    }

    fn begin(&mut self, depth: usize, tag: u8, length: u32) -> Result<(), Violation> {
        if depth == 0 {
            self.message = Message::default();
            self.usage.add_message(length)?;
        }
        self.usage.add_element()?;
        match self.message.begin(depth, tag, length)? {
            Some((id, operation)) => self.requests.admit(id, operation, self.frames.length()),
            None => Ok(()),
        }
    }

    fn finish(&mut self, end: usize) -> Result<(), Violation> {
        self.message.finish()?;
        if let Some((id, operation)) = self.message.addressed() {
            self.requests.complete(id, operation);
            let kind = match operation {
                SEARCH_RESULT_ENTRY => Kind::Entry,
                BIND_RESPONSE => Kind::Bind,
                _ => Kind::Other,
            };
            self.passed.push(Passed { kind, id, end, cost: self.message.cost() });
        }
        Ok(())
    }
}
