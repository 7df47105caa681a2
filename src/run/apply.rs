//! Apply: take the store's lock, read it again, plan again from the same snapshot, write, commit.

use super::error::Error;
use super::{Outcome, Shell, Step, applied, unless_stopped};
use crate::store::UserStore;
use crate::sync::planning::plan;
use crate::sync::policy::Policy;
use crate::sync::snapshot::Snapshot;

pub(super) async fn apply(
    snapshot: &Snapshot,
    policy: &Policy,
    store: &dyn UserStore,
    shell: &dyn Shell,
) -> Result<Outcome, Error> {
    let _turn = shell.take_store()?;
    let (transaction, found) = unless_stopped(shell, async {
        let mut transaction = store.begin().await?;
        let found = transaction.read().await?;
        Ok((transaction, found))
    })
    .await?;
    // What the store holds now decides; a link that is new since has no evidence in the snapshot, so nothing of it is
    // removed.
    let planned = plan(snapshot, &found, policy, shell.now())?;
    if planned.plan.is_empty() {
        return Ok(applied(planned, &found, Vec::new(), policy));
    }
    shell.entered(Step::Applying(planned.plan.changes.len()));
    shell.may_go_on().await.map_err(Error::Interrupted)?;
    let written = transaction.apply(&found, &planned.plan).await?;
    Ok(applied(planned, &found, written.refused, policy))
}
