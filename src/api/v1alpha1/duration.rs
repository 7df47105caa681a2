//! A length of time in the notation of Kubernetes: `15m`, `1h30m`.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A length of time, written as one to four numbers with a unit: `h`, `m`, `s` or `ms` (Gateway API, GEP-2257). It is at
/// least and at most this many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration<const LEAST: u64, const MOST: u64>(std::time::Duration);

/// A minute in seconds.
pub const MINUTE: u64 = 60;
/// An hour in seconds.
pub const HOUR: u64 = 60 * MINUTE;
/// A day in seconds.
pub const DAY: u64 = 24 * HOUR;

/// Between two runs, or between two probes.
pub type Interval = Duration<10, { 31 * DAY }>;
/// Before something that is missing or not used is removed.
pub type Wait = Duration<0, { 366 * DAY }>;

/// A text that is not a valid duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` {MESSAGE}")]
pub struct InvalidDuration {
    /// What was found.
    pub text: String,
}

const MESSAGE: &str = "must be a duration such as 15m or 1h30m; write days as hours, such as 24h";
const PATTERN: &str = "^([0-9]{1,5}(h|m|s|ms)){1,4}$";
/// Four parts of five digits and two letters.
const MAX_LENGTH: usize = 28;

/// The units, longest text first, in milliseconds.
const UNITS: [(&str, u64); 4] = [("ms", 1), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];

impl<const LEAST: u64, const MOST: u64> Duration<LEAST, MOST> {
    /// A duration of whole seconds.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(std::time::Duration::from_secs(seconds))
    }

    /// The same length as a duration of the standard library. One beyond a bound, which an earlier definition let in,
    /// counts as the bound.
    #[must_use]
    pub fn get(self) -> std::time::Duration {
        self.0.clamp(std::time::Duration::from_secs(LEAST), std::time::Duration::from_secs(MOST))
    }
}

impl<const LEAST: u64, const MOST: u64> FromStr for Duration<LEAST, MOST> {
    type Err = InvalidDuration;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).map(Self).ok_or_else(|| InvalidDuration { text: text.chars().take(80).collect() })
    }
}

/// Cannot overflow: four parts of at most 99,999 hours each.
fn parse(text: &str) -> Option<std::time::Duration> {
    let mut rest = text;
    let mut milliseconds = 0;
    for _ in 0..4 {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if !(1..=5).contains(&digits) {
            return None;
        }
        let (number, after) = rest.split_at(digits);
        let (unit, factor) = UNITS.into_iter().find(|(unit, _)| after.starts_with(unit))?;
        milliseconds += number.parse::<u64>().ok()? * factor;
        rest = after.strip_prefix(unit)?;
        if rest.is_empty() {
            return Some(std::time::Duration::from_millis(milliseconds));
        }
    }
    None
}

impl<const LEAST: u64, const MOST: u64> fmt::Display for Duration<LEAST, MOST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_millis();
        if rest == 0 {
            return f.write_str("0s");
        }
        for (unit, factor) in [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)] {
            if rest >= factor {
                write!(f, "{}{unit}", rest / factor)?;
                rest %= factor;
            }
        }
        Ok(())
    }
}

impl<const LEAST: u64, const MOST: u64> Serialize for Duration<LEAST, MOST> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, const LEAST: u64, const MOST: u64> Deserialize<'de> for Duration<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl<const LEAST: u64, const MOST: u64> JsonSchema for Duration<LEAST, MOST> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let (least, most) = (Self::from_secs(LEAST), Self::from_secs(MOST));
        let days = match MOST / DAY {
            0 | 1 => String::new(),
            days => format!(" ({days} days)"),
        };
        let least_part = if LEAST == 0 { String::new() } else { format!("at least {least} and ") };
        json_schema!({
            "type": "string",
            "maxLength": MAX_LENGTH,
            "x-kubernetes-validations": [
                {"rule": format!("self.matches('{PATTERN}')"), "message": MESSAGE},
                {
                    "rule": format!(
                        "!self.matches('{PATTERN}') || \
                         (duration(self) >= duration('{least}') && duration(self) <= duration('{most}'))"
                    ),
                    "message": format!("must be {least_part}at most {most}{days}"),
                },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Any = Duration<0, { u64::MAX }>;

    fn check(text: &str, milliseconds: u64, written: &str) {
        let duration: Any = text.parse().unwrap();
        assert_eq!(duration.get(), std::time::Duration::from_millis(milliseconds), "{text}");
        assert_eq!(duration.to_string(), written, "{text}");
    }

    #[test]
    fn reads_what_people_write_and_writes_it_in_one_form() {
        check("15m", 900_000, "15m");
        check("1h30m", 5_400_000, "1h30m");
        check("90s", 90_000, "1m30s");
        check("30m1h", 5_400_000, "1h30m");
        check("0s", 0, "0s");
        check("1500ms", 1_500, "1s500ms");
        check("99999h99999h99999h99999h", 1_439_985_600_000, "399996h");
    }

    #[test]
    fn refuses_everything_else() {
        for text in ["", "5", "5 parsecs", "1d", "-5s", "+5s", "1.5h", "5m ", "100000s", "1s1s1s1s1s", "m", "٣s"] {
            assert_eq!(text.parse::<Any>(), Err(InvalidDuration { text: text.to_owned() }));
        }
    }

    #[test]
    fn one_beyond_a_bound_counts_as_the_bound() {
        let seconds = |text: &str| text.parse::<Interval>().unwrap().get().as_secs();
        assert_eq!((seconds("99999h99999h99999h99999h"), seconds("0s"), seconds("15m")), (31 * DAY, 10, 900));
    }
}
