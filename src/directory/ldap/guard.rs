//! The guard between a server and `ldap3`, whose parser trusts its input. It recurses as deep as the octets are nested,
//! allocates as much as a length says, and panics where an element of a message is missing or is not UTF-8.
//!
//! Every octet from the server passes here first, once and in any pieces. [`frames`] checks the lengths of the
//! encoding, [`message`] the form that `ldap3` relies on, [`requests`] that a message answers a request, and [`bounds`]
//! the amount of everything. The guard never recurses, copies a value or waits.

mod bounds;
mod frames;
mod message;
mod requests;
#[cfg(test)]
mod tests;
mod violation;

pub use bounds::LONGEST_MESSAGE;
pub use violation::Violation;

use self::bounds::Usage;
use self::frames::{Frames, Token};
use self::message::{BIND_RESPONSE, Message, SEARCH_RESULT_ENTRY};
use self::requests::Requests;

/// The state of one connection.
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
    pub kind: MessageKind,
    /// The number of the request that it answers.
    pub id: u32,
    /// Where it ends in the piece of octets that has its end.
    pub end: usize,
    /// Its approximate size in memory once it is decoded, in octets.
    pub cost: usize,
}

/// What a message is, as far as it decides where the message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// An entry that answers a search.
    Entry,
    /// Another answer to a search: a reference, an intermediate response or the result.
    Other,
    /// The answer to a bind.
    Bind,
}

impl Guard {
    /// Notes the requests to the server, before they are sent. Only a request can be answered.
    pub fn note(&mut self, requests: &[u8]) {
        self.requests.note(requests);
    }

    /// Checks octets from the server. After an error none of them may be passed on. Returns each message that ends in
    /// these octets.
    ///
    /// # Errors
    /// When the octets break a rule or a bound. The guard cannot be used after that.
    pub fn feed(&mut self, mut octets: &[u8]) -> Result<&[Passed], Violation> {
        self.passed.clear();
        let length = octets.len();
        while let Some(token) = self.frames.next(&mut octets)? {
            match token {
                Token::Header { depth, tag, length } => self.start(depth, tag, length)?,
                Token::Content(content) => self.message.content(content),
                Token::End { depth: 0 } => self.finish(length - octets.len())?,
                Token::End { depth } => self.message.end(depth)?,
            }
        }
        Ok(&self.passed)
    }

    /// Whether the rest of a message is still to come.
    #[must_use]
    pub fn is_inside_a_message(&self) -> bool {
        self.frames.is_inside()
    }

    fn start(&mut self, depth: usize, tag: u8, length: u32) -> Result<(), Violation> {
        if depth == 0 {
            self.message = Message::default();
            self.usage.add_message(length)?;
        }
        self.usage.add_element()?;
        match self.message.start(depth, tag, length)? {
            Some((id, operation)) => self.requests.admit(id, operation, self.frames.length()),
            None => Ok(()),
        }
    }

    fn finish(&mut self, end: usize) -> Result<(), Violation> {
        self.message.finish()?;
        if let Some((id, operation)) = self.message.addressed() {
            self.requests.complete(id, operation);
            let kind = match operation {
                SEARCH_RESULT_ENTRY => MessageKind::Entry,
                BIND_RESPONSE => MessageKind::Bind,
                _ => MessageKind::Other,
            };
            self.passed.push(Passed { kind, id, end, cost: self.message.cost() });
        }
        Ok(())
    }
}
