//! The one place that reads the clock; everything else is given the time.

use jiff::Timestamp;

/// The time, in whole seconds: Kubernetes keeps no fractions in a status.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the shells have to get the time somewhere")]
pub fn now() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).unwrap_or(Timestamp::UNIX_EPOCH)
}
