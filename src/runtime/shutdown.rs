//! One shutdown signal for every task of the process.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// How long work that must not be lost may still take.
const GRACE: Duration = Duration::from_secs(5);

/// The shutdown signal of the process. Clones share it.
#[derive(Debug, Clone)]
pub struct Shutdown {
    requested: watch::Receiver<bool>,
}

impl Shutdown {
    /// Starts to listen for SIGTERM and SIGINT.
    ///
    /// # Errors
    /// When the process cannot handle signals.
    pub fn on_signals() -> std::io::Result<Self> {
        let (sender, requested) = watch::channel(false);
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("shutting down: no further runs start, and runs that write may finish");
            // It fails if all receivers are gone, because all tasks have finished.
            let _ = sender.send(true);
        });
        Ok(Self { requested })
    }

    /// Whether a shutdown has been requested.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        *self.requested.borrow()
    }

    /// Resolves when a shutdown is requested.
    pub async fn requested(mut self) {
        // It fails if the sender is gone, so that no shutdown can be requested any more.
        let _ = self.requested.wait_for(|requested| *requested).await;
    }

    /// Resolves a few seconds after [`Shutdown::requested`]. Work that is still active then is abandoned.
    pub async fn overdue(self) {
        self.requested().await;
        tokio::time::sleep(GRACE).await;
    }
}
