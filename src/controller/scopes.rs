//! What the operator works for: the objects of each watched scope, and whether they are looked at. It is nothing while another
//! operator works.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use kube::runtime::reflector::Store;

use super::heart::Heart;
use super::watch::Guarded;
use crate::api::v1alpha1::{ClusterDirectory, DashboardServer, Directory, DirectoryGroupSync};

/// The scopes of the present tenure. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Scopes(Arc<Mutex<Vec<Scope>>>);

/// The objects of one watched scope, as its watches have them.
#[derive(Clone)]
pub(super) struct Scope {
    pub(super) syncs: Store<Guarded<DirectoryGroupSync>>,
    pub(super) directories: Store<Guarded<Directory>>,
    pub(super) cluster_directories: Option<Store<Guarded<ClusterDirectory>>>,
    pub(super) servers: Store<Guarded<DashboardServer>>,
    pub(super) heart: Arc<Heart>,
}

impl Scopes {
    /// Works for these from now on.
    pub(super) fn set(&self, scopes: Vec<Scope>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = scopes;
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<Scope> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scopes").finish_non_exhaustive()
    }
}
