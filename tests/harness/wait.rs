//! Waiting for a condition of another process.

use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const POLL: Duration = Duration::from_millis(20);

/// Asks until there is an answer. `None` if the time limit has passed.
pub fn poll<T>(limit: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + limit;
    loop {
        let answer = ask();
        if answer.is_some() || Instant::now() > deadline {
            return answer;
        }
        thread::sleep(POLL);
    }
}

/// The seconds since 1970, which other processes on this machine count too.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "a test compares its own time with that of a server")]
pub fn clock() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs_f64()
}

/// Waits until the condition is true. Panics with the name of the condition if the time limit has passed.
pub fn until(what: &str, limit: Duration, mut condition: impl FnMut() -> bool) {
    assert!(poll(limit, || condition().then_some(())).is_some(), "{what}: not so within {limit:?}");
}
