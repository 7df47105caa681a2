//! Resolve: objects and what they refer to become settings, once. Nothing downstream reads a spec again.

mod content;
mod directory;
mod environment;
mod invalid;
mod policy;
mod store;

use std::time::Duration;

pub use directory::directory_settings;
pub use environment::RunEnvironment;
pub use invalid::InvalidSettings;
pub use policy::{SyncSettings, protected, sync_settings};
pub use store::store_settings;

use crate::api::v1alpha1::{DashboardServer, Directory, DirectoryGroupSync};
use crate::directory::settings::DirectorySettings;
use crate::run::referenced_object::ReferencedObjects;
use crate::store::StoreSettings;

/// Everything that one run needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What to keep in step, and how.
    pub sync: SyncSettings,
    /// Where groups come from.
    pub directory: DirectorySettings,
    /// Where groups go.
    pub store: StoreSettings,
    /// How long the run may take.
    pub timeout: Duration,
}

/// Makes settings of objects.
///
/// # Errors
/// When a field cannot work or a reference leads nowhere: the first one found, by its path.
pub fn resolve(
    sync: &DirectoryGroupSync,
    directory: &Directory,
    server: &DashboardServer,
    referenced: &ReferencedObjects,
    environment: &RunEnvironment,
) -> Result<Settings, InvalidSettings> {
    Ok(Settings {
        sync: sync_settings(sync, server, environment)?,
        directory: directory_settings(directory, referenced)?,
        store: store_settings(server, referenced)?,
        timeout: sync.spec.timeout.get(),
    })
}
