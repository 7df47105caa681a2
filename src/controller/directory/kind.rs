//! The two kinds that describe a directory. They differ in whose syncs may use them.

use std::collections::BTreeSet;

use kube::Client;
use kube::core::object::HasStatus;

use super::permission::allows;
use crate::api::v1alpha1::{ClusterDirectory, Directory, DirectoryStatus};
use crate::controller::context::Context;
use crate::controller::reconciliation::Reconciled;
use crate::controller::watch::Watched;

/// A kind that describes a directory: `Directory` or `ClusterDirectory`.
pub(in crate::controller) trait DescribesDirectory:
    Reconciled + HasStatus<Status = DirectoryStatus> + Into<Directory>
{
    /// All objects of the kind; `None`: it is not watched.
    fn watched(context: &Context) -> Option<&Watched<Self>>;

    /// Whether syncs in one of these namespaces may use it.
    fn serves(
        &self,
        namespaces: BTreeSet<String>,
        client: &Client,
    ) -> impl Future<Output = Result<bool, kube::Error>> + Send;
}

impl DescribesDirectory for Directory {
    fn watched(context: &Context) -> Option<&Watched<Self>> {
        Some(&context.directories)
    }

    /// They are in its own namespace.
    async fn serves(&self, namespaces: BTreeSet<String>, _: &Client) -> Result<bool, kube::Error> {
        Ok(!namespaces.is_empty())
    }
}

impl DescribesDirectory for ClusterDirectory {
    fn watched(context: &Context) -> Option<&Watched<Self>> {
        context.cluster_directories.as_ref().map(|directories| &directories.watched)
    }

    async fn serves(&self, namespaces: BTreeSet<String>, client: &Client) -> Result<bool, kube::Error> {
        for namespace in namespaces {
            if allows(self.spec.allowed_namespaces.as_ref(), &namespace, client).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
