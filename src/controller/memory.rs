//! The memory that runs share: each is expected to take what its last run had to hold. Its mebibytes are places, so namespaces
//! share them as they share the places for runs.

use std::sync::Arc;

use jiff::Timestamp;

use super::places::{Load, Place, Places};
use crate::api::v1alpha1::DirectoryGroupSync;
use crate::runtime::memory_budget::{Size, expected, of_this_process, part};

/// The memory of this process.
#[derive(Debug)]
pub(super) struct Memory {
    mebibytes: Arc<Places>,
    whole: usize,
}

impl Memory {
    /// What this process has.
    pub(super) fn of_this_process() -> Self {
        let whole = of_this_process();
        Self { mebibytes: Places::shared(whole), whole }
    }

    /// How much is taken now, in octets.
    pub(super) fn load(&self) -> Load {
        let Load { whole, taken, waiting } = self.mebibytes.load();
        Load { whole: whole << 20, taken: taken << 20, waiting }
    }

    /// Waits for what a run of this sync is expected to take.
    pub(super) async fn take(&self, sync: &DirectoryGroupSync, namespace: &str, due: Timestamp) -> Place {
        self.mebibytes.take_several(part(expected(size(sync)), self.whole), namespace, due).await
    }
}

/// What the last run had to hold.
fn size(sync: &DirectoryGroupSync) -> Option<Size> {
    let current = sync.status.as_ref()?.current.as_ref()?;
    let number = |count: i64| u64::try_from(count).unwrap_or_default();
    Some(Size {
        groups: number(current.groups),
        accounts: number(current.accounts),
        memberships: number(current.members),
    })
}
