//! Resolve: objects and what they refer to become settings, once. Nothing downstream reads a spec again.

mod directory;
mod policy;
mod store;

use std::path::PathBuf;
use std::time::Duration;

pub use directory::directory_settings;
pub use policy::{SyncSettings, protected, sync_settings};
pub use store::store_settings;

use crate::api::v1alpha1::condition::Reason;
use crate::api::v1alpha1::{DashboardServer, Directory, DirectoryGroupSync};
use crate::directory::settings::DirectorySettings;
use crate::run::referenced_object::{ReferencedObject, ReferencedObjects};
use crate::store::StoreSettings;
use crate::sync::known::KnownServer;
use crate::sync::policy::Approval;

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

/// What is not in the objects themselves: where the run takes location.
#[derive(Debug, Clone, Default)]
pub struct RunEnvironment {
    /// The first part of the owner's name.
    pub installation: String,
    /// The servers that the Directory's status knows; `None` without a cluster, where the store remembers them.
    pub known_servers: Option<Vec<KnownServer>>,
    /// Which removals a person approved.
    pub approval: Approval,
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

/// Why objects cannot be made into settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSettings {
    /// A value that the schema lets pass and that cannot work.
    #[error("{field}: {problem}")]
    Field {
        /// The field's path, from the kind of the object that bears it.
        field: String,
        /// What was found and what would be right.
        problem: String,
    },
    /// A reference to something that does not exist.
    #[error("{field}: there is no {object}")]
    Missing {
        /// The reference's path.
        field: String,
        /// What it names.
        object: ReferencedObject,
    },
    /// A reference to a key that is not there.
    #[error("{field}: {object} has no key \"{key}\"; {}", listed(keys))]
    MissingKey {
        /// The reference's path.
        field: String,
        /// What it names.
        object: ReferencedObject,
        /// The key that is wanted.
        key: String,
        /// Those that it has, without their values.
        keys: Vec<String>,
    },
    /// A value behind a reference that cannot be used; it is not repeated.
    #[error("{field}: \"{key}\" of {object} {problem}")]
    Content {
        /// The reference's path.
        field: String,
        /// What it names.
        object: ReferencedObject,
        /// The key.
        key: String,
        /// What is wrong with the value.
        problem: String,
    },
}

impl InvalidSettings {
    pub(super) fn field(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Field { field: field.into(), problem: problem.into() }
    }

    /// The kind of the object at fault: the first word of the field's path.
    #[must_use]
    pub fn kind(&self) -> &str {
        let (Self::Field { field, .. }
        | Self::Missing { field, .. }
        | Self::MissingKey { field, .. }
        | Self::Content { field, .. }) = self;
        field.split(' ').next().unwrap_or_default()
    }

    /// The reason that a condition gives.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Field { .. } => Reason::InvalidSpec,
            Self::Missing { object: ReferencedObject::ConfigMap(_), .. } => Reason::ConfigMapNotFound,
            Self::Missing { object: ReferencedObject::Secret(_), .. } => Reason::SecretNotFound,
            Self::Missing { object: ReferencedObject::File(_), .. } | Self::Content { .. } => Reason::InvalidContent,
            Self::MissingKey { .. } => Reason::KeyNotFound,
        }
    }
}

fn listed(keys: &[String]) -> String {
    const LISTED: usize = 10;
    let named: Vec<String> = keys.iter().take(LISTED).map(|key| format!("\"{key}\"")).collect();
    match (keys.len(), named.join(", ")) {
        (0, _) => "it has none".to_owned(),
        (1, named) => format!("its only key is {named}"),
        (2..=LISTED, named) => format!("its keys are {named}"),
        (all, named) => format!("its keys are {named} and {} more", all - LISTED),
    }
}

/// A path that an object gives, made absolute by the folder of the file that gave it.
fn path_in(folder: Option<&PathBuf>, path: &str) -> Option<PathBuf> {
    folder.map(|folder| folder.join(path))
}
