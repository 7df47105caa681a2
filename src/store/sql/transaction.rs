//! The one transaction of a run, whatever the database: read, write, commit.

use std::time::Duration;

use async_trait::async_trait;

use super::apply::{ATTEMPT, write};
use super::failure::{during, of_commit};
use super::row_writer::RowWriter;
use crate::store::{Applied, Error, Guard, Writer, unless_stopped};
use crate::sync::found::Found;
use crate::sync::plan::Plan;

/// How long a commit under way is waited for once the run may not go on: its answer tells whether the plan was written.
const COMMIT_PATIENCE: Duration = Duration::from_secs(10);

/// The transaction of a run. Its connection is its own: dropped, the database rolls it back.
pub(super) struct SqlTransaction<'g, W> {
    rows: W,
    guard: &'g dyn Guard,
}

impl<'g, W> SqlTransaction<'g, W> {
    /// A transaction that is open and has the store's lock.
    pub(super) const fn new(rows: W, guard: &'g dyn Guard) -> Self {
        Self { rows, guard }
    }
}

#[async_trait]
impl<W: RowWriter> Writer for SqlTransaction<'_, W> {
    async fn read(&mut self) -> Result<Found, Error> {
        self.rows.read().await
    }

    async fn apply(self: Box<Self>, found: &Found, plan: &Plan) -> Result<Applied, Error> {
        let Self { mut rows, guard } = *self;
        guard.may_go_on().await?;
        let applied = unless_stopped(guard, write(&mut rows, found, plan)).await?;
        // A commit of nothing would still change the file, and what is said of it is that nothing was written.
        if plan.is_unwritten(&applied.gaps) {
            rows.undo().await.map_err(during(ATTEMPT))?;
            return Ok(applied);
        }
        guard.may_go_on().await?;
        commit(rows, guard).await?;
        Ok(applied)
    }

    async fn rehearse(self: Box<Self>, found: &Found, plan: &Plan) -> Result<Option<Applied>, Error> {
        let Self { mut rows, .. } = *self;
        rows.rehearse();
        let applied = write(&mut rows, found, plan).await?;
        rows.undo().await.map_err(during(ATTEMPT))?;
        Ok(Some(applied))
    }
}

/// Commits. Whoever drops a commit under way knows nothing of it, so its answer is waited for.
async fn commit<W: RowWriter>(rows: W, guard: &dyn Guard) -> Result<(), Error> {
    let out_of_patience = async {
        let interruption = guard.stopped().await;
        tokio::time::sleep(COMMIT_PATIENCE).await;
        interruption
    };
    tokio::select! {
        biased;
        committed = rows.commit() => committed.map_err(of_commit(ATTEMPT)),
        interruption = out_of_patience => {
            Err(Error::unconfirmed(ATTEMPT, format!("{interruption}, and the commit was not answered")))
        }
    }
}
