//! What a run hands to a store: whether it may go on, by its host and by its time.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, sleep_until};

use super::host::RunHost;
use crate::store::{Guard, Interruption};

/// The guard of one run, from its first step on.
pub(super) struct RunGuard<'a> {
    host: &'a dyn RunHost,
    deadline: Instant,
    timeout: Duration,
}

impl<'a> RunGuard<'a> {
    /// A run that begins now.
    pub(super) fn new(host: &'a dyn RunHost, timeout: Duration) -> Self {
        Self { host, deadline: Instant::now() + timeout, timeout }
    }

    const fn timed_out(&self) -> Interruption {
        Interruption::TimedOut { seconds: self.timeout.as_secs() }
    }
}

#[async_trait]
impl Guard for RunGuard<'_> {
    async fn may_go_on(&self) -> Result<(), Interruption> {
        if Instant::now() >= self.deadline {
            return Err(self.timed_out());
        }
        self.host.may_go_on().await
    }

    async fn stopped(&self) -> Interruption {
        tokio::select! {
            interruption = self.host.stopped() => interruption,
            () = sleep_until(self.deadline) => self.timed_out(),
        }
    }
}
