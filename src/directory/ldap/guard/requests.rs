//! The requests that are open. A server may send nothing but answers to them: `ldap3` would log anything else, or panic
//! where the operation does not fit the request.

use std::collections::BTreeMap;

use super::Violation;
use super::bounds::LARGEST_ANSWER;
use super::message::{
    BIND_RESPONSE, EXTENDED_RESPONSE, INTERMEDIATE_RESPONSE, SEARCH_RESULT_DONE, SEARCH_RESULT_ENTRY,
    SEARCH_RESULT_REFERENCE,
};
use crate::ber;

/// `BindRequest`, `[APPLICATION 0]`.
const BIND_REQUEST: u8 = 0x60;
/// `SearchRequest`, `[APPLICATION 3]`.
const SEARCH_REQUEST: u8 = 0x63;

/// The requests of a connection.
#[derive(Debug, Default)]
pub(super) struct Requests {
    open: BTreeMap<u32, Open>,
    /// The first octets of a request, until its id and operation are known, and how much of it is still to come.
    head: Vec<u8>,
    rest: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Bind,
    /// A search, with the octets of its answer so far.
    Search(u64),
}

impl Requests {
    /// Reads what `ldap3` sends, in any pieces. It is well-formed.
    pub(super) fn note(&mut self, mut octets: &[u8]) {
        loop {
            let passed = self.rest.min(octets.len());
            self.rest -= passed;
            octets = &octets[passed..];
            let Some((octet, rest)) = octets.split_first() else { return };
            octets = rest;
            self.head.push(*octet);
            if let Some((id, operation, rest)) = head(&self.head) {
                match operation {
                    BIND_REQUEST => drop(self.open.insert(id, Open::Bind)),
                    SEARCH_REQUEST => drop(self.open.insert(id, Open::Search(0))),
                    _ => {}
                }
                self.head.clear();
                self.rest = rest;
            }
        }
    }

    /// An error unless a message may be an answer to a request, or one of several.
    pub(super) fn admit(&mut self, id: u32, operation: u8, length: u64) -> Result<(), Violation> {
        match (self.open.get_mut(&id), operation) {
            // A notice of disconnection.
            (None, EXTENDED_RESPONSE) if id == 0 => Ok(()),
            (Some(Open::Bind), BIND_RESPONSE) => Ok(()),
            (
                Some(Open::Search(octets)),
                SEARCH_RESULT_ENTRY | SEARCH_RESULT_REFERENCE | SEARCH_RESULT_DONE | INTERMEDIATE_RESPONSE,
            ) => {
                *octets += length;
                if *octets > LARGEST_ANSWER {
                    return Err(Violation::TooMuch(format!("an answer of over {LARGEST_ANSWER} octets")));
                }
                Ok(())
            }
            (Some(_), _) => Err(Violation::Malformed(format!("an answer to request {id} that does not fit it"))),
            (None, _) => Err(Violation::Malformed(format!("an answer to request {id}, which is not open"))),
        }
    }

    /// Closes the request if the message is the last of its answer.
    pub(super) fn complete(&mut self, id: u32, operation: u8) {
        if matches!(operation, BIND_RESPONSE | SEARCH_RESULT_DONE) {
            self.open.remove(&id);
        }
    }
}

/// The id and the operation of a request, and how many octets of it follow. `None` until these are there.
fn head(octets: &[u8]) -> Option<(u32, u8, usize)> {
    let mut input = octets;
    let (_, length) = ber::header(&mut input)?;
    let before = octets.len() - input.len();
    let id = ber::unsigned(ber::take_content(&mut input, ber::INTEGER)?)?;
    let operation = *input.first()?;
    Some((id, operation, (before + length).saturating_sub(octets.len())))
}
