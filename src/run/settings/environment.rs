//! The parts of settings that are not in objects.

use crate::sync::known::KnownServer;
use crate::sync::policy::Approval;

/// The parts of settings that are not in objects.
#[derive(Debug, Clone, Default)]
pub struct RunEnvironment {
    /// The first part of the owner's name.
    pub installation: String,
    /// The servers in the Directory's status. `None` without a cluster, where the store remembers them.
    pub known_servers: Option<Vec<KnownServer>>,
    /// The store of the last run; `None`: nobody remembers one.
    pub store: Option<String>,
    /// The approval of held changes.
    pub approval: Approval,
}
