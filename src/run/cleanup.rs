//! The last run of a sync that is deleted with `deletionPolicy: Delete`: its groups go, without a look at the directory.

use crate::run::error::Error;
use crate::store::{self, StoreSettings};
use crate::sync::cleanup::cleanup as plan;
use crate::sync::identity::Owner;
use crate::sync::policy::Protected;

/// What became of the groups.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cleanup {
    /// Groups that were deleted.
    pub deleted: u64,
    /// Groups that the store refused to delete.
    pub refused: u64,
}

/// Deletes the groups that the owner created. Doing it again deletes nothing more.
///
/// # Errors
/// When the store cannot be used; then nothing was deleted.
pub async fn clean_up(settings: StoreSettings, owner: &Owner, mut protected: Protected) -> Result<Cleanup, Error> {
    let store = store::open(settings)?;
    protected.administrators.extend(store.probe().await?.administrators);
    if plan(&store.read().await?, owner, &protected).is_empty() {
        return Ok(Cleanup::default());
    }
    let mut transaction = store.begin().await?;
    let found = transaction.read().await?;
    let plan = plan(&found, owner, &protected);
    if plan.is_empty() {
        return Ok(Cleanup::default());
    }
    let refused = transaction.apply(&found, &plan).await?.refused.len() as u64;
    Ok(Cleanup { deleted: (plan.changes.len() as u64).saturating_sub(refused), refused })
}
