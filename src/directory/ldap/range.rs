//! Range retrieval (MS-ADTS section 3.1.1.3.1.3.3): a server that truncates the values of an attribute sends
//! `member;range=0-1499`. The rest is asked for until `range=N-*` marks the end.
//!
//! The ranges are separate reads at different times. They are one answer only if the entry did not change between them
//! (`uSNChanged`). Otherwise, and where a range is past the end, the entry is read again from its first value.
//! Rule `complete-read`.

use super::decoder::{Decoded, Range};
use super::result::{self, NO_SUCH_OBJECT, OPERATIONS_ERROR};
use super::search::Search;
use super::session::Session;
use crate::directory::Error;
use crate::directory::assembly::{Assembly, GroupNumber};
use crate::directory::dn::ExtendedDn;
use crate::directory::schema::MemberAttribute;

/// How often an entry that changes while it is read is started again.
const MOST_STARTS: usize = 5;
/// A bound against an attribute without end. Microsoft knows of groups with 4 million members.
const MOST_VALUES: usize = 20_000_000;
/// Every change of an entry increases this on its server.
pub(super) const CHANGE: &str = "uSNChanged";

/// An entry of which some member values came and others must still be asked for.
#[derive(Debug)]
pub(super) struct Truncated {
    dn: String,
    change: Vec<Vec<u8>>,
    /// The index of the next value of each attribute.
    rest: Vec<(MemberAttribute, u32)>,
}

impl Truncated {
    /// What is missing from a decoded entry. `None` where it is complete.
    pub(super) fn from_entry(
        attempt: &str,
        decoded: &Decoded,
        members: &[MemberAttribute],
    ) -> Result<Option<Self>, Error> {
        let mut rest = Vec::new();
        for range in &decoded.ranges {
            let attribute = members
                .iter()
                .find(|attribute| attribute.name == range.attribute)
                .ok_or_else(|| Error::malformed(attempt, "an attribute without members comes in ranges"))?;
            let count = decoded.entry.values(&range.attribute).len();
            if let Some(next) = following(attempt, range, 0, count)? {
                rest.push((*attribute, next));
            }
        }
        let change = decoded.entry.values(CHANGE).to_vec();
        let dn = ExtendedDn::parse(&decoded.entry.dn).dn.to_owned();
        Ok((!rest.is_empty()).then_some(Self { dn, change, rest }))
    }
}

impl Session {
    /// Adds the rest of the groups whose members the server truncated.
    pub(super) async fn read_rests(
        &mut self,
        attempt: &str,
        groups: Vec<(GroupNumber, Truncated)>,
        assembly: &mut Assembly,
    ) -> Result<(), Error> {
        for (group, truncated) in groups {
            self.read_rest(attempt, truncated, group, assembly).await?;
        }
        Ok(())
    }

    async fn read_rest(
        &mut self,
        attempt: &str,
        mut truncated: Truncated,
        group: GroupNumber,
        assembly: &mut Assembly,
    ) -> Result<(), Error> {
        let members = self.effective.schema.member_attributes();
        let attributes: Vec<String> =
            members.iter().map(|attribute| attribute.name.to_owned()).chain([CHANGE.to_owned()]).collect();
        for _ in 0..MOST_STARTS {
            if self.finish(attempt, &truncated, group, assembly).await? {
                return Ok(());
            }
            assembly.restart_members(group);
            let search = Search::entry(attempt, &truncated.dn, &attributes).with_controls(self.extended_names());
            let shown = self.connection.search(&search, &self.ignored).await?.into_inner();
            let Some(decoded) = shown.into_iter().next() else {
                return Err(Error::incomplete(
                    attempt,
                    format!("`{}` was deleted or hidden while its members were read", truncated.dn),
                ));
            };
            for attribute in members {
                assembly.add_members(group, *attribute, decoded.entry.values(attribute.name));
            }
            match Truncated::from_entry(attempt, &decoded, members)? {
                Some(again) => truncated = Truncated { dn: truncated.dn, ..again },
                None => return Ok(()),
            }
        }
        Err(Error::incomplete(
            attempt,
            format!("`{}` changed {MOST_STARTS} times while its members were read", truncated.dn),
        ))
    }

    /// Whether all missing values came. If not, the entry must be started again.
    async fn finish(
        &mut self,
        attempt: &str,
        truncated: &Truncated,
        group: GroupNumber,
        assembly: &mut Assembly,
    ) -> Result<bool, Error> {
        for (attribute, first) in &truncated.rest {
            let (mut next, mut count) = (Some(*first), 0);
            while let Some(low) = next {
                let Some((values, range)) = self.values_from(attempt, truncated, *attribute, low).await? else {
                    return Ok(false);
                };
                next = following(attempt, &range, low, values.len())?;
                count += values.len();
                if count > MOST_VALUES {
                    let cause = format!("`{}` has more than {MOST_VALUES} members", truncated.dn);
                    return Err(Error::incomplete(attempt, cause));
                }
                assembly.add_members(group, *attribute, &values);
            }
        }
        Ok(true)
    }

    /// The values of one attribute from `low` on, as many as the server gives. `None` when the entry changed.
    async fn values_from(
        &mut self,
        attempt: &str,
        truncated: &Truncated,
        attribute: MemberAttribute,
        low: u32,
    ) -> Result<Option<(Vec<Vec<u8>>, Range)>, Error> {
        let attributes = [format!("{};range={low}-*", attribute.name), CHANGE.to_owned()];
        let search = Search::entry(attempt, &truncated.dn, &attributes).with_controls(self.extended_names());
        let mut shown = None;
        let mut keep = |decoded| {
            shown.get_or_insert(decoded);
            Ok(())
        };
        let answer = self.connection.ask(&search, &self.ignored, &mut keep).await?;
        match answer.rc {
            0 => {}
            // Past the end, Active Directory answers operationsError. The entry may also be gone by now.
            OPERATIONS_ERROR | NO_SUCH_OBJECT => return Ok(None),
            _ => return Err(result::failure(attempt, None, &answer)),
        }
        let Some(mut decoded) = shown else { return Ok(None) };
        if decoded.entry.values(CHANGE).is_empty() {
            let cause = format!(
                "`{}` has more members than one answer can have, and shows no {CHANGE}, so a change between two \
                 answers would not be noticed; grant the bind account read access to that attribute",
                truncated.dn
            );
            return Err(Error::incomplete(attempt, cause));
        }
        let range = decoded.ranges.into_iter().find(|range| range.attribute == attribute.name && range.low == low);
        let values = decoded.entry.attributes.remove(attribute.name).unwrap_or_default();
        Ok(match range {
            Some(range) if !values.is_empty() && decoded.entry.values(CHANGE) == truncated.change => {
                Some((values, range))
            }
            // Past the end, Samba sends an empty range.
            _ => None,
        })
    }
}

/// The index of the value after a range that should start at `low` and has `count` values. `None` after the last.
fn following(attempt: &str, range: &Range, low: u32, count: usize) -> Result<Option<u32>, Error> {
    let Some(high) = range.high else {
        return if range.low == low {
            Ok(None)
        } else {
            Err(Error::malformed(attempt, "a range starts at another value than was asked for"))
        };
    };
    let expected = high.checked_sub(range.low).map(|span| span as usize + 1);
    if range.low != low || expected != Some(count) {
        return Err(Error::malformed(attempt, "a range does not have the values that its bounds say"));
    }
    high.checked_add(1).map(Some).ok_or_else(|| Error::malformed(attempt, "a range ends past the greatest index"))
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
        let members = crate::directory::schema::Schema::ActiveDirectory.member_attributes();
        let truncated = |ranges: Vec<Range>, count| {
            let mut decoded = Decoded { ranges, ..Decoded::default() };
            decoded.entry.attributes.insert("member".into(), vec![Vec::new(); count]);
            Truncated::from_entry("", &decoded, members)
        };
        assert!(matches!(truncated(vec![], 0), Ok(None)));
        assert!(matches!(truncated(vec![range(0, None)], 7), Ok(None)));
        assert!(
            matches!(truncated(vec![range(0, Some(1499))], 1500), Ok(Some(Truncated { rest, .. })) if rest[0].1 == 1500)
        );
        assert!(truncated(vec![range(1500, None)], 7).is_err());
    }
}
