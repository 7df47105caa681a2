//! One wish to end, for every task of the process.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// How long what must not be lost may still take.
const GRACE: Duration = Duration::from_secs(5);

/// Tells whether the process was asked to end. Clones share the wish.
#[derive(Debug, Clone)]
pub struct Shutdown {
    requested: watch::Receiver<bool>,
}

impl Shutdown {
    /// Listens to SIGTERM and SIGINT from now on.
    ///
    /// # Errors
    /// When the process may not handle signals.
    pub fn on_signals() -> std::io::Result<Self> {
        let (sender, requested) = watch::channel(false);
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("ending: no further run starts, those that write may finish");
            // Nobody listens any more when everything has ended already.
            let _ = sender.send(true);
        });
        Ok(Self { requested })
    }

    /// Whether the process was asked to end.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        *self.requested.borrow()
    }

    /// Resolves when the process is asked to end.
    pub async fn requested(mut self) {
        // An error means that nobody can ask any more.
        let _ = self.requested.wait_for(|requested| *requested).await;
    }

    /// Resolves a few seconds after [`Shutdown::requested`]: what still goes on is given up.
    pub async fn overdue(self) {
        self.requested().await;
        tokio::time::sleep(GRACE).await;
    }
}
