//! Objects with the place where they were read.

use kube::ResourceExt;

use super::origin::Origin;
use crate::api::v1alpha1::{DashboardServer, Directory, DirectoryGroupSync};

/// The namespace of an object that does not specify one.
pub const DEFAULT_NAMESPACE: &str = "default";

/// The namespace of an object that was read from a file. It is empty for an object of the cluster.
pub fn namespace<K: kube::Resource>(object: &K) -> String {
    object.namespace().unwrap_or_default()
}

/// A namespace and a name.
pub(super) type Key = (String, String);

/// An object and the place where it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    /// The object.
    pub object: T,
    /// Where it was read.
    pub origin: Origin,
}

/// An object with a namespace and a name.
pub(super) trait Named {
    fn kind(&self) -> &'static str;
    fn key(&self) -> Key;
}

macro_rules! named {
    ($kind:ident) => {
        impl Named for $kind {
            fn kind(&self) -> &'static str {
                stringify!($kind)
            }

            fn key(&self) -> Key {
                (self.namespace().unwrap_or_default(), self.name_any())
            }
        }
    };
}

named!(DirectoryGroupSync);
named!(DashboardServer);

/// A Directory, or a ClusterDirectory without a namespace.
impl Named for Directory {
    fn kind(&self) -> &'static str {
        Self::kind(self)
    }

    fn key(&self) -> Key {
        (self.namespace().unwrap_or_default(), self.name_any())
    }
}
