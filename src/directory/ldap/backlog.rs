//! What a server has sent and nobody has taken yet. `ldap3` would hold any amount of it; the pump waits instead, and
//! the server with it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// How much may wait, in octets of memory, beside the one message that goes beyond it.
const MOST: usize = 8 << 20;

/// The messages that passed the guard and were not taken.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    waiting: Mutex<Waiting>,
    taken: Notify,
}

/// The costs of the messages, oldest first, and their sum.
#[derive(Debug, Default)]
struct Waiting {
    costs: VecDeque<usize>,
    sum: usize,
}

impl Backlog {
    /// Adds messages before they can be taken.
    pub(super) fn add(&self, costs: &[usize]) {
        let mut waiting = self.waiting();
        waiting.costs.extend(costs);
        waiting.sum += costs.iter().sum::<usize>();
    }

    /// Says that the oldest message was taken.
    pub(super) fn take(&self) {
        let mut waiting = self.waiting();
        if let Some(cost) = waiting.costs.pop_front() {
            waiting.sum -= cost;
        }
        drop(waiting);
        self.taken.notify_one();
    }

    /// Waits until more may come.
    pub(super) async fn room(&self) {
        while self.waiting().sum > MOST {
            self.taken.notified().await;
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn more_may_come_once_enough_was_taken() {
        let backlog = Backlog::default();
        backlog.add(&[MOST, 1]);
        assert!(backlog.room().now_or_never().is_none());
        backlog.take();
        assert!(backlog.room().now_or_never().is_some());
        backlog.take();
        backlog.take();
        assert_eq!(backlog.waiting().sum, 0);
    }
}
