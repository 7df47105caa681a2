//! The connections to the API server, and how long one answer may take. A load balancer may drop a connection without a word,
//! and then neither an answer nor an error ever arrives.

use std::future::Future;
use std::time::Duration;

use kube::client::ClientBuilder;
use kube::{Client, Config};

/// The longest that one call may take, with the repetitions of the client.
const CALL_LIMIT: Duration = Duration::from_secs(30);
/// The API server ends a watch after this time, and the next one continues it. So a silent watch is noticed soon.
pub(super) const WATCH_SECONDS: u32 = 60;
/// The longest silence of a connection with a watch: longer than a watch.
const WATCH_SILENCE: Duration = Duration::from_secs(75);
/// The longest that a call about the lease may take: several must fit between two renewals that are due.
const LEASE_LIMIT: Duration = Duration::from_secs(3);

/// Separate connections for what must not wait for each other.
#[derive(Clone)]
pub struct ApiServer {
    /// For calls with one answer.
    pub(super) calls: Client,
    /// For watches, which stay open.
    pub(super) watches: Client,
    /// For the lease, where a late answer is of no use.
    pub(super) lease: Client,
}

impl ApiServer {
    /// The connections of this configuration. Nothing is connected yet.
    ///
    /// # Errors
    /// When the configuration cannot work.
    pub fn new(config: &Config) -> Result<Self, kube::Error> {
        let client = |silence: Duration, repeats: bool| {
            let mut config = config.clone();
            config.connect_timeout = Some(silence.min(CALL_LIMIT));
            config.read_timeout = Some(silence);
            config.write_timeout = Some(silence.min(CALL_LIMIT));
            // A connection that was idle is not silent.
            config.reset_reader_on_write = true;
            config.default_retry = repeats;
            Ok::<_, kube::Error>(ClientBuilder::try_from(config)?.build())
        };
        Ok(Self {
            calls: client(CALL_LIMIT, true)?,
            watches: client(WATCH_SILENCE, true)?,
            lease: client(LEASE_LIMIT, false)?,
        })
    }
}

/// The API server gave no answer in time.
#[derive(Debug, thiserror::Error)]
#[error("no answer within {} s", .0.as_secs())]
struct NoAnswer(Duration);

/// The answer to a call, or an error when it does not arrive in time.
pub(super) async fn answer<T>(call: impl Future<Output = Result<T, kube::Error>>) -> Result<T, kube::Error> {
    within(CALL_LIMIT, call).await
}

/// The answer to a call about the lease.
pub(super) async fn lease_answer<T>(call: impl Future<Output = Result<T, kube::Error>>) -> Result<T, kube::Error> {
    within(LEASE_LIMIT, call).await
}

async fn within<T>(limit: Duration, call: impl Future<Output = Result<T, kube::Error>>) -> Result<T, kube::Error> {
    tokio::time::timeout(limit, call).await.unwrap_or_else(|_| Err(kube::Error::Service(Box::new(NoAnswer(limit)))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_without_an_answer_ends() {
        let silent = within(Duration::from_millis(20), std::future::pending::<Result<(), kube::Error>>()).await;
        assert!(silent.unwrap_err().to_string().contains("no answer within"));
        answer(std::future::ready(Ok(()))).await.unwrap();
    }
}
