//! Version `v1alpha1`: within it, changes only add.

pub mod cluster_directory;
pub mod condition;
pub mod dashboard_server;
pub mod dashboard_server_link_set;
pub mod directory;
pub mod directory_group_sync;
pub mod directory_group_sync_plan;
pub mod duration;
pub mod reference;
mod text;
mod tolerant;
mod word;

pub use cluster_directory::{ClusterDirectory, ClusterDirectorySpec};
pub use dashboard_server::{DashboardServer, DashboardServerSpec, DashboardServerStatus};
pub use dashboard_server_link_set::{DashboardServerLinkSet, DashboardServerLinkSetContent};
pub use directory::{Directory, DirectorySpec, DirectoryStatus};
pub use directory_group_sync::{DirectoryGroupSync, DirectoryGroupSyncSpec, DirectoryGroupSyncStatus};
pub use directory_group_sync_plan::{DirectoryGroupSyncPlan, DirectoryGroupSyncPlanContent};

/// The version's name in `apiVersion`.
pub const VERSION: &str = "v1alpha1";
