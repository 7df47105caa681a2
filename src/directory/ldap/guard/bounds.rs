//! How much a server may send. The design's largest data set has 1,100,000 entries with 10,000,000 memberships when it
//! is taken ten times; the bounds are beyond that, and beyond each of them a directory is a hostile or a broken one.

use super::Violation;

/// The octets of one message. The largest in earnest is a group on a server that does not cut values into ranges: at
/// some 100 octets a name, 320,000 direct members. While it is decoded, it takes about two and a half times this, which
/// leaves more than half of the memory that the chart gives to everything else.
pub const LONGEST_MESSAGE: u32 = 32 << 20;
/// The elements in one message: at both bounds each has 64 octets. A million tiny ones take 20 times their encoding.
pub(super) const MOST_ELEMENTS: usize = 1 << 19;
/// The elements open at once. An entry has 6, a control 4; `ldap3` recurses into each.
pub(super) const DEEPEST: usize = 32;
/// The octets of one value: no name, no cookie and no description comes near.
pub(super) const LONGEST_VALUE: u32 = 1 << 16;
/// The octets of one answer: mostly a page of a thousand entries, but all entries where the server has no pages.
pub(super) const LARGEST_ANSWER: u64 = (2 << 30) - 1;
/// The octets of all answers on one connection, which serves one run: 400 octets for each membership of ten data sets.
const MOST_OCTETS: u64 = 4 << 30;
/// The messages on one connection: nearly four times the entries of ten data sets.
const MOST_MESSAGES: u64 = 4_000_000;
/// The elements on one connection: each membership is one, and a user has some thirty.
const MOST_ELEMENTS_OF_ALL: u64 = 100_000_000;
/// What `ldap3` and the allocator take for one element beside its octets; an element of an entry takes half of it.
pub(super) const COST_OF_ELEMENT: usize = 72;

/// What came over one connection.
#[derive(Debug, Default)]
pub(super) struct Usage {
    octets: u64,
    messages: u64,
    elements: u64,
}

impl Usage {
    /// Counts a message with this content.
    pub(super) fn add_message(&mut self, length: u32) -> Result<(), Violation> {
        if length > LONGEST_MESSAGE {
            return Err(Violation::TooMuch(format!(
                "a message of {length} octets (at most {LONGEST_MESSAGE}: a group of some 300,000 members)"
            )));
        }
        self.octets += u64::from(length);
        self.messages += 1;
        if self.octets > MOST_OCTETS {
            return Err(Violation::TooMuch(format!("over {MOST_OCTETS} octets in one read")));
        }
        if self.messages > MOST_MESSAGES {
            return Err(Violation::TooMuch(format!("over {MOST_MESSAGES} messages in one read")));
        }
        Ok(())
    }

    /// Counts an element.
    pub(super) fn add_element(&mut self) -> Result<(), Violation> {
        self.elements += 1;
        if self.elements > MOST_ELEMENTS_OF_ALL {
            return Err(Violation::TooMuch(format!("over {MOST_ELEMENTS_OF_ALL} values in one read")));
        }
        Ok(())
    }
}
