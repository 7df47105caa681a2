//! The form of one message (RFC 4511 section 4.1.1), as far as `ldap3` relies on it: the elements that it unwraps are
//! there, and those that it takes for text are UTF-8. Entries are not checked here, because they have a decoder of
//! their own.

use super::Violation;
use super::bounds::{COST_OF_ELEMENT, LONGEST_VALUE, MOST_ELEMENTS};
use crate::ber::{self, BOOLEAN, CONSTRUCTED, ENUMERATED, INTEGER, OCTET_STRING, SEQUENCE};
use crate::directory::ldap::result::words;

/// `BindResponse`, `[APPLICATION 1]`.
pub(super) const BIND_RESPONSE: u8 = 0x61;
/// `SearchResultEntry`, `[APPLICATION 4]`.
pub(super) const SEARCH_RESULT_ENTRY: u8 = 0x64;
/// `SearchResultDone`, `[APPLICATION 5]`.
pub(super) const SEARCH_RESULT_DONE: u8 = 0x65;
/// `SearchResultReference`, `[APPLICATION 19]`.
pub(super) const SEARCH_RESULT_REFERENCE: u8 = 0x73;
/// `ExtendedResponse`, `[APPLICATION 24]`.
pub(super) const EXTENDED_RESPONSE: u8 = 0x78;
/// `IntermediateResponse`, `[APPLICATION 25]`.
pub(super) const INTERMEDIATE_RESPONSE: u8 = 0x79;
/// `controls`, `[0]`.
const CONTROLS: u8 = 0xa0;
/// `responseName`, `[10]`: Active Directory puts it after the notice of disconnection, not into it.
const RESPONSE_NAME: u8 = 0x8a;

/// The longest part of a notice's diagnostic that is repeated, in characters.
const LONGEST_DIAGNOSTIC: usize = 300;

/// The current message.
#[derive(Debug, Default)]
pub(super) struct Message {
    id: Option<u32>,
    operation: Option<u8>,
    code: Option<u32>,
    diagnostic: String,
    /// The tags of the open elements of the depths 0 to 3, and how many elements each has so far.
    tags: [u8; 4],
    children: [usize; 4],
    /// The meaning of the current primitive element, and its octets if it has one.
    meaning: Meaning,
    octets: Vec<u8>,
    elements: usize,
    length: usize,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Meaning {
    #[default]
    Any,
    Id,
    Code,
    Text(&'static str),
    Diagnostic,
}

impl Message {
    /// Checks the header of an element. For that of the operation, returns the request that it answers and the
    /// operation.
    pub(super) fn start(&mut self, depth: usize, tag: u8, length: u32) -> Result<Option<(u32, u8)>, Violation> {
        self.elements += 1;
        if self.elements > MOST_ELEMENTS {
            return Err(Violation::TooMuch(format!("a message of over {MOST_ELEMENTS} values")));
        }
        if tag & CONSTRUCTED == 0 && length > LONGEST_VALUE {
            return Err(Violation::TooMuch(format!("a value of {length} octets (at most {LONGEST_VALUE})")));
        }
        let Some(outer) = depth.checked_sub(1) else {
            self.tags[0] = tag;
            self.length = length as usize;
            return if tag == SEQUENCE {
                Ok(None)
            } else {
                Err(malformed("octets that are not the start of a message"))
            };
        };
        let Some(count) = self.children.get_mut(outer) else { return Ok(None) };
        let index = *count;
        *count += 1;
        if depth < self.tags.len() {
            self.tags[depth] = tag;
            self.children[depth] = 0;
        }
        self.meaning = self.meaning(depth, index, tag, length).map_err(malformed)?;
        if (depth, index) != (1, 1) {
            return Ok(None);
        }
        self.operation = Some(tag);
        Ok(self.addressed())
    }

    /// Takes content of a primitive element.
    pub(super) fn content(&mut self, content: &[u8]) {
        if self.meaning != Meaning::Any {
            self.octets.extend_from_slice(content);
        }
    }

    /// Checks an element that ends. For the message itself: [`Self::finish`].
    pub(super) fn end(&mut self, depth: usize) -> Result<(), Violation> {
        match std::mem::take(&mut self.meaning) {
            Meaning::Any => {}
            Meaning::Id => self.id = ber::unsigned(&self.octets).filter(|id| i32::try_from(*id).is_ok()),
            Meaning::Code => self.code = ber::unsigned(&self.octets),
            Meaning::Text(name) => drop(self.text(name)?),
            Meaning::Diagnostic => {
                self.diagnostic = self.text("a diagnostic message")?.chars().take(LONGEST_DIAGNOSTIC).collect();
            }
        }
        self.octets.clear();
        match (depth, self.children.get(depth)) {
            (1, _) if self.id.is_none() => Err(malformed("a message whose number is not valid")),
            (1, Some(count)) if *count < 3 && self.operation == Some(self.tags[1]) && self.is_result() => {
                Err(malformed("a result without its code, name and message"))
            }
            (1, _) if self.is_result() && self.code.is_none() => Err(malformed("a result code that is not valid")),
            (2, Some(0)) if self.tags[1] == CONTROLS => Err(malformed("a control without a name")),
            _ => Ok(()),
        }
    }

    /// Checks the message as a whole.
    pub(super) fn finish(&self) -> Result<(), Violation> {
        match (self.operation, self.id) {
            (None, _) => Err(malformed("a message without an operation")),
            (Some(_), Some(0)) => Err(Violation::NoticeOfDisconnection(self.reason())),
            (Some(_), _) => Ok(()),
        }
    }

    /// The request that it answers, and the operation that it is, once both are known.
    pub(super) fn addressed(&self) -> Option<(u32, u8)> {
        self.id.zip(self.operation)
    }

    /// Its size in memory, in octets.
    pub(super) const fn cost(&self) -> usize {
        self.length + self.elements * COST_OF_ELEMENT
    }

    /// The meaning of an element, by its position. The error says what is wrong with it.
    fn meaning(&self, depth: usize, index: usize, tag: u8, length: u32) -> Result<Meaning, &'static str> {
        match (depth, self.tags[1]) {
            (1, _) => match (index, tag) {
                (0, INTEGER) => Ok(Meaning::Id),
                (0, _) => Err("a message without a number"),
                (1, operation) if is_answer(operation) => Ok(Meaning::Any),
                (1, _) => Err("an operation that is not an answer"),
                (2, CONTROLS | RESPONSE_NAME) => Ok(Meaning::Any),
                _ => Err("a message with an unexpected element"),
            },
            (2, CONTROLS) if tag == SEQUENCE => Ok(Meaning::Any),
            (2, CONTROLS) => Err("a malformed control"),
            (3, CONTROLS) => match (index, tag, length) {
                (0, OCTET_STRING, _) => Ok(Meaning::Text("the name of a control")),
                (1, BOOLEAN, 1) | (1 | 2, OCTET_STRING, _) => Ok(Meaning::Any),
                _ => Err("a malformed control"),
            },
            (2, _) if self.is_result() => match (index, tag) {
                (0, ENUMERATED) => Ok(Meaning::Code),
                (0, _) => Err("a result without a code"),
                (1, OCTET_STRING) => Ok(Meaning::Text("the name in a result")),
                (2, OCTET_STRING) => Ok(Meaning::Diagnostic),
                (1 | 2, _) => Err("a result without its name and message"),
                (_, tag) => trailer(tag),
            },
            (3, _) if self.is_result() && tag_number(self.tags[2]) == REFERRAL => match tag {
                OCTET_STRING => Ok(Meaning::Text("a referral")),
                _ => Err("a malformed referral"),
            },
            _ => Ok(Meaning::Any),
        }
    }

    /// Whether the operation is an `LDAPResult` (RFC 4511 section 4.1.9), which `ldap3` unwraps.
    const fn is_result(&self) -> bool {
        matches!(self.operation, Some(BIND_RESPONSE | SEARCH_RESULT_DONE | EXTENDED_RESPONSE))
    }

    fn text(&self, name: &str) -> Result<&str, Violation> {
        std::str::from_utf8(&self.octets).map_err(|_| {
            let code = self.code.map(|code| format!(" beside result {code}")).unwrap_or_default();
            Violation::Malformed(format!("{name}{code} that is not UTF-8"))
        })
    }

    fn reason(&self) -> String {
        match (self.code, &*words(&self.diagnostic)) {
            (None, _) => "without a reason".to_owned(),
            (Some(code), "") => format!("result {code}"),
            (Some(code), text) => format!("result {code}: {text}"),
        }
    }
}

/// `referral`, `[3]`, in a result.
const REFERRAL: u8 = 3;

/// The elements that may follow in a result: referrals, SASL credentials, the name and the value of an extended
/// response. `ldap3` only looks at the numbers of the tags.
fn trailer(tag: u8) -> Result<Meaning, &'static str> {
    let is_primitive = tag & CONSTRUCTED == 0;
    match (tag_number(tag), is_primitive) {
        (REFERRAL, true) | (7 | 10 | 11, false) => Err("a result with a malformed element"),
        (10, true) => Ok(Meaning::Text("the name of a response")),
        _ => Ok(Meaning::Any),
    }
}

const fn tag_number(tag: u8) -> u8 {
    tag & 0x1f
}

const fn is_answer(operation: u8) -> bool {
    matches!(
        operation,
        BIND_RESPONSE
            | SEARCH_RESULT_ENTRY
            | SEARCH_RESULT_DONE
            | SEARCH_RESULT_REFERENCE
            | EXTENDED_RESPONSE
            | INTERMEDIATE_RESPONSE
    )
}

fn malformed(what: &str) -> Violation {
    Violation::Malformed(what.to_owned())
}
