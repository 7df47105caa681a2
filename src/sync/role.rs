//! The roles of a store's groups, for the servers that have them.

use std::collections::BTreeSet;

use super::store_id::StoreId;

/// A role. A server that gives the id of a deleted role to another one tells the two apart by their names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Role {
    /// The store's id.
    pub id: StoreId,
    /// Its name.
    pub name: Box<str>,
}

/// The roles of a store, and which of them a sync may give to its groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roles {
    /// All of them.
    pub all: Vec<Role>,
    /// The names in the DashboardServer's `grantableRoles`.
    pub grantable: BTreeSet<Box<str>>,
}

impl Roles {
    /// A role by its name, whose case counts.
    pub(crate) fn named(&self, name: &str) -> Option<&Role> {
        self.all.iter().find(|role| *role.name == *name)
    }
}
