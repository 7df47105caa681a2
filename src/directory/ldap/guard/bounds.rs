//! How much a server may send. Ten times the largest data set of the benchmarks has 1,100,000 entries with 10,000,000
//! memberships. The bounds are greater than that. A directory that exceeds one of them is hostile or broken.

use super::Violation;

/// The octets of one message. The largest real message is a group on a server that does not send values in ranges: with
/// about 100 octets per name, 320,000 direct members. While it is decoded, it uses about two and a half times this.
/// That leaves more than half of the memory that the chart grants for everything else.
pub const LONGEST_MESSAGE: u32 = 32 << 20;
/// The elements in one message: at both bounds each has 64 octets. A million tiny ones use 20 times their encoding.
pub(super) const MOST_ELEMENTS: usize = 1 << 19;
/// The elements that are open at the same time. An entry has 6, a control 4. `ldap3` recurses into each.
pub(super) const DEEPEST: usize = 32;
pub(super) use crate::directory::entry::LONGEST_VALUE;
/// The octets of one answer: usually a page of a thousand entries, but all entries if the server does not support
/// pages.
pub(super) const LARGEST_ANSWER: u64 = (2 << 30) - 1;
/// The octets of all answers on one connection, which serves one run: 400 octets for each membership of ten data sets.
const MOST_OCTETS: u64 = 4 << 30;
/// The messages on one connection: nearly four times the entries of ten data sets.
const MOST_MESSAGES: u64 = 4_000_000;
/// The elements on one connection: each membership is one, and a user has some thirty.
const MOST_ELEMENTS_OF_ALL: u64 = 100_000_000;
/// The memory that `ldap3` and the allocator use for one element besides its octets. An element of an entry needs half.
pub(super) const COST_OF_ELEMENT: usize = 72;

/// The amount that came over one connection.
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
