//! Read: links, store and the directory's bulk side by side, without a lock; then the look-ups that need the links.

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::error::Error;
use super::host::{Part, Presence, RunHost, Step, timed};
use super::owners::others;
use super::settings::Settings;
use crate::directory::{self, Directory};
use crate::store::{self, Capabilities, Guard, Interruption, UserStore, unless_stopped};
use crate::sync::found::Found;
use crate::sync::planning::{check_claim, follow_store, look_up};
use crate::sync::policy::Policy;
use crate::sync::recognition::recognize;
use crate::sync::snapshot::Snapshot;
use crate::sync::wanted::nesting::flatten;

/// Both sides, complete, and the policy that the store's capabilities complete.
pub(super) struct Read {
    pub(super) snapshot: Snapshot,
    pub(super) found: Found,
    pub(super) policy: Policy,
    pub(super) capabilities: Capabilities,
    /// Rule `same-store`: an administrator approved that this is another store than that of the last run.
    pub(super) is_moved: bool,
}

/// Look-ups may show groups whose members need look-ups. More rounds than this do not occur in practice.
const MAX_ROUNDS: usize = 4;

/// Reads both sides. The read ends early when the run should end.
pub(super) async fn read(
    settings: &Settings,
    store: &Arc<dyn UserStore>,
    host: &dyn RunHost,
    guard: &dyn Guard,
) -> Result<Read, Error> {
    let directory = directory::open(settings.directory.clone())?;
    unless_stopped(guard, both_sides(settings, directory, store, host)).await
}

async fn both_sides(
    settings: &Settings,
    directory: Box<dyn Directory>,
    store: &Arc<dyn UserStore>,
    host: &dyn RunHost,
) -> Result<Read, Error> {
    // A task of its own, so that both sides are decoded on two cores; the set ends it when this future is dropped.
    let mut reading = JoinSet::new();
    let held = Arc::clone(store);
    let start = Instant::now();
    let read = async move {
        let capabilities = held.probe().await?;
        let found = held.read().await.map_err(|error| error.naming(&capabilities.missing_rights))?;
        Ok::<_, store::Error>((capabilities, found, start.elapsed()))
    };
    reading.spawn(read.in_current_span());
    let first = timed(host, Part::ReadDirectory, bulk(settings, directory, host)).await;
    let (capabilities, found, time) = match reading.join_next().await {
        Some(Ok(read)) => read?,
        Some(Err(_)) | None => return Err(Interruption::TaskEnded { task: "reads the store" }.into()),
    };
    host.took(Part::ReadStore, time);
    let (mut directory, mut snapshot) = first?;
    let policy = policy(settings, &capabilities, &found, host).await?;
    // An account that lacks rights may not see which store it is.
    let last = settings.sync.store().filter(|_| capabilities.missing_rights.is_empty());
    let is_moved = follow_store(last, capabilities.identity.as_deref(), &policy, host.now())?;
    loop {
        // A directory that may not be the one of the links is asked for none of their ids.
        check_claim(snapshot.directory_id, &found, &policy, host.now())?;
        let completed = complete(snapshot, &found, &policy, &mut *directory, host);
        match timed(host, Part::LookUp, completed).await {
            Ok(snapshot) => {
                return Ok(Read { snapshot, found, policy, capabilities, is_moved });
            }
            Err(error) if directory.fail_over(&error) => warn_of(&error),
            Err(error) => return Err(error.into()),
        }
        (directory, snapshot) = bulk(settings, directory, host).await?;
    }
}

/// The directory's bulk, from the first server that delivers all of it.
async fn bulk(
    settings: &Settings,
    mut directory: Box<dyn Directory>,
    host: &dyn RunHost,
) -> Result<(Box<dyn Directory>, Snapshot), Error> {
    loop {
        host.entered(Step::Reading);
        let connected;
        (directory, connected) = host.connect(directory).await?;
        let read = match connected {
            Ok(()) => directory.snapshot(&settings.sync.query).await,
            Err(error) => Err(error),
        };
        match read {
            Ok(snapshot) => return Ok((directory, snapshot)),
            Err(error) if directory.fail_over(&error) => warn_of(&error),
            Err(error) => return Err(error.into()),
        }
    }
}

/// The snapshot after the look-ups, which use the same server.
async fn complete(
    mut snapshot: Snapshot,
    found: &Found,
    policy: &Policy,
    directory: &mut dyn Directory,
    host: &dyn RunHost,
) -> Result<Snapshot, directory::Error> {
    recognize(&mut snapshot, found);
    for _ in 0..MAX_ROUNDS {
        let look_up = look_up(&snapshot, found, policy);
        if look_up.is_empty() {
            break;
        }
        host.entered(Step::LookingUp);
        snapshot = directory.locate(snapshot, &look_up).await?;
        recognize(&mut snapshot, found);
    }
    flatten(&mut snapshot);
    Ok(snapshot)
}

fn warn_of(error: &directory::Error) {
    tracing::warn!(%error, "the read of the directory starts again on another server");
}

/// Rule `ownership`: the policy with the owners that the API server says are gone, and those that exist.
async fn policy(
    settings: &Settings,
    capabilities: &Capabilities,
    found: &Found,
    host: &dyn RunHost,
) -> Result<Policy, Error> {
    let mut policy = settings.sync.policy(capabilities)?;
    for owner in others(found, &policy.owner, &policy.released_owners) {
        match host.presence(owner).await {
            Presence::Exists => policy.living_owners.insert(owner.clone()),
            Presence::Gone => policy.released_owners.insert(owner.clone()),
            Presence::Unknown => false,
        };
    }
    Ok(policy)
}
