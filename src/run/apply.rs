//! Apply: take the store's lock, read it again, plan again from the same snapshot, write, commit. A preview does all of it
//! but commits nothing, so that it tells what the store itself would refuse.

use super::error::Error;
use super::{Outcome, RunHost, Step, applied, preview, unless_stopped};
use crate::store::{self, Applied, Transaction, UserStore};
use crate::sync::found::Found;
use crate::sync::outcome::Planned;
use crate::sync::planning::plan;
use crate::sync::policy::Policy;
use crate::sync::recognition::recognize;
use crate::sync::snapshot::Snapshot;

pub(super) async fn apply(
    snapshot: &mut Snapshot,
    policy: &Policy,
    for_an_empty_store: Option<Planned>,
    store: &dyn UserStore,
    host: &dyn RunHost,
) -> Result<Outcome, Error> {
    let _turn = host.take_store()?;
    let (transaction, found) = locked(store, host).await?;
    recognize(snapshot, &found);
    // What the store holds now decides; a link that is new since has no evidence in the snapshot, so nothing of it is
    // removed.
    let planned = match for_an_empty_store.filter(|_| found == Found::default()) {
        Some(planned) => planned,
        None => plan(snapshot, &found, policy, host.now())?,
    };
    if planned.plan.is_empty() {
        return Ok(applied(planned, &found, Applied::default(), policy));
    }
    host.entered(Step::Applying(planned.plan.changes.len()));
    host.may_go_on().await.map_err(Error::Interrupted)?;
    let written = transaction.apply(&found, &planned.plan).await?;
    Ok(applied(planned, &found, written, policy))
}

/// Does what [`apply`] does and undoes it. Where the account may not write, the plan is told as it is.
pub(super) async fn rehearse(
    snapshot: &mut Snapshot,
    policy: &Policy,
    store: &dyn UserStore,
    host: &dyn RunHost,
) -> Result<Outcome, Error> {
    match rehearse_writing(snapshot, policy, store, host).await {
        Err(Error::Store(store::Error::AccessDenied { .. })) => {
            let found = store.read().await?;
            Ok(preview(plan(snapshot, &found, policy, host.now())?, &found, Applied::default()))
        }
        outcome => outcome,
    }
}

/// The same for an account that has to be able to write.
pub(super) async fn rehearse_writing(
    snapshot: &mut Snapshot,
    policy: &Policy,
    store: &dyn UserStore,
    host: &dyn RunHost,
) -> Result<Outcome, Error> {
    let _turn = host.take_store()?;
    let rehearsed = async {
        let (transaction, found) = locked(store, host).await?;
        recognize(snapshot, &found);
        let planned = plan(snapshot, &found, policy, host.now())?;
        let rehearsed = transaction.rehearse(&found, &planned.plan).await?;
        Ok(preview(planned, &found, rehearsed))
    };
    unless_stopped(host, rehearsed).await
}

/// The store as it is under its lock.
async fn locked(store: &dyn UserStore, host: &dyn RunHost) -> Result<(Box<dyn Transaction>, Found), Error> {
    unless_stopped(host, async {
        let mut transaction = store.begin().await?;
        let found = transaction.read().await?;
        Ok((transaction, found))
    })
    .await
}
