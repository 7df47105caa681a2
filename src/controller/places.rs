//! Places for work of which only so much goes on at once. Whoever is due first comes first, and namespaces share the places:
//! one namespace takes more only while more is free than it holds. So a namespace whose work hangs keeps at most half of the
//! places, and whoever else comes finds one.
//!
//! Memory is shared in the same way: its mebibytes are places, of which one run takes many.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::oneshot;

/// How often others may take what is free while it is not enough for whoever is due before them.
const MAX_OVERTAKEN: u32 = 16;

/// A number of places, and who waits for some.
#[derive(Debug)]
pub(super) struct Places {
    state: Mutex<State>,
}

/// How many places there are, and how many of them are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Load {
    pub(super) whole: usize,
    pub(super) taken: usize,
    /// How many wait for some.
    pub(super) waiting: usize,
}

#[derive(Debug)]
struct State {
    whole: usize,
    free: usize,
    /// How many places each namespace holds. `None`: namespaces do not count.
    held: Option<BTreeMap<String, usize>>,
    /// In the order in which they are served.
    waiting: BTreeMap<(Timestamp, u64), Waiting>,
    /// How many have waited so far.
    tickets: u64,
}

#[derive(Debug)]
struct Waiting {
    namespace: String,
    count: usize,
    overtaken: u32,
    turn: oneshot::Sender<Place>,
}

/// One place or several, until they are dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Option<Arc<Places>>,
    namespace: String,
    count: usize,
}

impl Places {
    /// Places that namespaces share.
    pub(super) fn shared(count: usize) -> Arc<Self> {
        Self::new(count, Some(BTreeMap::new()))
    }

    /// Places of which anybody may take all.
    pub(super) fn plain(count: usize) -> Arc<Self> {
        Self::new(count, None)
    }

    fn new(count: usize, held: Option<BTreeMap<String, usize>>) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State { whole: count, free: count, held, waiting: BTreeMap::new(), tickets: 0 }),
        })
    }

    /// Waits for a place for work of this namespace that has been due since this time.
    pub(super) async fn take(self: &Arc<Self>, namespace: &str, due: Timestamp) -> Place {
        self.take_several(1, namespace, due).await
    }

    /// Waits for this many places at once. There must be as many.
    pub(super) async fn take_several(self: &Arc<Self>, count: usize, namespace: &str, due: Timestamp) -> Place {
        let (turn, comes) = oneshot::channel();
        let waiting = {
            let mut state = self.state();
            state.tickets += 1;
            let key = (due, state.tickets);
            state.waiting.insert(key, Waiting { namespace: namespace.to_owned(), count, overtaken: 0, turn });
            WaitingTurn { places: self, key }
        };
        self.serve();
        let place = comes.await;
        drop(waiting);
        // The sender is dropped only with the entry, which this task alone removes.
        place.unwrap_or_else(|_| Place { places: None, namespace: String::new(), count: 0 })
    }

    /// How many places are taken now.
    pub(super) fn load(&self) -> Load {
        let state = self.state();
        Load { whole: state.whole, taken: state.whole - state.free, waiting: state.waiting.len() }
    }

    /// A place, if there is one at once.
    #[cfg(test)]
    pub(super) fn take_now(self: &Arc<Self>) -> Option<Place> {
        futures::FutureExt::now_or_never(self.take("n", Timestamp::UNIX_EPOCH))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives free places to those who wait.
    fn serve(self: &Arc<Self>) {
        let mut state = self.state();
        while let Some(Waiting { namespace, count, turn, .. }) = state.next() {
            state.give(&namespace, count);
            let place = Place { places: Some(Arc::clone(self)), namespace: namespace.clone(), count };
            if let Err(mut unused) = turn.send(place) {
                // Nobody waits any more. The place does not come back by itself, because the state is locked.
                unused.places = None;
                state.take_back(&namespace, count);
            }
        }
    }
}

impl State {
    /// The first who waits and may have what it waits for. Whoever was overtaken too often is waited for.
    fn next(&mut self) -> Option<Waiting> {
        let mut overtaken = Vec::new();
        let mut next = None;
        for (key, waiting) in &self.waiting {
            if !self.may_have_more(&waiting.namespace) {
                continue;
            }
            if waiting.count <= self.free {
                next = Some(*key);
                break;
            }
            if waiting.overtaken >= MAX_OVERTAKEN {
                break;
            }
            overtaken.push(*key);
        }
        let next = self.waiting.remove(&next?)?;
        for key in overtaken {
            if let Some(waiting) = self.waiting.get_mut(&key) {
                waiting.overtaken += 1;
            }
        }
        Some(next)
    }

    fn may_have_more(&self, namespace: &str) -> bool {
        let held = self.held.as_ref().and_then(|held| held.get(namespace)).copied().unwrap_or_default();
        self.free > held
    }

    fn give(&mut self, namespace: &str, count: usize) {
        self.free -= count;
        if let Some(held) = &mut self.held {
            *held.entry(namespace.to_owned()).or_default() += count;
        }
    }

    fn take_back(&mut self, namespace: &str, count: usize) {
        self.free += count;
        if let Some(held) = &mut self.held
            && let Some(holds) = held.get_mut(namespace)
        {
            *holds -= count;
            if *holds == 0 {
                held.remove(namespace);
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(places) = self.places.take() {
            places.state().take_back(&self.namespace, self.count);
            places.serve();
        }
    }
}

/// Removes the entry of whoever no longer waits.
struct WaitingTurn<'a> {
    places: &'a Places,
    key: (Timestamp, u64),
}

impl Drop for WaitingTurn<'_> {
    fn drop(&mut self) {
        self.places.state().waiting.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn due(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// A place, if there is one at once.
    fn now(places: &Arc<Places>, namespace: &str) -> Option<Place> {
        places.take(namespace, due(0)).now_or_never()
    }

    #[test]
    fn a_namespace_takes_half_and_every_other_one_finds_a_place() {
        let places = Places::shared(8);
        let take = |namespace: &str| std::iter::from_fn(|| now(&places, namespace)).collect::<Vec<_>>();
        let mut first = take("a");
        let (second, third, fourth) = (take("b"), take("c"), take("d"));
        assert_eq!([first.len(), second.len(), third.len(), fourth.len()], [4, 2, 1, 1]);
        assert!(now(&places, "e").is_none());
        first.pop();
        assert!(now(&places, "b").is_none(), "it has two");
        assert!(now(&places, "e").is_some());
        let single = Places::shared(1);
        assert!(now(&single, "a").is_some() && now(&single, "b").is_some());
    }

    #[test]
    fn whoever_is_due_first_comes_first() {
        let places = Places::plain(1);
        let place = now(&places, "n").unwrap();
        let mut waits: Vec<_> = [30, 10, 20].map(|second| (second, Box::pin(places.take("n", due(second))))).into();
        assert!(waits.iter_mut().all(|(_, wait)| wait.now_or_never().is_none()));
        drop(place);
        let mut order = Vec::new();
        while let Some(index) = waits.iter_mut().position(|(_, wait)| wait.now_or_never().is_some()) {
            order.push(waits.remove(index).0);
        }
        assert_eq!(order, [10, 20, 30]);
    }

    #[test]
    fn large_work_is_overtaken_for_some_time_only() {
        let memory = Places::shared(100);
        let take = |count, namespace, second| memory.take_several(count, namespace, due(second)).now_or_never();
        let first = take(60, "a", 1).unwrap();
        assert!(take(30, "a", 1).is_none(), "it holds more than is free");
        let mut large = Box::pin(memory.take_several(70, "b", due(2)));
        assert!((&mut large).now_or_never().is_none());
        for _ in 0..MAX_OVERTAKEN {
            assert!(take(10, "c", 3).is_some());
        }
        assert!(take(10, "c", 3).is_none(), "the large one is waited for");
        drop(first);
        assert!(large.now_or_never().is_some());
        assert!(take(10, "c", 3).is_some());
    }

    #[test]
    fn whoever_no_longer_waits_keeps_nothing() {
        let places = Places::plain(1);
        let place = now(&places, "n").unwrap();
        let (mut leaves, mut stays) = (Box::pin(places.take("n", due(1))), Box::pin(places.take("n", due(2))));
        assert!((&mut leaves).now_or_never().is_none() && (&mut stays).now_or_never().is_none());
        // The place is on its way to the one that leaves.
        drop(place);
        drop(leaves);
        assert!(stays.now_or_never().is_some());
        assert!(now(&places, "n").is_some());
        assert!(places.state().waiting.is_empty());
    }
}
