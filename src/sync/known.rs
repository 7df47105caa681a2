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

/// How many servers of one directory are remembered (Rule `known-server`), as in the status of a `Directory`.
pub const MAX_SERVERS: u32 = 64;

impl KnownDirectory {
    /// Replaces what is known of the servers that are named. Of more than [`MAX_SERVERS`] the others that were first seen
    /// longest ago go. Servers are in the order of their identities.
    pub fn learn(&mut self, named: Vec<KnownServer>) {
        let is_named =
            |server: &KnownServer, named: &[KnownServer]| named.iter().any(|it| it.identity == server.identity);
        self.servers.retain(|server| !is_named(server, &named));
        let kept = (MAX_SERVERS as usize).saturating_sub(named.len());
        self.servers.sort_by(|one, other| {
            other.first_seen.cmp(&one.first_seen).then_with(|| one.identity.cmp(&other.identity))
        });
        self.servers.truncate(kept);
        self.servers.extend(named);
        self.servers.sort_by(|one, other| one.identity.cmp(&other.identity));
    }
}
