//! `GeneralizedTime` (RFC 4517 section 3.3.13): a time with hours, minutes or seconds, with or without a fraction of
//! the last of them, in UTC or with the offset of a zone.

use jiff::SignedDuration;
use jiff::civil::DateTime;

const HOUR: u64 = 60 * MINUTE;
const MINUTE: u64 = 60 * SECOND;
/// In nanoseconds.
const SECOND: u64 = 1_000_000_000;
/// How many digits of a fraction are read. The rest is less than a nanosecond, even of an hour.
const MOST_DIGITS: usize = 18;

/// The time in UTC; `None`: the text is not such a time. Years are from 0 to 9999.
pub(super) fn parse(text: &str) -> Option<DateTime> {
    let (local, ahead) = split_zone(text)?;
    let (digits, fraction) = match local.split_once(['.', ',']) {
        Some((_, "")) => return None,
        Some((digits, fraction)) => (digits, fraction),
        None => (local, ""),
    };
    let field = |from: usize, to: usize| number(digits.get(from..to)?);
    let (minute, second, unit) = match digits.len() {
        10 => (0, 0, HOUR),
        12 => (field(10, 12)?, 0, MINUTE),
        14 => (field(10, 12)?, field(12, 14)?, SECOND),
        _ => return None,
    };
    // A leap second is the first of the next minute.
    if second > 60 {
        return None;
    }
    let narrow = |field: i64| i8::try_from(field).ok();
    let year = i16::try_from(field(0, 4)?).ok()?;
    let minutes = DateTime::new(
        year,
        narrow(field(4, 6)?)?,
        narrow(field(6, 8)?)?,
        narrow(field(8, 10)?)?,
        narrow(minute)?,
        0,
        0,
    );
    let beyond = SignedDuration::from_secs(second - ahead) + fraction_of(unit, fraction)?;
    Some(minutes.ok()?.saturating_add(beyond))
}

/// Takes the zone off. Returns the seconds that it is ahead of UTC.
fn split_zone(text: &str) -> Option<(&str, i64)> {
    if let Some(local) = text.strip_suffix('Z') {
        return Some((local, 0));
    }
    let at = text.rfind(['+', '-'])?;
    let (local, zone) = text.split_at(at);
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = match zone.len() {
        3 => (number(zone.get(1..3)?)?, 0),
        5 => (number(zone.get(1..3)?)?, number(zone.get(3..5)?)?),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some((local, sign * (hours * 60 + minutes) * 60))
}

/// This fraction of a unit, which is given in nanoseconds.
fn fraction_of(unit: u64, digits: &str) -> Option<SignedDuration> {
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let read = &digits[..digits.len().min(MOST_DIGITS)];
    let (mut value, mut whole) = (0_u128, 1_u128);
    for digit in read.bytes() {
        value = value * 10 + u128::from(digit - b'0');
        whole *= 10;
    }
    i64::try_from(value * u128::from(unit) / whole).ok().map(SignedDuration::from_nanos)
}

/// Digits and nothing else.
fn number(digits: &str) -> Option<i64> {
    digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_rfc_is_read() {
        for (text, time) in [
            ("1994121610Z", "1994-12-16T10:00:00"),
            ("199412161032Z", "1994-12-16T10:32:00"),
            ("19941216103245Z", "1994-12-16T10:32:45"),
            // The examples of the section.
            ("199412160532-0500", "1994-12-16T10:32:00"),
            ("199412161232+02", "1994-12-16T10:32:00"),
            ("1994121610.5Z", "1994-12-16T10:30:00"),
            ("1994121610,25Z", "1994-12-16T10:15:00"),
            ("199412161032.5Z", "1994-12-16T10:32:30"),
            ("199412161032,999Z", "1994-12-16T10:32:59.94"),
            ("19941216103245.1Z", "1994-12-16T10:32:45.1"),
            ("19941216103245.000000001Z", "1994-12-16T10:32:45.000000001"),
            ("19941216103245.0Z", "1994-12-16T10:32:45"),
            ("19941216103245.1234567890123456789012345Z", "1994-12-16T10:32:45.123456789"),
            ("19941216103245,5+0130", "1994-12-16T09:02:45.5"),
            ("1994121623.5-01", "1994-12-17T00:30:00"),
            ("20240229000000+2359", "2024-02-28T00:01:00"),
            ("20161231235960Z", "2017-01-01T00:00:00"),
            ("000001010000Z", "0000-01-01T00:00:00"),
            ("00000101000000Z", "0000-01-01T00:00:00"),
            ("99991231235959Z", "9999-12-31T23:59:59"),
        ] {
            assert_eq!(parse(text), Some(time.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_time_beyond_the_calendar_is_its_end() {
        assert_eq!(parse("99991231235959-2359"), Some(DateTime::MAX));
        assert_eq!(parse("00000101000000+0001"), Some("-000001-12-31T23:59:00".parse().unwrap()));
    }

    #[test]
    fn any_other_text_is_none() {
        for text in [
            "",
            "Z",
            "never",
            "2025",
            "20250101",
            "20250101Z",
            // Without a zone it is not a definite time.
            "20250101120000",
            "2025010112000Z",
            "202501011Z",
            "20251301000000Z",
            "20250230000000Z",
            "20250100000000Z",
            "20250101240000Z",
            "20250101006000Z",
            "20250101000061Z",
            "20250101000000z",
            "20250101000000.Z",
            "20250101000000.5.5Z",
            "20250101000000.-5Z",
            ".5Z",
            "20250101000000+",
            "20250101000000+1",
            "20250101000000+100",
            "20250101000000+2400",
            "20250101000000+0060",
            "20250101000000+01:00",
            "20250101000000 Z",
            "2025-01-01T00:00:00Z",
            "2025010\u{661}000000Z",
            "+2501010000Z",
            "133801632000000000",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
