//! How long to wait before a request is sent again.

use std::time::Duration;

use http::HeaderMap;
use http::header::RETRY_AFTER;

/// How often a request is sent in all.
pub(super) const ATTEMPTS: u32 = 5;
/// The pause before the second attempt; it doubles from there.
const FIRST: Duration = Duration::from_millis(500);
/// The longest pause that a server may ask for.
const LONGEST: Duration = Duration::from_mins(1);

/// How long to wait after this many attempts: what the server asks for, else longer each time. `fraction` from 0 to 1
/// spreads clients that were refused together.
pub(super) fn pause(attempts: u32, headers: Option<&HeaderMap>, fraction: f64) -> Duration {
    let own = FIRST.saturating_mul(1 << attempts.saturating_sub(1).min(10));
    let asked = headers.and_then(retry_after).unwrap_or_default();
    // A server may ask for 0 s (RFC 9110 section 10.2.3), which is no pause at all.
    own.max(asked).min(LONGEST).mul_f64(1.0 + fraction / 2.0)
}

/// The seconds of `Retry-After`. A date would need two clocks that agree.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_grows_and_is_at_least_what_the_server_asks_for() {
        let asking = |text: &str| HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
        assert_eq!(pause(1, None, 0.0), FIRST);
        assert_eq!(pause(3, None, 0.0), FIRST * 4);
        assert_eq!(pause(1, None, 1.0), FIRST * 3 / 2);
        assert_eq!(pause(1, Some(&asking("7")), 0.0), Duration::from_secs(7));
        assert_eq!(pause(2, Some(&asking("0")), 0.0), FIRST * 2);
        assert_eq!(pause(1, Some(&asking("86400")), 0.0), LONGEST);
        assert_eq!(pause(1, Some(&asking("Fri, 31 Dec 1999 23:59:59 GMT")), 0.0), FIRST);
    }
}
