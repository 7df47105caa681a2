//! Whether objects are still looked at. Every half minute each controller is asked for an object that does not exist, and a
//! place to look at objects is taken. If either does not happen any more, only a restart helps.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::places::Places;

/// How often it beats.
const EVERY: Duration = Duration::from_secs(30);
/// The longest time between two beats while all is well. A look at an object takes at most some minutes, and the next place
/// that is free is that of the beat.
const LONGEST: Duration = Duration::from_mins(10);
/// The name of the object that is asked for. The API server takes no such name.
pub(super) const NOBODY: &str = "(nobody)";

/// The beats of one watched scope.
#[derive(Debug)]
pub(super) struct Heart {
    controllers: Vec<Controller>,
    looks: Pulse,
}

/// The controller of a kind.
#[derive(Debug)]
struct Controller {
    kind: &'static str,
    /// Whether its objects have been listed.
    listed: watch::Receiver<bool>,
    pulse: Pulse,
}

/// When something last happened.
#[derive(Debug)]
struct Pulse(Mutex<Instant>);

impl Default for Pulse {
    fn default() -> Self {
        Self(Mutex::new(Instant::now()))
    }
}

impl Pulse {
    fn beat(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(*self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Heart {
    /// One that begins to beat now, with the kinds and whether their objects have been listed.
    pub(super) fn new(kinds: impl IntoIterator<Item = (&'static str, watch::Receiver<bool>)>) -> Self {
        let kinds = kinds.into_iter();
        let controllers = kinds.map(|(kind, listed)| Controller { kind, listed, pulse: Pulse::default() });
        Self { controllers: controllers.collect(), looks: Pulse::default() }
    }

    /// The controller of a kind has answered.
    pub(super) fn answered(&self, kind: &str) {
        self.controllers.iter().filter(|controller| controller.kind == kind).for_each(|it| it.pulse.beat());
    }

    /// Takes a place to look at an object, for ever again.
    pub(super) async fn beat(&self, looks: &Arc<Places>, ask: impl Fn()) -> Infallible {
        loop {
            ask();
            drop(looks.take(NOBODY, Timestamp::UNIX_EPOCH).await);
            self.looks.beat();
            sleep(EVERY).await;
        }
    }

    /// What has stopped, in words.
    pub(super) fn stopped(&self, now: Instant) -> Option<String> {
        // A controller takes up its work once its objects are listed. If the API server gives no list, no restart helps.
        let working = self.controllers.iter().filter(|controller| *controller.listed.borrow());
        if let Some(Controller { kind, pulse, .. }) = working.into_iter().find(|it| it.pulse.age(now) > LONGEST) {
            return Some(format!("the controller of {kind} has not answered for {} s", pulse.age(now).as_secs()));
        }
        let age = self.looks.age(now);
        (age > LONGEST).then(|| format!("no place to look at an object has become free for {} s", age.as_secs()))
    }

    /// The kinds whose objects have not been listed yet.
    pub(super) fn unlisted(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.controllers.iter().filter(|controller| !*controller.listed.borrow()).map(|controller| controller.kind)
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn it_has_stopped_where_a_beat_is_overdue() {
        let (syncs, of_syncs) = watch::channel(true);
        let (_others, of_others) = watch::channel(true);
        let heart = Heart::new([("A", of_syncs), ("B", of_others.clone()), ("C", of_others)]);
        let later = Instant::now() + LONGEST + Duration::from_secs(1);
        assert_eq!(heart.stopped(Instant::now()), None);
        assert!(heart.stopped(later).unwrap().contains("the controller of A has not answered"));
        syncs.send_replace(false);
        assert_eq!(heart.unlisted().collect::<Vec<_>>(), ["A"]);
        assert!(heart.stopped(later).unwrap().contains("controller of B "), "what was never listed cannot answer");
        for controller in &heart.controllers {
            *controller.pulse.0.lock().unwrap() = later;
        }
        assert!(heart.stopped(later).unwrap().contains("no place"));
        *heart.looks.0.lock().unwrap() = later;
        assert_eq!(heart.stopped(later), None);
    }

    #[tokio::test]
    async fn it_beats_while_a_place_becomes_free() {
        let (looks, heart) =
            (Places::shared(1), Heart::new(["A", "B", "C"].map(|kind| (kind, watch::channel(true).1))));
        let long_ago = Instant::now().checked_sub(LONGEST * 2).unwrap();
        *heart.looks.0.lock().unwrap() = long_ago;
        let place = looks.take("n", Timestamp::UNIX_EPOCH).await;
        let mut beat = Box::pin(heart.beat(&looks, || heart.answered("A")));
        assert!(beat.as_mut().now_or_never().is_none());
        assert!(heart.stopped(Instant::now()).unwrap().contains("no place"));
        drop(place);
        assert!(beat.as_mut().now_or_never().is_none());
        assert_eq!(heart.stopped(Instant::now()), None);
    }
}
