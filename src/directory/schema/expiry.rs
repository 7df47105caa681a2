//! When an account expires. Its entry does not change then, so the time is read and compared later.
//! Rule `disabled-account`.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::generalized_time;
use super::state::unclear;
use crate::directory::entry::Entry;
use crate::sync::snapshot::UnclearState;

/// An attribute that says when an account expires.
pub(super) struct Expiry {
    pub(super) attribute: &'static str,
    /// Reads a value. `None`: it has a wrong form.
    pub(super) read: fn(&str) -> Option<Expires>,
    /// The right form of a value.
    pub(super) form: &'static str,
}

/// What it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expires {
    Never,
    At(Timestamp),
}

/// `accountExpires` of Active Directory.
pub(super) const ACCOUNT_EXPIRES: Expiry =
    Expiry { attribute: "accountExpires", read: ticks, form: "a number of 100 ns since 1601" };

/// A `GeneralizedTime`.
pub(super) const fn at_generalized_time(attribute: &'static str) -> Expiry {
    Expiry { attribute, read: generalized_time, form: "a time such as 20301231235959Z" }
}

impl Expiry {
    /// Reads an entry. One without the attribute does not expire.
    ///
    /// # Errors
    /// The value, if it has a wrong form.
    pub(super) fn read_from(&self, entry: &Entry) -> Result<Expires, UnclearState> {
        let Some(value) = entry.values(self.attribute).first() else { return Ok(Expires::Never) };
        let text = std::str::from_utf8(value).ok();
        text.and_then(|text| (self.read)(text.trim())).ok_or_else(|| unclear(self.attribute, value, self.form))
    }
}

/// 1601-01-01T00:00:00Z in seconds since 1970.
const TICKS_START: i64 = -11_644_473_600;

/// `accountExpires`, MS-ADA1 section 2.1: intervals of 100 ns since 1601; 0 and the largest number mean never.
fn ticks(text: &str) -> Option<Expires> {
    let ticks: i64 = text.parse().ok().filter(|ticks| *ticks >= 0)?;
    if ticks == 0 || ticks == i64::MAX {
        return Some(Expires::Never);
    }
    let nanoseconds = i32::try_from(ticks % 10_000_000 * 100).ok()?;
    let start = Timestamp::from_second(TICKS_START).ok()?;
    // A time beyond the calendar never comes.
    let end = start.checked_add(SignedDuration::new(ticks / 10_000_000, nanoseconds));
    Some(end.map_or(Expires::Never, Expires::At))
}

fn generalized_time(text: &str) -> Option<Expires> {
    let time = generalized_time::parse(text)?;
    // A time beyond the calendar never comes.
    Some(TimeZone::UTC.to_timestamp(time).map_or(Expires::Never, Expires::At))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Expires {
        Expires::At(text.parse().unwrap())
    }

    #[test]
    fn ticks_are_counted_from_1601() {
        assert_eq!(ticks("133801632000000000"), Some(at("2025-01-01T00:00:00Z")));
        assert_eq!(ticks("1"), Some(at("1601-01-01T00:00:00.0000001Z")));
        for never in ["0", "9223372036854775807", "9223372036854775806"] {
            assert_eq!(ticks(never), Some(Expires::Never), "{never}");
        }
        for unclear in ["", "-1", "soon", "9223372036854775808", "20200101000000.0Z", "1.5"] {
            assert_eq!(ticks(unclear), None, "{unclear}");
        }
    }

    #[test]
    fn a_generalized_time_is_a_moment() {
        assert_eq!(generalized_time("20250101120000Z"), Some(at("2025-01-01T12:00:00Z")));
        assert_eq!(generalized_time("2025010112.5+0100"), Some(at("2025-01-01T11:30:00Z")));
        assert_eq!(generalized_time("99991231235959Z"), Some(Expires::Never));
        for unclear in ["", "20250101", "20251301000000Z", "20250101120000", "never"] {
            assert_eq!(generalized_time(unclear), None, "{unclear}");
        }
    }
}
