//! How much a server may send. Ten times the largest data set of the benchmarks has 1,100,000 accounts and groups with
//! 10,000,000 memberships. The bounds are greater than that. A store that exceeds one of them is hostile or broken.

use super::Violation;

/// The octets of one row, or of one part of a COPY. The largest real one has the members of a group: 12 octets each, so
/// 2,700,000 members.
const LONGEST_ROW: u32 = 32 << 20;
/// The octets of any other message. Errors are the longest ones, with the text of a function or a value.
const LONGEST_OTHER: u32 = 1 << 20;
/// The octets before the sign-in is complete. A real server sends some 500, its parameters.
const MOST_BEFORE_SIGN_IN: u64 = 1 << 16;
/// The octets of one connection. Ten data sets have some 700 MB of accounts, links and memberships.
const MOST_OCTETS: u64 = 2 << 30;
/// The messages of one connection. Ten data sets have some 2,300,000 rows.
const MOST_MESSAGES: u64 = 10_000_000;
/// The octets of warnings: a trigger that warns of each of a million rows.
const MOST_ASIDE: u64 = 256 << 20;

/// `NoticeResponse`.
pub(super) const NOTICE: u8 = b'N';
/// `ReadyForQuery`. The first one ends the sign-in.
pub(super) const READY_FOR_QUERY: u8 = b'Z';

/// What a message is, as far as bounds differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A row or a part of a COPY.
    Row,
    /// What belongs to the sign-in, or may come during it.
    SignIn,
    /// What a server may say at any time, whatever was asked.
    Aside,
    /// Any other answer.
    Other,
}

impl Kind {
    /// `None`: PostgreSQL has no such message, or the driver never asks for it.
    pub(super) const fn of(kind: u8) -> Option<Self> {
        match kind {
            b'd' | b'D' => Some(Self::Row),
            b'R' | b'K' | b'E' | READY_FOR_QUERY => Some(Self::SignIn),
            NOTICE | b'S' | b'A' => Some(Self::Aside),
            b'1' | b'2' | b'3' | b'C' | b'c' | b'G' | b'H' | b'I' | b'n' | b't' | b's' | b'T' => Some(Self::Other),
            _ => None,
        }
    }
}

/// The amount that came over one connection.
#[derive(Debug, Default)]
pub(super) struct Usage {
    octets: u64,
    messages: u64,
    aside: u64,
}

impl Usage {
    /// Counts a message by its header; returns its length with the header.
    pub(super) fn admit(&mut self, kind: u8, length: u32, is_signed_in: bool) -> Result<usize, Violation> {
        let Some(class) = Kind::of(kind).filter(|_| length >= 4) else {
            return Err(Violation::Malformed("what is not a message of PostgreSQL's protocol".to_owned()));
        };
        self.octets += u64::from(length) + 1;
        self.messages += 1;
        if !is_signed_in {
            return self.admit_before_sign_in(class, length);
        }
        let longest = if class == Kind::Row { LONGEST_ROW } else { LONGEST_OTHER };
        if length > longest {
            return Err(Violation::TooMuch(format!("a message of {length} octets (at most {longest})")));
        }
        if class == Kind::Aside {
            self.aside += u64::from(length);
        }
        if self.aside > MOST_ASIDE {
            return Err(Violation::TooMuch(format!("over {MOST_ASIDE} octets of warnings in one connection")));
        }
        if self.octets > MOST_OCTETS {
            return Err(Violation::TooMuch(format!("over {MOST_OCTETS} octets in one connection")));
        }
        if self.messages > MOST_MESSAGES {
            return Err(Violation::TooMuch(format!("over {MOST_MESSAGES} messages in one connection")));
        }
        Ok(length as usize + 1)
    }

    fn admit_before_sign_in(&self, class: Kind, length: u32) -> Result<usize, Violation> {
        if !matches!(class, Kind::SignIn | Kind::Aside) {
            return Err(Violation::Malformed("an answer before the sign-in was complete".to_owned()));
        }
        if u64::from(length) > MOST_BEFORE_SIGN_IN {
            return Err(Violation::TooMuch(format!("a message of {length} octets before the sign-in was complete")));
        }
        if self.octets > MOST_BEFORE_SIGN_IN {
            let sent = format!("over {MOST_BEFORE_SIGN_IN} octets before the sign-in was complete");
            return Err(Violation::TooMuch(sent));
        }
        Ok(length as usize + 1)
    }
}
