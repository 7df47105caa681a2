//! The only place that reads the clock. Everything else gets the time as a parameter.

use jiff::Timestamp;

/// The time, in whole seconds, because times in a Kubernetes status have no fractions.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the code around the core needs the time")]
pub fn now() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).unwrap_or(Timestamp::UNIX_EPOCH)
}
