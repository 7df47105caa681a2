//! Apply: start a write, read the store again, plan again from the same snapshot, write. A preview does the same and undoes
//! it, so it shows what the store itself would refuse.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::error::Error;
use super::host::{Part, RunHost, Step, timed};
use super::outcome::{Outcome, applied, previewed};
use super::read::Read;
use crate::store::{self, Applied, Capabilities, Guard, UserStore, Writer, unless_stopped};
use crate::sync::found::Found;
use crate::sync::outcome::Planned;
use crate::sync::planning::plan;
use crate::sync::policy::Policy;
use crate::sync::recognition::recognize;
use crate::sync::snapshot::Snapshot;

/// How long a run that has read everything waits for another one that writes, before it gives its reads away.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it asks meanwhile.
const ASKS_EVERY: Duration = Duration::from_millis(500);

/// Writes the changes, if there are any.
pub(super) async fn apply(
    read: Read,
    planned: Planned,
    store: &dyn UserStore,
    host: &dyn RunHost,
    guard: &dyn Guard,
) -> Result<Outcome, Error> {
    let Read { mut snapshot, found, policy, capabilities, .. } = read;
    if planned.plan.is_empty() {
        return Ok(applied(planned, &found, Applied::default(), &policy));
    }
    // The store is read and the plan made again under the lock; two of each would double the memory of a run. A plan for
    // an empty store is kept, because it stands if the store is empty then.
    let for_an_empty_store = (found == Found::default()).then_some(planned);
    drop(found);
    guard.may_go_on().await?;
    let plan_again = Replanning { snapshot: &mut snapshot, policy: &policy, capabilities: &capabilities };
    let written = timed(host, Part::Apply, write(plan_again, for_an_empty_store, store, host, guard)).await;
    written.map_err(|error| error.naming(&capabilities.missing_rights))
}

/// The input of the second plan, while this run alone may write.
pub(super) struct Replanning<'a> {
    pub(super) snapshot: &'a mut Snapshot,
    pub(super) policy: &'a Policy,
    pub(super) capabilities: &'a Capabilities,
}

async fn write(
    Replanning { snapshot, policy, capabilities }: Replanning<'_>,
    for_an_empty_store: Option<Planned>,
    store: &dyn UserStore,
    host: &dyn RunHost,
    guard: &dyn Guard,
) -> Result<Outcome, Error> {
    let (_turn, writer, found) = begin(store, capabilities, host, guard).await?;
    recognize(snapshot, &found);
    // The present content of the store is what counts. A link that is new since then has no evidence in the snapshot, so
    // nothing is removed because of it.
    let planned = match for_an_empty_store.filter(|_| found == Found::default()) {
        Some(planned) => planned,
        None => plan(snapshot, &found, policy, host.now())?,
    };
    if planned.plan.is_empty() {
        return Ok(applied(planned, &found, Applied::default(), policy));
    }
    host.entered(Step::Applying(planned.plan.changes.len()));
    let written = writer.apply(&found, &planned.plan).await?;
    Ok(applied(planned, &found, written, policy))
}

/// Does what [`apply()`] does and undoes it. If the store account may not write, the plan is shown as it is.
pub(super) async fn preview(
    read: Read,
    planned: Planned,
    store: &dyn UserStore,
    host: &dyn RunHost,
    guard: &dyn Guard,
) -> Result<Outcome, Error> {
    let Read { mut snapshot, found, policy, capabilities, .. } = read;
    // A store without groups and accounts refuses only values that do not match its form.
    if planned.plan.changes.is_empty() || (found.groups.is_empty() && found.accounts.is_empty()) {
        return Ok(previewed(planned, &found, Some(Applied::default())));
    }
    drop((planned, found));
    let plan_again = Replanning { snapshot: &mut snapshot, policy: &policy, capabilities: &capabilities };
    match rehearse(plan_again, store, host, guard).await {
        Err(Error::Store(store::Error::AccessDenied { .. })) => {
            let found = unless_stopped(guard, async { Ok::<_, Error>(store.read().await?) }).await?;
            Ok(previewed(plan(&snapshot, &found, &policy, host.now())?, &found, Some(Applied::default())))
        }
        outcome => outcome,
    }
}

/// Writes and undoes it. The store account must be able to write.
pub(super) async fn rehearse(
    Replanning { snapshot, policy, capabilities }: Replanning<'_>,
    store: &dyn UserStore,
    host: &dyn RunHost,
    guard: &dyn Guard,
) -> Result<Outcome, Error> {
    let rehearsed = async {
        let (_turn, writer, found) = begin(store, capabilities, host, guard).await?;
        recognize(snapshot, &found);
        let planned = plan(snapshot, &found, policy, host.now())?;
        let rehearsed = writer.rehearse(&found, &planned.plan).await?;
        Ok(previewed(planned, &found, rehearsed))
    };
    unless_stopped(guard, rehearsed).await
}

/// The right to write, of this process and of the store, and what the store holds while this run alone may write.
type Begun<'a> = (Box<dyn Send>, Box<dyn Writer + 'a>, Found);

async fn begin<'a>(
    store: &'a dyn UserStore,
    capabilities: &Capabilities,
    host: &dyn RunHost,
    guard: &'a dyn Guard,
) -> Result<Begun<'a>, Error> {
    let deadline = Instant::now() + PATIENCE;
    unless_stopped(guard, async {
        let begun = async {
            let turn = timeout_at(deadline, host.take_store(capabilities.identity.as_deref())).await;
            let turn = turn.map_err(|_| store::Error::Busy)?;
            loop {
                match store.begin(guard).await {
                    Err(store::Error::Busy) if Instant::now() < deadline => sleep(ASKS_EVERY).await,
                    begun => return Ok::<_, Error>((turn, begun?)),
                }
            }
        };
        let (turn, mut writer) = timed(host, Part::WaitForStore, begun).await?;
        let found = writer.read().await?;
        Ok((turn, writer, found))
    })
    .await
}
