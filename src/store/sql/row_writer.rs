//! What the one transaction of a run needs of a database.

use std::ops::Range;

use async_trait::async_trait;

use super::batch::Batch;
use super::schema::Table;
use crate::store::Error;
use crate::sync::claim::ClaimedDirectory;
use crate::sync::found::Found;
use crate::sync::known::KnownDirectory;

/// The write side of one database, inside its transaction.
#[async_trait]
pub(super) trait RowWriter: Send {
    /// Reads everything, inside the transaction.
    async fn read(&mut self) -> Result<Found, Error>;

    /// Nothing of this transaction will be committed.
    fn rehearse(&mut self) {}

    /// Ids that no row of the table has or will be given.
    async fn allocate(&mut self, table: Table, count: usize) -> Result<Vec<i64>, sqlx::Error>;

    /// Marks the point to which [`RowWriter::roll_back`] returns.
    async fn savepoint(&mut self, savepoint: Savepoint) -> Result<(), sqlx::Error>;

    /// Undoes what was written since the savepoint, which stays.
    async fn roll_back(&mut self, savepoint: Savepoint) -> Result<(), sqlx::Error>;

    /// Forgets the savepoint and keeps what was written.
    async fn release(&mut self, savepoint: Savepoint) -> Result<(), sqlx::Error>;

    /// Writes some rows of a batch; answers which of them name objects that are gone.
    async fn write(&mut self, batch: &Batch<'_>, rows: Range<usize>) -> Result<Vec<usize>, sqlx::Error>;

    /// Checks the constraints that the store's owner deferred to the end: now, or from now on with every statement.
    async fn check_constraints(&mut self) -> Result<(), sqlx::Error>;

    /// Writes what is remembered of a directory: the time of one that is known stays, the servers that are named are
    /// replaced, and of more than [`crate::sync::known::MAX_SERVERS`] the others that were first seen longest ago go.
    async fn remember(&mut self, directory_id: &KnownDirectory) -> Result<(), sqlx::Error>;

    /// Writes the claims on the id of a directory that is known, in place of those that are there.
    async fn claim(&mut self, claimed: &ClaimedDirectory) -> Result<(), sqlx::Error>;

    /// Makes what is due once all rows are in.
    async fn complete(&mut self) -> Result<(), sqlx::Error>;

    /// Commits.
    async fn commit(self) -> Result<(), sqlx::Error>;

    /// Undoes everything and lets go of the lock. What only a commit checks is checked before.
    async fn undo(self) -> Result<(), sqlx::Error>;
}

/// The two savepoints, one inside the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Savepoint {
    /// Before the plan's first row.
    Plan,
    /// Before a part of a batch.
    Part,
}

impl Savepoint {
    /// The statement that sets it.
    pub(super) const fn set(self) -> &'static str {
        match self {
            Self::Plan => "SAVEPOINT directory_sync_plan",
            Self::Part => "SAVEPOINT directory_sync_part",
        }
    }

    /// The statement that returns to it.
    pub(super) const fn roll_back(self) -> &'static str {
        match self {
            Self::Plan => "ROLLBACK TO SAVEPOINT directory_sync_plan",
            Self::Part => "ROLLBACK TO SAVEPOINT directory_sync_part",
        }
    }

    /// The statement that forgets it.
    pub(super) const fn release(self) -> &'static str {
        match self {
            Self::Plan => "RELEASE SAVEPOINT directory_sync_plan",
            Self::Part => "RELEASE SAVEPOINT directory_sync_part",
        }
    }
}
