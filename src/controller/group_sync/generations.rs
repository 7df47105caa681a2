//! The generations of the Directory and of the DashboardServer that a sync refers to. Status has those of the last run, so
//! that a change is noticed even if the operator was killed just after it.

use kube::runtime::reflector::Store;

use crate::api::v1alpha1::reference::DirectoryKind;
use crate::api::v1alpha1::{DirectoryGroupSync, DirectoryGroupSyncStatus};
use crate::controller::context::Context;
use crate::controller::key::Key;
use crate::controller::watch::Guarded;

/// The generations of the two objects, as far as they are known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Generations {
    pub(super) directory: Option<i64>,
    pub(super) server: Option<i64>,
}

impl Generations {
    /// The latest ones that the watches have shown.
    pub(super) fn watched(sync: &DirectoryGroupSync, context: &Context) -> Self {
        let directory = Key::of_directory(sync);
        Self {
            directory: match (sync.spec.directory_ref.kind, &context.cluster_directories) {
                (DirectoryKind::Directory, _) => generation(&context.directories.objects, &directory),
                (DirectoryKind::ClusterDirectory, Some(of_cluster)) => {
                    generation(&of_cluster.watched.objects, &directory)
                }
                (DirectoryKind::ClusterDirectory, None) => None,
            },
            server: generation(&context.servers.objects, &Key::of_server(sync)),
        }
    }

    /// Whether the last run used older ones.
    pub(super) fn are_newer_than(self, status: &DirectoryGroupSyncStatus) -> bool {
        self.directory > status.directory_generation.or(self.directory.map(|_| 0))
            || self.server > status.dashboard_server_generation.or(self.server.map(|_| 0))
    }

    /// These, and where they are not known, the others.
    pub(super) fn or(self, other: Self) -> Self {
        Self { directory: self.directory.or(other.directory), server: self.server.or(other.server) }
    }
}

fn generation<K>(objects: &Store<Guarded<K>>, key: &Key) -> Option<i64>
where
    K: kube::Resource<DynamicType = ()> + Clone + 'static,
{
    let object = objects.get(&key.reference())?;
    object.0.as_ref().map_or_else(|invalid| invalid.metadata.generation, |object| object.meta().generation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_later_generation_is_newer() {
        let status = |directory, server| DirectoryGroupSyncStatus {
            directory_generation: directory,
            dashboard_server_generation: server,
            ..DirectoryGroupSyncStatus::default()
        };
        let now = Generations { directory: Some(2), server: Some(5) };
        assert!(!now.are_newer_than(&status(Some(2), Some(5))));
        assert!(!now.are_newer_than(&status(Some(3), Some(5))), "the watch is late");
        assert!(now.are_newer_than(&status(Some(1), Some(5))));
        assert!(now.are_newer_than(&status(Some(2), Some(4))));
        assert!(now.are_newer_than(&status(None, Some(5))), "the last run did not find it");
        assert!(!Generations::default().are_newer_than(&status(None, Some(5))), "it is gone, or not listed yet");
    }
}
