//! Section 5, rule 3: whether the server that answered may be believed when it shows less than before.

use jiff::Timestamp;

use crate::sync::found::Found;
use crate::sync::known::{KnownDirectory, KnownServer};
use crate::sync::policy::Policy;
use crate::sync::snapshot::{Absence, Snapshot};

/// Why a read only adds: nothing is removed on its word but what has positive evidence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddsOnly {
    /// The server was first seen after the store knew the directory, and not long enough ago.
    #[error("the server {identity} is new and may be behind the others: its word ends nothing {}", when(*.until))]
    NewServer {
        /// Which.
        identity: String,
        /// When it has been known for `prune.confirmAfter`; `None`: nobody has recorded it yet.
        until: Option<Timestamp>,
    },
    /// The server's position is behind the one that was recorded: it was restored, or it is another under the same name.
    #[error(
        "the server {identity} went back from position {recorded} to {read}, as one does that was restored: its word ends nothing until it has been known for spec.prune.confirmAfter again"
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
    /// Whether not even positive evidence ends anything in this run: a person let the links of a former directory or
    /// store go, and was told that nothing is removed.
    pub(crate) const fn whatever_is_proven(&self) -> bool {
        matches!(self, Self::DirectoryChanged | Self::StoreChanged)
    }
}

fn when(time: Option<Timestamp>) -> String {
    match time {
        Some(time) => format!("until {time:.0}"),
        None => "until it has been known for spec.prune.confirmAfter".to_owned(),
    }
}

/// Judges the server of a read. A store that does not know the directory holds nothing that could be removed; a file is
/// no server.
pub(crate) fn adds_only(snapshot: &Snapshot, found: &Found, policy: &Policy, now: Timestamp) -> Option<AddsOnly> {
    let directory_id = directory_id(snapshot, found).filter(|_| snapshot.absence == Absence::Unproven)?;
    let identity = || snapshot.server.identity.clone();
    let Some(known) = record(snapshot, directory_id, policy) else {
        let until = policy.known_servers.is_none().then(|| policy.confirmed_at(now));
        return Some(AddsOnly::NewServer { identity: identity(), until });
    };
    if let Some((recorded, read)) = went_back(known, snapshot) {
        return Some(AddsOnly::WentBack { identity: identity(), recorded, read });
    }
    let until = policy.confirmed_at(known.first_seen);
    (known.first_seen > directory_id.first_seen && now < until)
        .then(|| AddsOnly::NewServer { identity: identity(), until: Some(until) })
}

/// What the store is to remember from now on. A directory is worth a write of its own only where links would else
/// belong to one that is not known, a server where it is new or was restored; a position goes along with other writes.
pub(crate) fn remember(
    snapshot: &Snapshot,
    found: &Found,
    policy: &Policy,
    writes: bool,
    now: Timestamp,
) -> Option<KnownDirectory> {
    let stored = directory_id(snapshot, found);
    let remembers_servers = policy.known_servers.is_none() && snapshot.absence == Absence::Unproven;
    let position = snapshot.server.position;
    let anew = || KnownServer { identity: snapshot.server.identity.clone(), first_seen: now, position };
    let server = match stored.and_then(|directory_id| record(snapshot, directory_id, policy)) {
        _ if !remembers_servers => None,
        None => Some(anew()),
        Some(known) if went_back(known, snapshot).is_some() => Some(anew()),
        Some(known) if writes && known.position != position => Some(KnownServer { position, ..known.clone() }),
        Some(_) => None,
    };
    let worth_a_write = match stored {
        None => writes || has_links(snapshot, found),
        Some(_) => server.is_some(),
    };
    worth_a_write.then(|| KnownDirectory {
        directory_id: snapshot.directory_id,
        first_seen: stored.map_or(now, |directory_id| directory_id.first_seen),
        servers: server.into_iter().collect(),
    })
}

fn directory_id<'a>(snapshot: &Snapshot, found: &'a Found) -> Option<&'a KnownDirectory> {
    found.directories.iter().find(|known| known.directory_id == snapshot.directory_id)
}

/// What was recorded of the server before its connection was opened.
fn record<'a>(snapshot: &Snapshot, directory_id: &'a KnownDirectory, policy: &'a Policy) -> Option<&'a KnownServer> {
    let servers = policy.known_servers.as_ref().unwrap_or(&directory_id.servers);
    servers.iter().find(|known| known.identity == snapshot.server.identity)
}

fn went_back(known: &KnownServer, snapshot: &Snapshot) -> Option<(i64, i64)> {
    known.position.zip(snapshot.server.position).filter(|(recorded, read)| read < recorded)
}

fn has_links(snapshot: &Snapshot, found: &Found) -> bool {
    found.groups.iter().filter_map(|group| group.link.as_ref()).any(|link| link.directory_id == snapshot.directory_id)
        || found
            .accounts
            .iter()
            .filter_map(|account| account.link.as_ref())
            .any(|link| link.directory_id == snapshot.directory_id)
}
