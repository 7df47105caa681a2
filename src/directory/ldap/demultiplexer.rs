//! Splits the messages that passed the guard. An entry is decoded here and never passed to `ldap3`, which would make a
//! tree of it. Any other message goes to `ldap3` unchanged.

use super::decoder::{self, Decoded};
use super::entry_queue::QueuedEntry;
use super::guard::{MessageKind, Passed};
use crate::ber;

/// Keeps the start of a message until its end comes.
#[derive(Debug, Default)]
pub(super) struct Demultiplexer {
    start: Vec<u8>,
}

/// The messages that ended in one piece from the server.
#[derive(Debug, Default)]
pub(super) struct Split {
    /// The entries.
    pub(super) entries: Vec<QueuedEntry>,
    /// The size in memory of each other message that answers a search.
    pub(super) others: Vec<usize>,
    /// The octets of all messages that are not entries.
    pub(super) octets: Vec<u8>,
}

impl Demultiplexer {
    /// Splits a piece into the messages that end in it.
    pub(super) fn split(&mut self, piece: &[u8], passed: &[Passed]) -> Split {
        let mut split = Split::default();
        let mut start = 0;
        for message in passed {
            let octets = &piece[start..message.end];
            start = message.end;
            if self.start.is_empty() {
                split.add(message, octets);
            } else {
                // The next one gets a new buffer: this one may be as large as the largest message.
                let mut whole = std::mem::take(&mut self.start);
                whole.extend_from_slice(octets);
                split.add(message, &whole);
            }
        }
        self.start.extend_from_slice(&piece[start..]);
        split
    }
}

impl Split {
    fn add(&mut self, Passed { kind, id, cost, .. }: &Passed, message: &[u8]) {
        match kind {
            MessageKind::Entry => self.entries.push(QueuedEntry { id: *id, cost: *cost, entry: decode(message) }),
            MessageKind::Other => {
                self.others.push(*cost);
                self.octets.extend_from_slice(message);
            }
            MessageKind::Bind => self.octets.extend_from_slice(message),
        }
    }
}

/// The entry in a message (RFC 4511 section 4.1.1), after the message's number.
fn decode(mut message: &[u8]) -> Result<Decoded, &'static str> {
    let content = ber::take_content(&mut message, ber::SEQUENCE).and_then(|mut content| {
        ber::take(&mut content)?;
        Some(content)
    });
    decoder::decode(content.ok_or("an answer is not a message")?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ber::{ENUMERATED, INTEGER, OCTET_STRING, SEQUENCE, element};
    use crate::directory::ldap::guard::Guard;

    fn message(id: u8, operation: u8, content: &[Vec<u8>]) -> Vec<u8> {
        element(SEQUENCE, &[element(INTEGER, &[id]), element(operation, &content.concat())].concat())
    }

    fn entry(id: u8, name: &[u8]) -> Vec<u8> {
        message(id, 0x64, &[element(OCTET_STRING, name), element(SEQUENCE, b"")])
    }

    fn done(id: u8) -> Vec<u8> {
        let empty = element(OCTET_STRING, b"");
        message(id, 0x65, &[element(ENUMERATED, &[0]), empty.clone(), empty])
    }

    /// The number of a search and the name of an entry that answers it.
    type Found = (u32, Result<String, &'static str>);

    /// The entries, and the octets for `ldap3`, from pieces of this size. Searches with the numbers 2 and 3 are open.
    fn split(octets: &[u8], size: usize) -> (Vec<Found>, Vec<u8>) {
        let (mut guard, mut demultiplexer) = (Guard::default(), Demultiplexer::default());
        guard.note(&[message(2, 0x63, &[]), message(3, 0x63, &[])].concat());
        let (mut entries, mut others) = (Vec::new(), Vec::new());
        for piece in octets.chunks(size) {
            let split = demultiplexer.split(piece, guard.feed(piece).unwrap());
            others.extend(split.octets);
            let names = split.entries.into_iter().map(|queued| (queued.id, queued.entry.map(|it| it.entry.dn)));
            entries.extend(names);
        }
        (entries, others)
    }

    #[test]
    fn entries_are_decoded_and_other_messages_go_on_unchanged() {
        let reference = message(3, 0x73, &[element(OCTET_STRING, b"ldap://x/")]);
        let answers = [entry(2, b"cn=a"), entry(3, b"cn=b"), reference.clone(), entry(2, b"\xff"), done(2), done(3)];
        let (entries, others) = split(&answers.concat(), 1 << 16);
        let broken = (2, Err("an entry's name is not UTF-8"));
        assert_eq!(entries, [(2, Ok("cn=a".to_owned())), (3, Ok("cn=b".to_owned())), broken]);
        assert_eq!(others, [reference, done(2), done(3)].concat());
    }

    proptest! {
        #[test]
        fn pieces_change_nothing(
            ids in proptest::collection::vec((2u8..4, any::<Vec<u8>>()), 0..6), size in 1usize..40,
        ) {
            let entries = ids.into_iter().map(|(id, name)| entry(id, &name));
            let octets: Vec<u8> = entries.chain([done(3), done(2)]).flatten().collect();
            prop_assert_eq!(split(&octets, size), split(&octets, octets.len()));
        }
    }
}
