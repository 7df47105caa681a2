//! Sorts what passed the guard. An entry is decoded where it was read and never seen by `ldap3`, which would make a tree of
//! it; any other message is for `ldap3`, whole.

use super::backlog::Arrived;
use super::decoder::{self, Decoded};
use super::guard::{Kind, Passed};
use crate::ber;

/// Keeps what is cut until the rest of it comes.
#[derive(Debug, Default)]
pub(super) struct Sorter {
    /// The beginning of a message.
    cut: Vec<u8>,
}

/// What ended in one piece from the server.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    /// The entries.
    pub(super) entries: Vec<Arrived>,
    /// What each other message that a search gets takes in memory.
    pub(super) others: Vec<usize>,
    /// The octets of all messages that are no entry.
    pub(super) octets: Vec<u8>,
}

impl Sorter {
    /// Sorts a piece, with the messages that end in it.
    pub(super) fn sort(&mut self, piece: &[u8], passed: &[Passed]) -> Arrivals {
        let mut arrivals = Arrivals::default();
        let mut start = 0;
        for message in passed {
            let octets = &piece[start..message.end];
            start = message.end;
            if self.cut.is_empty() {
                arrivals.add(message, octets);
            } else {
                // The next cut takes a buffer of its own: this one may be as large as a message can be.
                let mut whole = std::mem::take(&mut self.cut);
                whole.extend_from_slice(octets);
                arrivals.add(message, &whole);
            }
        }
        self.cut.extend_from_slice(&piece[start..]);
        arrivals
    }
}

impl Arrivals {
    fn add(&mut self, Passed { kind, id, cost, .. }: &Passed, message: &[u8]) {
        match kind {
            Kind::Entry => self.entries.push(Arrived { id: *id, cost: *cost, entry: decode(message) }),
            Kind::Other => {
                self.others.push(*cost);
                self.octets.extend_from_slice(message);
            }
            Kind::Bind => self.octets.extend_from_slice(message),
        }
    }
}

/// The entry in a message (RFC 4511 section 4.1.1), which stands behind its number.
fn decode(mut message: &[u8]) -> Result<Decoded, &'static str> {
    let content = ber::take_content(&mut message, ber::SEQUENCE).and_then(|mut content| {
        ber::take(&mut content)?;
        Some(content)
    });
    decoder::decode(content.ok_or("an answer is no message")?)
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

    /// The number of a search and the name of an entry that it found.
    type Found = (u32, Result<String, &'static str>);

    /// The entries, and what is for `ldap3`, from pieces of this size. Searches with the numbers 2 and 3 are open.
    fn sort(octets: &[u8], size: usize) -> (Vec<Found>, Vec<u8>) {
        let (mut guard, mut sorter) = (Guard::default(), Sorter::default());
        guard.note(&[message(2, 0x63, &[]), message(3, 0x63, &[])].concat());
        let (mut entries, mut others) = (Vec::new(), Vec::new());
        for piece in octets.chunks(size) {
            let arrivals = sorter.sort(piece, guard.feed(piece).unwrap());
            others.extend(arrivals.octets);
            let names = arrivals.entries.into_iter().map(|arrived| (arrived.id, arrived.entry.map(|it| it.entry.dn)));
            entries.extend(names);
        }
        (entries, others)
    }

    #[test]
    fn entries_are_decoded_and_anything_else_goes_on_as_it_came() {
        let reference = message(3, 0x73, &[element(OCTET_STRING, b"ldap://x/")]);
        let answers = [entry(2, b"cn=a"), entry(3, b"cn=b"), reference.clone(), entry(2, b"\xff"), done(2), done(3)];
        let (entries, others) = sort(&answers.concat(), 1 << 16);
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
            prop_assert_eq!(sort(&octets, size), sort(&octets, octets.len()));
        }
    }
}
