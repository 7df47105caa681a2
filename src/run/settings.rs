//! Resolve: objects and the objects that they refer to become settings, once. Later steps do not read specs.

mod allowed_hosts;
mod content;
mod directory;
mod endpoints;
mod environment;
mod invalid;
mod policy;
mod remote;
mod scim;
mod store;

use std::time::Duration;

pub use allowed_hosts::{AllowedHosts, HostPattern, InvalidPattern};
pub use directory::directory_settings;
use endpoints::endpoints;
pub use environment::RunEnvironment;
pub use invalid::InvalidSettings;
pub use policy::{SyncSettings, protect, protected, sync_settings};
pub use store::store_settings;

use crate::api::v1alpha1::{DashboardServer, Directory, DirectoryGroupSync};
use crate::directory::settings::DirectorySettings;
use crate::run::referenced_object::ReferencedObjects;
use crate::store::StoreSettings;

/// The settings of one run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What to keep in sync, and how.
    pub sync: SyncSettings,
    /// The directory to read.
    pub directory: DirectorySettings,
    /// The store to write to.
    pub store: StoreSettings,
    /// How long the run may take.
    pub timeout: Duration,
}

/// Makes settings of objects. The Directory and the DashboardServer come with what they refer to, which may be in two namespaces.
///
/// # Errors
/// The first field that does not work or reference to an object that does not exist, with its path.
pub fn resolve(
    sync: &DirectoryGroupSync,
    (directory, of_directory): (&Directory, &ReferencedObjects),
    (server, of_server): (&DashboardServer, &ReferencedObjects),
    environment: &RunEnvironment,
) -> Result<Settings, InvalidSettings> {
    let mut sync_settings = sync_settings(sync, server, environment)?;
    let directory_settings = directory_settings(directory, of_directory)?;
    sync_settings.read_from(endpoints(directory, &directory_settings.source, sync_settings.owner()));
    Ok(Settings {
        sync: sync_settings,
        directory: directory_settings,
        store: store_settings(server, of_server)?,
        timeout: sync.spec.timeout.get(),
    })
}
