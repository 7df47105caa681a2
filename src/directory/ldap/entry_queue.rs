//! Messages that a server has sent and that were not taken yet: the entries themselves, and how much memory `ldap3`
//! uses for all others. Up to a bound they wait here. Then the relay waits, and the server with it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::decoder::Decoded;

/// How much may wait, in octets of memory, besides the one message that exceeds it.
const MOST: usize = 8 << 20;

/// The messages that passed the guard and were not taken.
#[derive(Debug, Default)]
pub(super) struct EntryQueue {
    waiting: Mutex<Waiting>,
    added: Notify,
    taken: Notify,
}

/// An entry, or what is wrong with it.
#[derive(Debug)]
pub(super) struct QueuedEntry {
    /// The number of the search that found it (`messageID`).
    pub(super) id: u32,
    /// Its size in memory, in octets.
    pub(super) cost: usize,
    pub(super) entry: Result<Decoded, &'static str>,
}

/// Oldest first, with their total size. Of the messages that `ldap3` has, only the sizes.
#[derive(Debug, Default)]
struct Waiting {
    entries: VecDeque<QueuedEntry>,
    others: VecDeque<usize>,
    sum: usize,
}

impl EntryQueue {
    /// Adds entries, and other messages before `ldap3` gets them. So all entries before a message are here when it is
    /// taken.
    pub(super) fn add(&self, entries: Vec<QueuedEntry>, others: Vec<usize>) {
        let has_entries = !entries.is_empty();
        let mut waiting = self.waiting();
        waiting.sum += entries.iter().map(|entry| entry.cost).chain(others.iter().copied()).sum::<usize>();
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

    /// Takes the oldest entry, which must be the answer to this search. A connection has one search at a time, and none
    /// after one that was given up. So an entry of another search is an error, like a malformed one.
    pub(super) fn take_entry(&self, id: u32) -> Option<Result<Decoded, &'static str>> {
        let mut waiting = self.waiting();
        let queued = waiting.entries.pop_front()?;
        self.leave(&mut waiting, queued.cost);
        Some(if queued.id == id { queued.entry } else { Err("an entry answers another search") })
    }

    /// Notes that the oldest of the messages was taken that `ldap3` has.
    pub(super) fn take_other(&self) {
        let mut waiting = self.waiting();
        if let Some(cost) = waiting.others.pop_front() {
            self.leave(&mut waiting, cost);
        }
    }

    /// Waits until there is room for more.
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

    fn queued(id: u32, cost: usize) -> QueuedEntry {
        QueuedEntry { id, cost, entry: Err("no entry") }
    }

    #[tokio::test]
    async fn there_is_room_once_enough_was_taken() {
        let queue = EntryQueue::default();
        queue.add(vec![queued(2, MOST)], vec![1]);
        assert!(queue.room().now_or_never().is_none());
        assert!(queue.take_entry(2).is_some());
        assert!(queue.room().now_or_never().is_some());
        queue.take_other();
        queue.take_other();
        assert_eq!(queue.waiting().sum, 0);
    }

    #[tokio::test]
    async fn a_task_that_waits_for_room_is_woken() {
        let queue = EntryQueue::default();
        queue.add(vec![queued(2, 7)], vec![MOST]);
        let mut room = Box::pin(queue.room());
        assert!(room.as_mut().now_or_never().is_none());
        queue.take_other();
        assert!(room.now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_search_gets_its_entries_in_their_order_and_no_others() {
        let queue = EntryQueue::default();
        assert!(queue.entries_added().now_or_never().is_none());
        let (second, foreign) = (QueuedEntry { entry: Err("the second"), ..queued(2, 1) }, queued(3, 1));
        queue.add(vec![queued(2, 1), second, foreign], vec![]);
        assert!(queue.entries_added().now_or_never().is_some());
        assert_eq!(queue.take_entry(2), Some(Err("no entry")));
        assert_eq!(queue.take_entry(2), Some(Err("the second")));
        assert_eq!(queue.take_entry(2), Some(Err("an entry answers another search")));
        assert_eq!(queue.take_entry(2), None);
        assert_eq!(queue.waiting().sum, 0);
    }
}
