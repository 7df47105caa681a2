//! What a server has sent and nobody has taken yet: the entries themselves, and how much `ldap3` holds of everything
//! else. That much may wait; then the pump waits, and the server with it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::decoder::Decoded;

/// How much may wait, in octets of memory, beside the one message that goes beyond it.
const MOST: usize = 8 << 20;

/// The messages that passed the guard and were not taken.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    waiting: Mutex<Waiting>,
    added: Notify,
    taken: Notify,
}

/// An entry, or what is wrong with it.
#[derive(Debug)]
pub(super) struct Arrived {
    /// The number of the search that found it (`messageID`).
    pub(super) id: u32,
    /// What it takes in memory.
    pub(super) cost: usize,
    pub(super) entry: Result<Decoded, &'static str>,
}

/// Oldest first, and what all take together. Of what `ldap3` has there are only the costs.
#[derive(Debug, Default)]
struct Waiting {
    entries: VecDeque<Arrived>,
    others: VecDeque<usize>,
    sum: usize,
}

impl Backlog {
    /// Adds entries, and messages before `ldap3` gets them: whoever takes one of these finds the entries before it here.
    pub(super) fn add(&self, entries: Vec<Arrived>, others: Vec<usize>) {
        let has_entries = !entries.is_empty();
        let mut waiting = self.waiting();
        waiting.sum += entries.iter().map(|arrived| arrived.cost).chain(others.iter().copied()).sum::<usize>();
        waiting.entries.extend(entries);
        waiting.others.extend(others);
        drop(waiting);
        if has_entries {
            self.added.notify_one();
        }
    }

    /// Waits until entries were added since the last call.
    pub(super) async fn entries_added(&self) {
        self.added.notified().await;
    }

    /// Takes the oldest entry, which this search has found. A connection has one search at a time, and none after one that
    /// was given up; so an entry of another one is an error like one that is malformed.
    pub(super) fn take_entry(&self, id: u32) -> Option<Result<Decoded, &'static str>> {
        let mut waiting = self.waiting();
        let arrived = waiting.entries.pop_front()?;
        self.leave(&mut waiting, arrived.cost);
        Some(if arrived.id == id { arrived.entry } else { Err("an entry answers another search") })
    }

    /// Says that the oldest message was taken of those that `ldap3` has.
    pub(super) fn take_other(&self) {
        let mut waiting = self.waiting();
        if let Some(cost) = waiting.others.pop_front() {
            self.leave(&mut waiting, cost);
        }
    }

    /// Waits until more may come.
    pub(super) async fn room(&self) {
        while self.waiting().sum > MOST {
            self.taken.notified().await;
        }
    }

    fn leave(&self, waiting: &mut Waiting, cost: usize) {
        let was_full = waiting.sum > MOST;
        waiting.sum -= cost;
        if was_full && waiting.sum <= MOST {
            self.taken.notify_one();
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

    fn arrived(id: u32, cost: usize) -> Arrived {
        Arrived { id, cost, entry: Err("no entry") }
    }

    #[tokio::test]
    async fn more_may_come_once_enough_was_taken() {
        let backlog = Backlog::default();
        backlog.add(vec![arrived(2, MOST)], vec![1]);
        assert!(backlog.room().now_or_never().is_none());
        assert!(backlog.take_entry(2).is_some());
        assert!(backlog.room().now_or_never().is_some());
        backlog.take_other();
        backlog.take_other();
        assert_eq!(backlog.waiting().sum, 0);
    }

    #[tokio::test]
    async fn who_waits_for_room_is_woken() {
        let backlog = Backlog::default();
        backlog.add(vec![arrived(2, 7)], vec![MOST]);
        let mut room = Box::pin(backlog.room());
        assert!(room.as_mut().now_or_never().is_none());
        backlog.take_other();
        assert!(room.now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_search_gets_its_entries_in_their_order_and_no_others() {
        let backlog = Backlog::default();
        assert!(backlog.entries_added().now_or_never().is_none());
        let (second, foreign) = (Arrived { entry: Err("the second"), ..arrived(2, 1) }, arrived(3, 1));
        backlog.add(vec![arrived(2, 1), second, foreign], vec![]);
        assert!(backlog.entries_added().now_or_never().is_some());
        assert_eq!(backlog.take_entry(2), Some(Err("no entry")));
        assert_eq!(backlog.take_entry(2), Some(Err("the second")));
        assert_eq!(backlog.take_entry(2), Some(Err("an entry answers another search")));
        assert_eq!(backlog.take_entry(2), None);
        assert_eq!(backlog.waiting().sum, 0);
    }
}
