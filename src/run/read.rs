//! Read: links, store and the directory's bulk side by side, without a lock; then the look-ups that need the links.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::error::Error;
use super::settings::Settings;
use super::{Shell, Step};
use crate::directory::{Directory, LookUp};
use crate::store::{Capabilities, UserStore};
use crate::sync::found::Found;
use crate::sync::identity::Owner;
use crate::sync::planning::look_ups;
use crate::sync::policy::Policy;
use crate::sync::snapshot::Snapshot;
use crate::sync::wanted::nesting::flatten;

/// Both sides, complete, and the policy that the store's capabilities complete.
pub(super) struct Read {
    pub(super) snapshot: Snapshot,
    pub(super) found: Found,
    pub(super) policy: Policy,
}

/// Look-ups may show groups whose members need look-ups; more rounds than this would mean that they never end.
const MAX_ROUNDS: usize = 4;

pub(super) async fn read(
    settings: &Settings,
    mut directory: Box<dyn Directory>,
    store: &Arc<dyn UserStore>,
    shell: &dyn Shell,
) -> Result<Read, Error> {
    shell.entered(Step::Reading);
    // A task of its own, so that both sides are decoded on two cores; the set ends it when this future is dropped.
    let mut reading = JoinSet::new();
    let held = Arc::clone(store);
    reading.spawn(async move { Ok::<_, crate::store::Error>((held.probe().await?, held.read().await?)) });
    shell.connect(&mut *directory).await?;
    let snapshot = directory.snapshot(&settings.sync.query).await;
    let (capabilities, found) = match reading.join_next().await {
        Some(Ok(read)) => read?,
        Some(Err(_)) | None => return Err(Error::Interrupted("the task that reads the store ended early".to_owned())),
    };
    let mut snapshot = snapshot?;
    let policy = policy(settings, &capabilities, &found, shell).await?;
    for _ in 0..MAX_ROUNDS {
        let unseen = look_ups(&snapshot, &found, &policy);
        let look_up = LookUp { groups: unseen.groups, members: unseen.members, emptied: unseen.emptied };
        if look_up.is_empty() {
            break;
        }
        shell.entered(Step::LookingUp);
        snapshot = directory.locate(snapshot, &look_up).await?;
    }
    flatten(&mut snapshot);
    Ok(Read { snapshot, found, policy })
}

/// The policy with the owners that the API server says are gone.
async fn policy(
    settings: &Settings,
    capabilities: &Capabilities,
    found: &Found,
    shell: &dyn Shell,
) -> Result<Policy, Error> {
    let mut policy = settings.sync.policy(capabilities);
    let mut others: Vec<Arc<Owner>> = Vec::new();
    let owners = found
        .groups
        .iter()
        .filter_map(|group| group.link.as_ref()?.owner.as_ref())
        .chain(found.accounts.iter().filter_map(|account| account.link.as_ref()?.owner.as_ref()));
    for owner in owners {
        let same_installation = owner.installation == policy.owner.installation && **owner != policy.owner;
        if same_installation && !others.contains(owner) {
            others.push(Arc::clone(owner));
        }
    }
    for owner in others {
        if shell.is_gone(&owner).await.map_err(Error::Kubernetes)? {
            policy.released_owners.insert((*owner).clone());
        }
    }
    Ok(policy)
}
