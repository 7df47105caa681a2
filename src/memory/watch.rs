//! One read's view of the memory.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use super::full::Full;
use super::reads::{Reads, Share, Verdict};

/// How many octets come between two checks.
const CHECK_EVERY: usize = 4 << 20;
/// How long a read that is ended may take to free its memory before another one is looked at.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the memory is looked at meanwhile: it is freed a moment after a read has left.
const LOOK: Duration = Duration::from_millis(100);

static READS: LazyLock<Arc<Reads>> = LazyLock::new(Reads::new);

/// Watches the memory of the process during one read. Dropped, the read has ended.
#[derive(Debug)]
pub struct Watch {
    reads: Arc<Reads>,
    share: Arc<Share>,
    unchecked: usize,
    patience: Duration,
}

impl Watch {
    /// Starts now.
    #[must_use]
    pub fn start() -> Self {
        Self::among(&READS, PATIENCE)
    }

    fn among(reads: &Arc<Reads>, patience: Duration) -> Self {
        Self { reads: Arc::clone(reads), share: reads.join(), unchecked: 0, patience }
    }

    /// Notes the number of octets that came, and checks the memory at intervals. Waits while another read, which has
    /// received more, is being ended.
    ///
    /// # Errors
    /// When the memory is full and this read has received most.
    pub async fn note(&mut self, octets: usize) -> Result<(), Full> {
        self.share.receive(octets as u64);
        self.unchecked += octets;
        if self.unchecked < CHECK_EVERY {
            return Ok(());
        }
        self.unchecked = 0;
        let judged = async {
            loop {
                match self.reads.judge(&self.share) {
                    Verdict::GoOn => return Ok(()),
                    Verdict::End(full) => return Err(full),
                    Verdict::Wait => drop(tokio::time::timeout(LOOK, self.reads.left()).await),
                }
            }
        };
        // A read that does not go, although it was ended, makes this one the next.
        tokio::time::timeout(self.patience, judged).await.unwrap_or_else(|_| Err(self.reads.full()))
    }

    /// Resolves when another read needs the memory that this one holds.
    pub fn ended(&self) -> impl Future<Output = Full> + Send + use<> {
        let (reads, share) = (Arc::clone(&self.reads), Arc::clone(&self.share));
        async move {
            share.ended().await;
            reads.full()
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.reads.leave(&self.share);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    const FULL: fn() -> Option<u64> = || Some(500 << 20);

    #[tokio::test]
    async fn a_read_that_stalls_is_ended_when_another_one_needs_the_memory() {
        let reads = Reads::of(Some(512 << 20), FULL);
        let mut stalled = Watch::among(&reads, PATIENCE);
        stalled.share.receive(200 << 20);
        let mut other = Watch::among(&reads, PATIENCE);
        let ended = stalled.ended();
        assert!(stalled.note(1).now_or_never().is_some_and(|noted| noted.is_ok()), "nothing is checked yet");
        let mut noted = Box::pin(other.note(CHECK_EVERY));
        assert!(noted.as_mut().now_or_never().is_none(), "it waits for the memory");
        assert!(ended.now_or_never().is_some());
        drop(stalled);
        // What is left is too little to be worth an end.
        noted.await.unwrap();
    }

    #[tokio::test]
    async fn nobody_waits_for_ever_for_another_to_go() {
        let reads = Reads::of(Some(512 << 20), FULL);
        let stuck = Watch::among(&reads, PATIENCE);
        stuck.share.receive(200 << 20);
        assert!(Watch::among(&reads, Duration::ZERO).note(CHECK_EVERY).await.is_err());
        drop(stuck);
    }
}
