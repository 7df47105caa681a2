//! Range retrieval (MS-ADTS section 3.1.1.3.1.3.3): a server that cuts the values of an attribute sends
//! `member;range=0-1499`, and the rest is asked for until `range=N-*` marks the last of them.
//!
//! The parts are separate reads without a common moment. They are one answer only if the entry did not change between
//! them (`uSNChanged`); otherwise, and where a part lies past the end, the entry is read again from its first value.

use super::connection::Connection;
use super::decoder::{Decoded, Range};
use super::reference::Contexts;
use super::result::{self, NO_SUCH_OBJECT, OPERATIONS_ERROR};
use super::search::{Search, incomplete, malformed};
use crate::directory::Error;
use crate::directory::entry::Entry;

/// How often an entry that changes while it is read is begun again.
const MOST_STARTS: usize = 5;
/// A bound against an attribute that never ends; Microsoft knows of groups with 4 million members.
const MOST_VALUES: usize = 20_000_000;
/// What every change of an entry moves on this server.
const CHANGE: &str = "uSNChanged";

/// Whether values are missing from an entry as it was decoded.
pub(super) fn is_cut(decoded: &Decoded) -> bool {
    decoded.ranges.iter().any(|range| range.low != 0 || range.high.is_some())
}

impl Connection {
    /// Reads an entry by a search of base scope, with all values of all its attributes; `None` where it is not there.
    pub(super) async fn whole(&mut self, search: &Search<'_>, contexts: &Contexts) -> Result<Option<Entry>, Error> {
        let mut attributes = search.attributes.to_vec();
        attributes.push(CHANGE.to_owned());
        let first = Search { attributes: &attributes, ..search.clone() };
        for _ in 0..MOST_STARTS {
            let Some(answer) = self.search_if_there(&first, contexts).await? else { return Ok(None) };
            let Some(start) = answer.into_inner().into_iter().next() else { return Ok(None) };
            if let Some(entry) = self.rest(search, start, contexts).await? {
                return Ok(Some(entry));
            }
        }
        Err(incomplete(
            search.attempt,
            format!("`{}` changed while its values were read, {MOST_STARTS} times", search.base),
        ))
    }

    /// All values of an entry that was begun; `None` when it has to be begun again.
    async fn rest(
        &mut self,
        search: &Search<'_>,
        start: Decoded,
        contexts: &Contexts,
    ) -> Result<Option<Entry>, Error> {
        let Decoded { mut entry, ranges } = start;
        let change = entry.values(CHANGE).to_vec();
        for range in ranges {
            let mut next = following(search.attempt, &range, 0, entry.values(&range.attribute).len())?;
            while let Some(low) = next {
                let Some((part, last)) = self.part(search, &range.attribute, low, &change, contexts).await? else {
                    return Ok(None);
                };
                next = following(search.attempt, &last, low, part.len())?;
                let values = entry.attributes.entry(range.attribute.clone()).or_default();
                values.extend(part);
                if values.len() > MOST_VALUES {
                    return Err(incomplete(search.attempt, format!("more than {MOST_VALUES} values of one attribute")));
                }
            }
        }
        Ok(Some(entry))
    }

    /// The values of one attribute from `low` on, as many as the server gives; `None` when the entry changed.
    async fn part(
        &mut self,
        search: &Search<'_>,
        attribute: &str,
        low: u32,
        change: &[Vec<u8>],
        contexts: &Contexts,
    ) -> Result<Option<(Vec<Vec<u8>>, Range)>, Error> {
        let attributes = [format!("{attribute};range={low}-*"), CHANGE.to_owned()];
        let request = Search { attributes: &attributes, ..search.clone() };
        let mut parts = Vec::new();
        let answer = self
            .ask(&request, contexts, &mut |part| {
                parts.push(part);
                Ok(())
            })
            .await?;
        match answer.rc {
            0 => {}
            // Active Directory says operationsError past the end, and the entry may be gone by now.
            OPERATIONS_ERROR | NO_SUCH_OBJECT => return Ok(None),
            _ => return Err(result::failure(search.attempt, search.field, &answer)),
        }
        let Some(mut part) = parts.into_iter().next() else { return Ok(None) };
        let range = part.ranges.into_iter().find(|range| range.attribute == attribute && range.low == low);
        let values = part.entry.attributes.remove(attribute).unwrap_or_default();
        Ok(match range {
            Some(range) if !values.is_empty() && part.entry.values(CHANGE) == change => Some((values, range)),
            // Samba sends an empty range past the end.
            _ => None,
        })
    }
}

/// The index of the value after a range that should begin at `low` and holds `count` values; `None` after the last.
fn following(attempt: &str, range: &Range, low: u32, count: usize) -> Result<Option<u32>, Error> {
    let Some(high) = range.high else {
        return if range.low == low { Ok(None) } else { Err(malformed(attempt, "a range begins at another value")) };
    };
    let expected = high.checked_sub(range.low).map(|span| span as usize + 1);
    if range.low != low || expected != Some(count) {
        return Err(malformed(attempt, "a range does not hold the values that it says"));
    }
    high.checked_add(1).map(Some).ok_or_else(|| malformed(attempt, "a range ends beyond any value"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(low: u32, high: Option<u32>) -> Range {
        Range { attribute: "member".into(), low, high }
    }

    #[test]
    fn a_range_goes_on_where_the_last_one_ended() {
        assert!(matches!(following("", &range(0, Some(1499)), 0, 1500), Ok(Some(1500))));
        assert!(matches!(following("", &range(1500, None), 1500, 7), Ok(None)));
    }

    #[test]
    fn a_range_with_fewer_values_than_it_says_is_malformed() {
        for (range, low, count) in [
            (range(0, Some(1499)), 0, 1499),
            (range(0, Some(1499)), 1, 1500),
            (range(7, None), 8, 1),
            (range(0, Some(u32::MAX)), 0, 1 << 32),
        ] {
            assert!(matches!(following("", &range, low, count), Err(Error::Malformed { .. })));
        }
    }

    #[test]
    fn only_a_range_from_the_first_to_the_last_value_is_whole() {
        let decoded = |ranges| Decoded { ranges, ..Decoded::default() };
        assert!(!is_cut(&decoded(vec![])));
        assert!(!is_cut(&decoded(vec![range(0, None)])));
        assert!(is_cut(&decoded(vec![range(0, Some(1499))])));
        assert!(is_cut(&decoded(vec![range(1500, None)])));
    }
}
