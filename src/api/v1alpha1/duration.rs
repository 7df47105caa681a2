//! A length of time in the notation of Kubernetes: `15m`, `1h30m`.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A length of time, written as one to four numbers with a unit: `h`, `m`, `s` or `ms` (Gateway API, GEP-2257).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(std::time::Duration);

/// A text that is not a valid duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` {MESSAGE}")]
pub struct InvalidDuration {
    /// What was found.
    pub text: String,
}

const MESSAGE: &str = "must be a duration such as 15m or 1h30m";
const PATTERN: &str = "^([0-9]{1,5}(h|m|s|ms)){1,4}$";
/// Four parts of five digits and two letters.
const MAX_LENGTH: usize = 28;

/// The units, longest text first, in milliseconds.
const UNITS: [(&str, u64); 4] = [("ms", 1), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];

impl Duration {
    /// A duration of whole seconds.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(std::time::Duration::from_secs(seconds))
    }

    /// The same length as a duration of the standard library.
    #[must_use]
    pub const fn get(self) -> std::time::Duration {
        self.0
    }
}

impl From<Duration> for std::time::Duration {
    fn from(duration: Duration) -> Self {
        duration.0
    }
}

impl FromStr for Duration {
    type Err = InvalidDuration;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| InvalidDuration { text: text.chars().take(80).collect() })
    }
}

/// Cannot overflow: four parts of at most 99,999 hours each.
fn parse(text: &str) -> Option<Duration> {
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
            return Some(Duration(std::time::Duration::from_millis(milliseconds)));
        }
    }
    None
}

impl fmt::Display for Duration {
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

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Duration {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "maxLength": MAX_LENGTH,
            "x-kubernetes-validations": [{"rule": format!("self.matches('{PATTERN}')"), "message": MESSAGE}],
        })
    }
}

/// The schema of a duration of at least this many seconds.
pub(super) fn at_least<const SECONDS: u64>(_: &mut SchemaGenerator) -> Schema {
    let least = Duration::from_secs(SECONDS);
    json_schema!({
        "type": "string",
        "maxLength": MAX_LENGTH,
        "x-kubernetes-validations": [
            {"rule": format!("self.matches('{PATTERN}')"), "message": MESSAGE},
            {
                "rule": format!("!self.matches('{PATTERN}') || duration(self) >= duration('{least}')"),
                "message": format!("must be at least {least}"),
            },
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, milliseconds: u64, written: &str) {
        let duration: Duration = text.parse().unwrap();
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
            assert_eq!(text.parse::<Duration>(), Err(InvalidDuration { text: text.to_owned() }));
        }
    }
}
