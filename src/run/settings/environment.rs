//! What a run needs to know that no object says.

use crate::sync::known::KnownServer;
use crate::sync::policy::Approval;

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
