//! The last run of a sync that is deleted with `deletionPolicy: Delete`: its groups are deleted, without a read of the
//! directory.

use crate::run::error::Error;
use crate::run::settings::protect;
use crate::store::{self, Capabilities, Guard, UserStore, unless_stopped};
use crate::sync::cleanup::cleanup as plan;
use crate::sync::counts::{GroupCounts, counts};
use crate::sync::identity::Owner;
use crate::sync::policy::Protected;

/// What has happened to the groups.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cleanup {
    /// Groups that were deleted.
    pub deleted: u64,
    /// Rule `kept-group`: groups that the server keeps and that were emptied.
    pub emptied: u64,
    /// Groups that the store refused to delete.
    pub refused: u64,
}

/// Deletes the groups that the owner created. A second call deletes nothing more.
///
/// # Errors
/// When the store cannot be used, or the write stopped before its end. Some of the groups may be deleted then.
pub async fn clean_up(
    store: &dyn UserStore,
    capabilities: Capabilities,
    owner: &Owner,
    mut protected: Protected,
    guard: &dyn Guard,
) -> Result<Cleanup, Error> {
    protect(&mut protected, &capabilities);
    let deletion = capabilities.abilities.group_deletion;
    let started = async {
        if plan(&store.read().await?, owner, &protected, deletion).is_empty() {
            return Ok::<_, Error>(None);
        }
        let mut writer = store.begin(guard).await?;
        let found = writer.read().await?;
        Ok(Some((writer, found)))
    };
    let Some((writer, found)) = unless_stopped(guard, started).await? else { return Ok(Cleanup::default()) };
    let mut plan = plan(&found, owner, &protected, deletion);
    if plan.is_empty() {
        return Ok(Cleanup::default());
    }
    let applied = writer.apply(&found, &plan).await?;
    let all = plan.changes.len();
    plan.remove_unwritten(&applied.gaps);
    let GroupCounts { deleted, released: emptied, .. } = counts(&plan, &found).groups;
    if applied.ended_early.is_some() || !applied.ambiguous.is_empty() {
        let cause = applied.ended_early.unwrap_or_else(|| "the store's answer was lost".to_owned());
        let problem = format!("{cause}; {} of {} are deleted", emptied + deleted, all);
        return Err(store::Error::unexpected("deleting the groups", problem).into());
    }
    Ok(Cleanup { deleted, emptied, refused: applied.refused.len() as u64 })
}
