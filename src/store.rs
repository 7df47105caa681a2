//! The port to a dashboard server's user store: ask what it is, read everything, then begin to write: read again and apply
//! a plan. One folder an adapter.
//!
//! A store may write a plan in one transaction, or in many calls that can end in the middle. So it is handed a [`Guard`],
//! which it asks before each call that may write, and it answers what was written ([`Applied`]): nothing that a run says is
//! made from what it meant to write.

mod applied;
mod blocked_by_refusal;
pub mod bold_bi;
mod capabilities;
mod error;
pub mod grafana;
mod guard;
pub mod link_book;
mod open;
pub mod remote;
pub mod scim;
mod server_address;
pub mod sql;
pub mod superset;

use std::fmt;

use async_trait::async_trait;

pub use self::applied::{Applied, Refusal};
pub use self::blocked_by_refusal::blocked_by_refusal;
pub use self::capabilities::Capabilities;
pub use self::error::Error;
pub use self::guard::{Guard, Interruption, unless_stopped};
pub use self::open::{StoreSettings, open};
pub use self::server_address::ServerAddress;
use crate::sync::found::Found;
use crate::sync::plan::Plan;

pub use crate::sync::plan::Subject;

/// Whether there is a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existence {
    /// It is there, perhaps empty.
    There,
    /// The first run that writes creates it, so that it cannot be tried beforehand.
    NotYet,
}

/// A user store.
#[async_trait]
pub trait UserStore: fmt::Debug + Send + Sync {
    /// Asks who and what the server is. Writes nothing.
    ///
    /// # Errors
    /// When the store cannot be reached or used.
    async fn probe(&self) -> Result<Capabilities, Error>;

    /// Whether a run could begin to write now: begins as one does, and undoes it. Answers whether there is a store already.
    /// A server that can undo nothing is not tried.
    ///
    /// # Errors
    /// Those of [`UserStore::begin`] and of the first write: [`Error::AccessDenied`] where the store only takes reads.
    async fn probe_writing(&self) -> Result<Existence, Error> {
        Ok(Existence::There)
    }

    /// Reads every account, group, membership and link in one view. A store that nothing was written to is empty.
    ///
    /// # Errors
    /// When anything could not be read; a partial read has no value.
    async fn read(&self) -> Result<Found, Error>;

    /// Prepares what a write needs, without waiting for another writer. In a database these are its lock, our tables and
    /// the one transaction of a run. `guard` is asked before each call that may write.
    ///
    /// # Errors
    /// [`Error::Busy`] when another writer has the store, [`Error::Interrupted`] when the run may not go on.
    async fn begin<'a>(&'a self, guard: &'a dyn Guard) -> Result<Box<dyn Writer + 'a>, Error>;
}

/// The write side of a store, for one run. Dropped without [`Writer::apply`] it leaves nothing behind in the store.
#[async_trait]
pub trait Writer: Send {
    /// Reads everything again, while only this writer may write.
    ///
    /// # Errors
    /// When anything could not be read.
    async fn read(&mut self) -> Result<Found, Error>;

    /// Applies a plan that was made from what [`Writer::read`] returned. What the store refuses is left out alone, named in
    /// the result, with everything that needs it. A store that is not atomic answers how far it came, also when it could not
    /// finish.
    ///
    /// # Errors
    /// When nothing was written, which is known; and [`Error::Unconfirmed`] when that is not known.
    async fn apply(self: Box<Self>, found: &Found, plan: &Plan) -> Result<Applied, Error>;

    /// Does all that [`Writer::apply`] does and undoes it: what would come of the plan. Nothing is left. `None`: this
    /// server cannot be asked beforehand.
    ///
    /// # Errors
    /// Those of [`Writer::apply`]; [`Error::AccessDenied`] where the account may not write.
    #[must_use]
    async fn rehearse(self: Box<Self>, _: &Found, _: &Plan) -> Result<Option<Applied>, Error> {
        Ok(None)
    }
}
