//! Range retrieval (MS-ADTS section 3.1.1.3.1.3.3): a server that cuts the values of an attribute sends
//! `member;range=0-1499`, and the rest is asked for until `range=N-*` marks the last of them.
//!
//! The parts are separate reads without a common moment. They are one answer only if the entry did not change between
//! them (`uSNChanged`); otherwise, and where a part lies past the end, the entry is read again from its first value.

use ldap3::Scope;

use super::decoder::{Decoded, Range};
use super::result::{self, NO_SUCH_OBJECT, OPERATIONS_ERROR};
use super::search::Search;
use super::session::Session;
use crate::directory::Error;
use crate::directory::dn::ExtendedDn;
use crate::directory::schema::MemberAttribute;

/// How often an entry that changes while it is read is begun again.
const MOST_STARTS: usize = 5;
/// A bound against an attribute that never ends; Microsoft knows of groups with 4 million members.
const MOST_VALUES: usize = 20_000_000;
/// What every change of an entry moves on its server.
pub(super) const CHANGE: &str = "uSNChanged";

/// An entry of which some values came and others are still to be asked for.
#[derive(Debug)]
pub(super) struct Cut {
    dn: String,
    change: Vec<Vec<u8>>,
    rest: Vec<(MemberAttribute, u32)>,
}

/// What the rest of an entry brings.
pub(super) enum Part {
    /// Further values of an attribute.
    Values(MemberAttribute, Vec<Vec<u8>>),
    /// All values so far are void: the entry changed, and is begun again.
    Restart,
}

impl Cut {
    /// What is missing from an entry as it was decoded; `None` where nothing is.
    pub(super) fn of(attempt: &str, decoded: &Decoded, members: &[MemberAttribute]) -> Result<Option<Self>, Error> {
        let mut rest = Vec::new();
        for range in &decoded.ranges {
            let attribute = members
                .iter()
                .find(|attribute| attribute.name == range.attribute)
                .ok_or_else(|| Error::malformed(attempt, "an attribute that holds no members comes in ranges"))?;
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
    /// Reads the rest of an entry that was cut.
    pub(super) async fn read_rest(
        &mut self,
        attempt: &str,
        mut cut: Cut,
        mut take: impl FnMut(Part) + Send,
    ) -> Result<(), Error> {
        let members = self.effective.schema.member_attributes();
        let attributes: Vec<String> =
            members.iter().map(|attribute| attribute.name.to_owned()).chain([CHANGE.to_owned()]).collect();
        for _ in 0..MOST_STARTS {
            if self.finish(attempt, &cut, &mut take).await? {
                return Ok(());
            }
            take(Part::Restart);
            let search = self.of_entry(attempt, &cut.dn, &attributes);
            let shown = self.connection.search(&search, &self.contexts).await?.into_inner();
            let Some(mut decoded) = shown.into_iter().next() else {
                return Err(Error::incomplete(attempt, format!("`{}` vanished while its values were read", cut.dn)));
            };
            let begun = Cut::of(attempt, &decoded, members)?;
            for attribute in members {
                if let Some(values) = decoded.entry.attributes.remove(attribute.name) {
                    take(Part::Values(*attribute, values));
                }
            }
            match begun {
                Some(begun) => cut = Cut { dn: cut.dn, ..begun },
                None => return Ok(()),
            }
        }
        Err(Error::incomplete(attempt, format!("`{}` changed while its values were read, {MOST_STARTS} times", cut.dn)))
    }

    /// Whether all missing values came; if not, the entry has to be begun again.
    async fn finish(&mut self, attempt: &str, cut: &Cut, take: &mut (impl FnMut(Part) + Send)) -> Result<bool, Error> {
        for (attribute, first) in &cut.rest {
            let (mut next, mut count) = (Some(*first), 0);
            while let Some(low) = next {
                let Some((values, range)) = self.part(attempt, cut, *attribute, low).await? else { return Ok(false) };
                next = following(attempt, &range, low, values.len())?;
                count += values.len();
                if count > MOST_VALUES {
                    return Err(Error::incomplete(
                        attempt,
                        format!("`{}` has more than {MOST_VALUES} members", cut.dn),
                    ));
                }
                take(Part::Values(*attribute, values));
            }
        }
        Ok(true)
    }

    /// The values of one attribute from `low` on, as many as the server gives; `None` when the entry changed.
    async fn part(
        &mut self,
        attempt: &str,
        cut: &Cut,
        attribute: MemberAttribute,
        low: u32,
    ) -> Result<Option<(Vec<Vec<u8>>, Range)>, Error> {
        let attributes = [format!("{};range={low}-*", attribute.name), CHANGE.to_owned()];
        let search = self.of_entry(attempt, &cut.dn, &attributes);
        let mut parts = Vec::new();
        let mut keep = |part| {
            parts.push(part);
            Ok(())
        };
        let answer = self.connection.ask(&search, &self.contexts, &mut keep).await?;
        match answer.rc {
            0 => {}
            // Active Directory says operationsError past the end, and the entry may be gone by now.
            OPERATIONS_ERROR | NO_SUCH_OBJECT => return Ok(None),
            _ => return Err(result::failure(attempt, None, &answer)),
        }
        let Some(mut part) = parts.into_iter().next() else { return Ok(None) };
        if part.entry.values(CHANGE).is_empty() {
            let cause = format!(
                "`{}` has more members than come at once and shows no {CHANGE}, so a change between two parts would go \
                 unseen: let the account that binds read that attribute",
                cut.dn
            );
            return Err(Error::incomplete(attempt, cause));
        }
        let range = part.ranges.into_iter().find(|range| range.attribute == attribute.name && range.low == low);
        let values = part.entry.attributes.remove(attribute.name).unwrap_or_default();
        Ok(match range {
            Some(range) if !values.is_empty() && part.entry.values(CHANGE) == cut.change => Some((values, range)),
            // Samba sends an empty range past the end.
            _ => None,
        })
    }

    fn of_entry<'a>(&self, attempt: &'a str, dn: &'a str, attributes: &'a [String]) -> Search<'a> {
        Search {
            attempt,
            field: None,
            base: dn,
            scope: Scope::Base,
            filter: "(objectClass=*)",
            attributes,
            controls: self.extended_names(),
        }
    }
}

/// The index of the value after a range that should begin at `low` and holds `count` values; `None` after the last.
fn following(attempt: &str, range: &Range, low: u32, count: usize) -> Result<Option<u32>, Error> {
    let Some(high) = range.high else {
        return if range.low == low {
            Ok(None)
        } else {
            Err(Error::malformed(attempt, "a range begins at another value"))
        };
    };
    let expected = high.checked_sub(range.low).map(|span| span as usize + 1);
    if range.low != low || expected != Some(count) {
        return Err(Error::malformed(attempt, "a range does not hold the values that it says"));
    }
    high.checked_add(1).map(Some).ok_or_else(|| Error::malformed(attempt, "a range ends beyond any value"))
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
        let cut = |ranges: Vec<Range>, count| {
            let mut decoded = Decoded { ranges, ..Decoded::default() };
            decoded.entry.attributes.insert("member".into(), vec![Vec::new(); count]);
            Cut::of("", &decoded, members)
        };
        assert!(matches!(cut(vec![], 0), Ok(None)));
        assert!(matches!(cut(vec![range(0, None)], 7), Ok(None)));
        assert!(matches!(cut(vec![range(0, Some(1499))], 1500), Ok(Some(Cut { rest, .. })) if rest[0].1 == 1500));
        assert!(cut(vec![range(1500, None)], 7).is_err());
    }
}
