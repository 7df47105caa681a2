//! What a run needs of the process that it runs in.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::time::Instant;

use super::error::Error;
use crate::directory::{self, Directory};
use crate::store::link_book::{LinkBook, no_book};
use crate::store::{self, Interruption, StoreSettings, UserStore};
use crate::sync::identity::Owner;

/// The process around a run: the operator, or the command line.
#[async_trait]
pub trait RunHost: Sync {
    /// The time.
    fn now(&self) -> Timestamp;

    /// Whether the object of another owner of this installation exists.
    async fn presence(&self, owner: &Owner) -> Presence;

    /// Whether the run may go on: asked between steps and before the commit.
    ///
    /// # Errors
    /// Why it may not.
    async fn may_go_on(&self) -> Result<(), Interruption>;

    /// Resolves with the cause when the run should end, so that what only reads can be dropped.
    async fn stopped(&self) -> Interruption {
        std::future::pending().await
    }

    /// Connects the directory and binds, and returns it with its answer. A host with several runs has them bind one at a
    /// time. If the run is dropped meanwhile, the result of a bind is still recorded.
    ///
    /// # Errors
    /// When the credentials may not be tried now.
    async fn connect(&self, mut directory: Box<dyn Directory>) -> Result<Connected, Error> {
        let connected = directory.connect().await;
        Ok((directory, connected))
    }

    /// Opens the store that the settings lead to, with the book of its links where it cannot hold them itself. Nothing is
    /// connected yet.
    ///
    /// # Errors
    /// When the settings cannot work.
    fn open_store(&self, settings: &StoreSettings) -> Result<Arc<dyn UserStore>, store::Error> {
        store::open(settings.clone(), || self.link_book())
    }

    /// The book of links of the DashboardServer that the run writes to. It is only asked for where the server cannot hold
    /// its links itself.
    ///
    /// # Errors
    /// When the process has no place for one.
    fn link_book(&self) -> Result<Arc<dyn LinkBook>, store::Error> {
        no_book()
    }

    /// Waits until no other run of this process writes to the store, and reserves it until the value is dropped. The store's
    /// own lock is between processes. `identity` is the store's own, where it has one yet.
    async fn take_store(&self, identity: Option<&str>) -> Box<dyn Send> {
        let _ = identity;
        Box::new(())
    }

    /// Called when a step starts.
    fn entered(&self, step: Step);

    /// Called when a part of the run has ended, with the time that it took.
    fn took(&self, part: Part, time: Duration) {
        let _ = (part, time);
    }
}

/// A part of a run whose time is measured. Both sides are read at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Connecting to the directory, and reading its groups and users.
    ReadDirectory,
    /// Probing and reading the store.
    ReadStore,
    /// Looking up entries that the read did not show.
    LookUp,
    /// Making the plan, for the first time.
    Plan,
    /// Waiting until this run alone may write to the store.
    WaitForStore,
    /// All of the writing: waiting for the store, reading it again, planning again, and the writes themselves.
    Apply,
}

impl Part {
    /// Its name in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadDirectory => "read_directory",
            Self::ReadStore => "read_store",
            Self::LookUp => "look_up",
            Self::Plan => "plan",
            Self::WaitForStore => "wait_for_store",
            Self::Apply => "apply",
        }
    }
}

/// Does a part of a run and reports how long it took, unless it is dropped.
pub(super) async fn timed<T>(host: &dyn RunHost, part: Part, work: impl Future<Output = T>) -> T {
    let start = Instant::now();
    let done = work.await;
    host.took(part, start.elapsed());
    done
}

/// Rule `ownership`: whether the object of an owner exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It does, or the API server that knows gave no answer.
    Exists,
    /// The API server answers that it does not.
    Gone,
    /// Nobody can be asked.
    Unknown,
}

/// A directory, and the result of connecting it.
pub type Connected = (Box<dyn Directory>, Result<(), directory::Error>);

/// Where a run is, for progress bars and logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Reading the directory and the store.
    Reading,
    /// Looking up entries that the read did not show.
    LookingUp,
    /// Making the plan.
    Planning,
    /// Writing this many changes.
    Applying(usize),
}
