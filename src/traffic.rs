//! What is counted of the traffic with one server. Both ports share this: each request is counted where it is sent.

use std::fmt;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::Histogram;
use tokio::time::Instant;

/// The upper bounds of request times, in seconds: a look-up takes milliseconds, a read of everything seconds.
const REQUEST_SECONDS: [f64; 8] = [0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 30.0, 120.0];

/// Counts the requests to one server. Clones count together.
#[derive(Clone)]
pub struct Traffic {
    seconds: Histogram,
    octets: Counter,
}

impl Traffic {
    /// With a histogram of request times, made by [`request_seconds`], and a counter of received octets.
    #[must_use]
    pub const fn new(seconds: Histogram, octets: Counter) -> Self {
        Self { seconds, octets }
    }

    /// Does one request, and counts it with the time that it takes, whatever comes of it.
    pub async fn count<T>(&self, request: impl Future<Output = T>) -> T {
        let _sent = Sent { traffic: self, start: Instant::now() };
        request.await
    }

    /// Counts octets that the server sent.
    pub fn receive(&self, octets: usize) {
        self.octets.inc_by(octets as u64);
    }

    fn observe(&self, time: Duration) {
        self.seconds.observe(time.as_secs_f64());
    }
}

impl Default for Traffic {
    /// Nobody reads what it counts.
    fn default() -> Self {
        Self::new(request_seconds(), Counter::default())
    }
}

impl fmt::Debug for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traffic").finish_non_exhaustive()
    }
}

/// A histogram of the times of requests.
#[must_use]
pub fn request_seconds() -> Histogram {
    Histogram::new(REQUEST_SECONDS)
}

/// A request that is on its way. One that is dropped has ended too.
struct Sent<'a> {
    traffic: &'a Traffic,
    start: Instant,
}

impl Drop for Sent<'_> {
    fn drop(&mut self) {
        self.traffic.observe(self.start.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use prometheus_client::encoding::prometheus_text::encode;
    use prometheus_client::registry::Registry;

    use super::*;

    #[tokio::test]
    async fn a_request_counts_once_also_if_it_is_dropped() {
        let (seconds, octets) = (request_seconds(), Counter::default());
        let traffic = Traffic::new(seconds.clone(), octets.clone());
        traffic.count(std::future::ready(())).await;
        assert!(traffic.count(std::future::pending::<()>()).now_or_never().is_none());
        traffic.receive(3);
        let mut registry = Registry::default();
        registry.register("seconds", "Times", seconds);
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        assert!(text.contains("seconds_count 2\n"), "{text}");
        assert_eq!(octets.get(), 3);
    }
}
