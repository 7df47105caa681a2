//! What is remembered of a directory: since when it and each of its servers are known (rule `known-server`).

use jiff::Timestamp;

use super::identity::DirectoryId;

/// A server that has answered before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownServer {
    /// As [`super::snapshot::ServerIdentity::identity`].
    pub identity: String,
    /// When it first answered, or first answered again after it had gone back.
    pub first_seen: Timestamp,
    /// The furthest position that was recorded.
    pub position: Option<i64>,
}

/// A directory that a store knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownDirectory {
    /// The directory.
    pub directory_id: DirectoryId,
    /// When the store first held anything of it.
    pub first_seen: Timestamp,
    /// Its servers. The store remembers them only where nothing else does, without a cluster.
    pub servers: Vec<KnownServer>,
}
