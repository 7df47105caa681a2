//! Apply: take the store's lock, read it again, plan again from the same snapshot, write, commit. A preview does all of it
//! but commits nothing, so that it shows what the store itself would refuse.

use super::error::Error;
use super::host::{RunHost, Step, unless_stopped};
use super::outcome::{Outcome, applied, previewed};
use super::read::Read;
use crate::store::{self, Applied, Transaction, UserStore};
use crate::sync::found::Found;
use crate::sync::outcome::Planned;
use crate::sync::planning::plan;
use crate::sync::policy::Policy;
use crate::sync::recognition::recognize;
use crate::sync::snapshot::Snapshot;

/// Writes what is to be done, if anything is.
pub(super) async fn apply(
    read: Read,
    planned: Planned,
    store: &dyn UserStore,
    host: &dyn RunHost,
) -> Result<Outcome, Error> {
    let Read { mut snapshot, found, policy, missing_rights } = read;
    if planned.plan.is_empty() {
        return Ok(applied(planned, &found, Applied::default(), &policy));
    }
    // The store is read and the plan made again under the lock; two of each would double the memory of a run. A plan for
    // an empty store is kept, because it stands if the store is empty then.
    let for_an_empty_store = (found == Found::default()).then_some(planned);
    drop(found);
    host.may_go_on().await?;
    let written = write(&mut snapshot, &policy, for_an_empty_store, store, host).await;
    written.map_err(|error| error.naming(&missing_rights))
}

async fn write(
    snapshot: &mut Snapshot,
    policy: &Policy,
    for_an_empty_store: Option<Planned>,
    store: &dyn UserStore,
    host: &dyn RunHost,
) -> Result<Outcome, Error> {
    let _turn = host.take_store()?;
    let (transaction, found) = locked(store, host).await?;
    recognize(snapshot, &found);
    // What the store holds now decides. A link that is new since then has no evidence in the snapshot, so nothing of it is
    // removed.
    let planned = match for_an_empty_store.filter(|_| found == Found::default()) {
        Some(planned) => planned,
        None => plan(snapshot, &found, policy, host.now())?,
    };
    if planned.plan.is_empty() {
        return Ok(applied(planned, &found, Applied::default(), policy));
    }
    host.entered(Step::Applying(planned.plan.changes.len()));
    host.may_go_on().await?;
    let written = transaction.apply(&found, &planned.plan).await?;
    Ok(applied(planned, &found, written, policy))
}

/// Does what [`apply()`] does and undoes it. Where the account may not write, the plan is shown as it is.
pub(super) async fn preview(
    read: Read,
    planned: Planned,
    store: &dyn UserStore,
    host: &dyn RunHost,
) -> Result<Outcome, Error> {
    let Read { mut snapshot, found, policy, .. } = read;
    // A store without a group and without an account refuses nothing that the form of its values does not tell.
    if planned.plan.changes.is_empty() || (found.groups.is_empty() && found.accounts.is_empty()) {
        return Ok(previewed(planned, &found, Applied::default()));
    }
    drop((planned, found));
    match rehearse(&mut snapshot, &policy, store, host).await {
        Err(Error::Store(store::Error::AccessDenied { .. })) => {
            let found = store.read().await?;
            Ok(previewed(plan(&snapshot, &found, &policy, host.now())?, &found, Applied::default()))
        }
        outcome => outcome,
    }
}

/// Writes and undoes it. The store account must be able to write.
pub(super) async fn rehearse(
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
        Ok(previewed(planned, &found, rehearsed))
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
