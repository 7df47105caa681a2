//! How messages count things and say times.

use jiff::Timestamp;

/// A number with its noun, in the form that agrees with it.
#[must_use]
pub fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// The same with its verb: `1 member is`, `4 members are`.
#[must_use]
pub fn count_are(number: u64, noun: &str) -> String {
    format!("{} {}", count(number, noun), if number == 1 { "is" } else { "are" })
}

/// A time as messages print it: `2026-11-27 14:05 UTC`.
#[must_use]
pub fn utc(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
