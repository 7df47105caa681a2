//! Rule `known-server`: the server that answered is new or restored, so nothing is removed yet.

use jiff::Timestamp;

use crate::sync::escape::shown;
use crate::sync::found::Found;
use crate::sync::known::{KnownDirectory, KnownServer};
use crate::sync::policy::Policy;
use crate::sync::snapshot::{ServerIdentity, Snapshot};
use crate::sync::wording::utc;

/// Why a run only adds: only positive evidence removes anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddsOnly {
    /// The server was first seen after the store knew the directory, and not long enough ago.
    #[error("removals are paused {}: the directory server {} is new here and may be behind the others", when(*.until), shown(.identity))]
    NewServer {
        /// Which.
        identity: String,
        /// When it has been known for `prune.confirmAfter`; `None`: it is not recorded yet.
        until: Option<Timestamp>,
    },
    /// The server's position is behind the one that was recorded: it was restored, or it is another under the same
    /// name.
    #[error(
        "removals are paused until the directory server {} has been known for spec.prune.confirmAfter again: its position went back from {recorded} to {read}, as after a restore",
        shown(.identity)
    )]
    WentBack {
        /// Which.
        identity: String,
        /// Where it was.
        recorded: i64,
        /// Where it is.
        read: i64,
    },
    /// Links of another directory are released in this very run.
    #[error("the links of the former directory are released by this run, which removes nothing")]
    DirectoryChanged,
    /// Links to another store are forgotten in this very run.
    #[error("the links to the former store are forgotten by this run, which removes nothing")]
    StoreChanged,
}

impl AddsOnly {
    /// Whether nothing is removed in this run even on positive evidence: an administrator approved the release of the
    /// links of a former directory or store, and was told that nothing is removed.
    pub(crate) const fn despite_evidence(&self) -> bool {
        matches!(self, Self::DirectoryChanged | Self::StoreChanged)
    }
}

fn when(time: Option<Timestamp>) -> String {
    match time {
        Some(time) => format!("until {}", utc(time)),
        None => "until it has been known for spec.prune.confirmAfter".to_owned(),
    }
}

/// Rule `known-server`: why the server of a read is not evidence for removals, if so. A store that does not know the
/// directory has nothing that could be removed; a file is not a server.
pub(crate) fn adds_only(snapshot: &Snapshot, found: &Found, policy: &Policy, now: Timestamp) -> Option<AddsOnly> {
    let server = snapshot.server.as_ref()?;
    let directory = directory(snapshot, found)?;
    let identity = || server.identity.clone();
    let records = Records::for_server(server, directory, policy);
    let Some(first_seen) = records.first_seen() else {
        let until = policy.known_servers.is_none().then(|| policy.confirmed_at(now));
        return Some(AddsOnly::NewServer { identity: identity(), until });
    };
    if let Some((recorded, read)) = records.went_back(server) {
        return Some(AddsOnly::WentBack { identity: identity(), recorded, read });
    }
    let until = policy.confirmed_at(first_seen);
    (first_seen > directory.first_seen && now < until)
        .then(|| AddsOnly::NewServer { identity: identity(), until: Some(until) })
}

/// Rules `known-server` and `no-change-no-write`: what the store is to remember from now on. A directory is worth a
/// write of its own only where links would else belong to one that is not known, a server where it is new or was
/// restored; a position goes along with other writes.
pub(crate) fn remember(
    snapshot: &Snapshot,
    found: &Found,
    policy: &Policy,
    writes: bool,
    now: Timestamp,
) -> Option<KnownDirectory> {
    let stored = directory(snapshot, found);
    let server = snapshot.server.as_ref().and_then(|server| remember_server(server, stored, policy, writes, now));
    let worth_a_write = match stored {
        None => writes || has_links(snapshot, found),
        Some(_) => server.is_some(),
    };
    worth_a_write.then(|| KnownDirectory {
        directory_id: snapshot.directory_id,
        first_seen: stored.map_or(now, |directory| directory.first_seen),
        servers: server.into_iter().collect(),
    })
}

fn remember_server(
    server: &ServerIdentity,
    stored: Option<&KnownDirectory>,
    policy: &Policy,
    writes: bool,
    now: Timestamp,
) -> Option<KnownServer> {
    let ServerIdentity { identity, position } = server;
    let known = |first_seen| KnownServer { identity: identity.clone(), first_seen, position: *position };
    let Some(directory) = stored else { return Some(known(now)) };
    let records = Records::for_server(server, directory, policy);
    let has_gone_back = records.went_back(server).is_some();
    match records.by_store {
        None => Some(known(records.first_seen().filter(|_| !has_gone_back).unwrap_or(now))),
        Some(stored) if went_back(stored, server).is_some() => Some(known(now)),
        Some(stored) if writes && stored.position != *position => Some(known(stored.first_seen)),
        Some(_) => None,
    }
}

fn directory<'a>(snapshot: &Snapshot, found: &'a Found) -> Option<&'a KnownDirectory> {
    found.directories.iter().find(|known| known.directory_id == snapshot.directory_id)
}

/// What was recorded of one server before its connection was opened.
struct Records<'a> {
    /// By the operator, for its `Directory` object.
    by_operator: Option<&'a KnownServer>,
    /// By the store, for the directory by its id: it outlives the object.
    by_store: Option<&'a KnownServer>,
}

impl<'a> Records<'a> {
    fn for_server(server: &ServerIdentity, directory: &'a KnownDirectory, policy: &'a Policy) -> Self {
        let record = |servers: &'a [KnownServer]| servers.iter().find(|known| known.identity == server.identity);
        Self { by_operator: policy.known_servers.as_deref().and_then(record), by_store: record(&directory.servers) }
    }

    fn all(&self) -> impl Iterator<Item = &'a KnownServer> {
        self.by_operator.into_iter().chain(self.by_store)
    }

    fn first_seen(&self) -> Option<Timestamp> {
        self.all().map(|known| known.first_seen).min()
    }

    /// Where it was, and where it is, if that is behind.
    fn went_back(&self, server: &ServerIdentity) -> Option<(i64, i64)> {
        self.all().filter_map(|known| went_back(known, server)).max()
    }
}

fn went_back(known: &KnownServer, server: &ServerIdentity) -> Option<(i64, i64)> {
    known.position.zip(server.position).filter(|(recorded, read)| read < recorded)
}

fn has_links(snapshot: &Snapshot, found: &Found) -> bool {
    let groups = found.groups.iter().filter_map(|group| group.link.as_ref()).map(|link| link.directory_id);
    let accounts = found.accounts.iter().filter_map(|account| account.link.as_ref()).map(|link| link.directory_id);
    groups.chain(accounts).any(|directory_id| directory_id == snapshot.directory_id)
}
