//! The guard between a database server and the driver, which trusts its input. It reserves as much as a length says,
//! keeps every parameter that a server reports, computes as many rounds of a sign-in as a server asks for, and panics
//! where a message ends early.
//!
//! Every octet from the server passes here first, once and in any pieces. Messages pass when they are whole:
//! [`bounds`] limits their amount, [`form`] checks what the driver relies on. What a server may say at any time and the
//! driver has no use for, such as the warnings of a trigger, ends here, so that it reaches no log.

mod bounds;
mod form;
mod violation;

pub(super) use self::violation::Violation;

use self::bounds::{Kind, Usage};

/// The kind of a message and its length, which counts itself (PostgreSQL manual, "Message Formats").
const HEADER: usize = 5;

/// The state of one connection.
#[derive(Debug, Default)]
pub(super) struct Guard {
    is_signed_in: bool,
    usage: Usage,
    /// The message that has not ended yet: its octets so far, and all of them once its header is known.
    start: Vec<u8>,
    length: Option<usize>,
}

impl Guard {
    /// Checks octets from the server, and adds the messages that end in them and are for the driver.
    ///
    /// # Errors
    /// When the octets break a rule or a bound. The guard cannot be used after that.
    pub(super) fn feed(&mut self, mut octets: &[u8], passed: &mut Vec<u8>) -> Result<(), Violation> {
        loop {
            let Some(length) = self.length(&mut octets)? else { return Ok(()) };
            if self.start.is_empty() && octets.len() >= length {
                let (message, rest) = octets.split_at(length);
                octets = rest;
                self.finish(message, passed)?;
                continue;
            }
            take(&mut octets, &mut self.start, length);
            if self.start.len() < length {
                return Ok(());
            }
            // The next one gets a new buffer: this one may be as large as the largest message.
            let message = std::mem::take(&mut self.start);
            self.finish(&message, passed)?;
        }
    }

    /// The length of the current message with its header. `None` when the header is still to come.
    fn length(&mut self, octets: &mut &[u8]) -> Result<Option<usize>, Violation> {
        if self.length.is_none() {
            let header: Option<&[u8; HEADER]> = if self.start.is_empty() && octets.len() >= HEADER {
                octets.first_chunk()
            } else {
                take(octets, &mut self.start, HEADER);
                self.start.first_chunk()
            };
            if let Some([kind, length @ ..]) = header {
                self.length = Some(self.usage.admit(*kind, u32::from_be_bytes(*length), self.is_signed_in)?);
            }
        }
        Ok(self.length)
    }

    fn finish(&mut self, message: &[u8], passed: &mut Vec<u8>) -> Result<(), Violation> {
        self.length = None;
        let (kind, body) = (message[0], &message[HEADER..]);
        form::check(kind, body)?;
        match Kind::of(kind) {
            Some(Kind::Aside) if self.is_signed_in || kind == bounds::NOTICE => {}
            _ => passed.extend_from_slice(message),
        }
        self.is_signed_in |= kind == bounds::READY_FOR_QUERY;
        Ok(())
    }
}

/// Moves octets until there are this many.
fn take(octets: &mut &[u8], to: &mut Vec<u8>, length: usize) {
    let (taken, rest) = octets.split_at(octets.len().min(length.saturating_sub(to.len())));
    to.extend_from_slice(taken);
    *octets = rest;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap();
        [&[kind], &length.to_be_bytes()[..], body].concat()
    }

    fn signed_in() -> Vec<u8> {
        [message(b'R', &[0; 4]), message(b'S', b"server_version\x0015\0"), message(b'Z', b"I")].concat()
    }

    /// What passes, in pieces of this size.
    fn feed(octets: &[u8], size: usize) -> Result<Vec<u8>, Violation> {
        let (mut guard, mut passed) = (Guard::default(), Vec::new());
        for piece in octets.chunks(size) {
            guard.feed(piece, &mut passed)?;
        }
        assert!(guard.start.is_empty(), "it ends with a message");
        Ok(passed)
    }

    fn refused(octets: &[u8], says: &str) {
        for size in [1, 7, 1 << 16] {
            let (mut guard, mut passed) = (Guard::default(), Vec::new());
            let refused = octets.chunks(size).find_map(|piece| guard.feed(piece, &mut passed).err());
            let words = refused.expect(says).to_string();
            assert!(words.contains(says), "`{says}` in {words}");
        }
    }

    #[test]
    fn an_ordinary_session_passes_as_it_is() {
        let session = [signed_in(), message(b'H', b"\x01\0\x01\0\x01"), message(b'd', b"row"), message(b'c', b"")];
        for size in [1, 3, 64, 1 << 16] {
            assert_eq!(feed(&session.concat(), size).unwrap(), session.concat());
        }
    }

    #[test]
    fn what_a_server_says_aside_ends_here() {
        let asides =
            [message(b'N', b"SWARNING\0"), message(b'S', b"TimeZone\0UTC\0"), message(b'A', b"\0\0\0\x01a\0b\0")];
        let octets = [signed_in(), asides.concat(), message(b'd', b"row")].concat();
        assert_eq!(feed(&octets, 5).unwrap(), [signed_in(), message(b'd', b"row")].concat());
        assert!(feed(&message(b'N', b"SNOTICE\0"), 5).unwrap().is_empty(), "also before the sign-in");
    }

    #[test]
    fn little_may_come_before_the_sign_in() {
        refused(&message(b'S', b"a\0b\0").repeat(20_000), "over 65536 octets before the sign-in was complete");
        refused(&message(b'D', b"\0\0"), "before the sign-in");
        refused(b"R\xff\xff\xff\xff", "a message of 4294967295 octets before the sign-in");
    }

    #[test]
    fn a_message_has_a_bound() {
        for octets in [&b"d\xff\xff\xff\xff"[..], b"d\x02\x00\x00\x01", b"E\x00\x20\x00\x00"] {
            refused(&[&signed_in(), octets].concat(), "a message of");
        }
        for octets in [&b"d\0\0\0\x03"[..], b"d\0\0\0\0", b"\xff\0\0\0\x04", b"HTTP/1.1"] {
            refused(octets, "sent");
        }
    }

    #[test]
    fn all_messages_together_have_a_bound() {
        let mut guard = Guard::default();
        let mut passed = Vec::new();
        guard.feed(&signed_in(), &mut passed).unwrap();
        let row = message(b'd', &vec![0; 1 << 20]);
        let refused = (0..4096).find_map(|_| {
            passed.clear();
            guard.feed(&row, &mut passed).err()
        });
        assert!(matches!(refused, Some(Violation::TooMuch(words)) if words.contains("octets in one connection")));
    }

    #[test]
    fn warnings_have_a_bound_too() {
        let warnings = message(b'N', &vec![b'x'; 1 << 19]);
        let mut guard = Guard::default();
        guard.feed(&signed_in(), &mut Vec::new()).unwrap();
        let refused = (0..4096).find_map(|_| guard.feed(&warnings, &mut Vec::new()).err());
        assert!(matches!(refused, Some(Violation::TooMuch(words)) if words.contains("warnings")));
    }

    #[test]
    fn a_sign_in_that_would_take_hours_is_refused() {
        let ask = |rounds: &str| message(b'R', format!("\0\0\0\x0br=x,s=QQ==,i={rounds}").as_bytes());
        feed(&ask("4096"), 1 << 16).unwrap();
        feed(&ask("1000000"), 1 << 16).unwrap();
        for rounds in ["1000001", "4294967295", "99999999999999999999", "", "x"] {
            refused(&ask(rounds), "SCRAM");
        }
    }

    #[test]
    fn a_message_that_the_driver_would_panic_on_is_refused() {
        for (kind, body) in [
            (b'R', &b"\0\0"[..]),
            (b'R', b"\0\0\0\x05\0"),
            (b'R', b"\0\0\0\x0b,"),
            (b'R', b"\0\0\0\x0cv"),
            (b'K', b"\0\0\0\x01"),
            (b'Z', b""),
            (b'H', b"\0"),
            (b'G', b"\0\0\x03\0\0"),
            (b't', b"\0"),
            (b't', b"\0\x02\0\0\0\x01"),
            (b'D', b"\0\x01\0\0\0\x05ab"),
            (b'D', b"\0\x01\0\0"),
        ] {
            let before = if matches!(kind, b'R' | b'K' | b'Z') { Vec::new() } else { signed_in() };
            refused(&[before, message(kind, body)].concat(), "that breaks PostgreSQL's protocol");
        }
    }

    proptest! {
        #[test]
        fn pieces_change_nothing(
            messages in proptest::collection::vec(("[dcDCNSAZE123nsIT]", any::<Vec<u8>>()), 0..8), size in 1usize..40,
        ) {
            let messages = messages.iter().flat_map(|(kind, body)| message(kind.as_bytes()[0], body));
            let octets: Vec<u8> = signed_in().into_iter().chain(messages).collect();
            prop_assert_eq!(feed(&octets, size), feed(&octets, octets.len()));
        }

        #[test]
        fn octets_never_make_it_panic(octets in any::<Vec<u8>>(), size in 1usize..40) {
            let (mut guard, mut passed) = (Guard::default(), Vec::new());
            let _ = octets.chunks(size).try_for_each(|piece| guard.feed(piece, &mut passed));
        }
    }
}
