//! `DirectoryGroupSync`: the directory groups that a dashboard server gets, and the result of the last run.

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
