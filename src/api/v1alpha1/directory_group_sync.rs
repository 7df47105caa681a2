//! `DirectoryGroupSync`: which groups of a directory a dashboard server has, and what came of the last run.

pub mod limits;
pub mod policy;
pub mod selector;
pub mod spec;
pub mod status;

pub use limits::Limits;
pub use policy::{Adoption, Prune};
pub use selector::GroupSelector;
pub use spec::{DirectoryGroupSync, DirectoryGroupSyncSpec};
pub use status::DirectoryGroupSyncStatus;
