//! The lines of what is remembered beside links: directories, their servers, who leads them, and what is forgotten.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::text::{Directory, Text};
use crate::sync::claim::{Claimant, ClaimedDirectory, DirectoryClaim};
use crate::sync::identity::{DirectoryId, ExternalId};
use crate::sync::known::{KnownDirectory, KnownServer};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ForgetLine {
    directory: Text<Directory>,
    id: Text<ExternalId>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct DirectoryLine {
    directory: Text<Directory>,
    first_seen: Timestamp,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    servers: Vec<ServerLine>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ServerLine {
    identity: String,
    first_seen: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    position: Option<i64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ClaimsLine {
    directory: Text<Directory>,
    claims: Vec<ClaimLine>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ClaimLine {
    installation: Box<str>,
    namespace: Box<str>,
    first_seen: Timestamp,
    addresses: Vec<Box<str>>,
    authorities: Vec<Box<str>>,
}

impl ForgetLine {
    pub(super) const fn new(directory_id: DirectoryId, id: ExternalId) -> Self {
        Self { directory: Text(Directory(directory_id.0)), id: Text(id) }
    }

    pub(super) fn ids(self) -> (DirectoryId, ExternalId) {
        (self.directory.0.into_inner(), self.id.0)
    }
}

impl From<&KnownDirectory> for DirectoryLine {
    fn from(KnownDirectory { directory_id, first_seen, servers }: &KnownDirectory) -> Self {
        Self {
            directory: Text(Directory(directory_id.0)),
            first_seen: *first_seen,
            servers: servers.iter().map(Into::into).collect(),
        }
    }
}

impl From<DirectoryLine> for KnownDirectory {
    fn from(DirectoryLine { directory, first_seen, servers }: DirectoryLine) -> Self {
        let servers = servers.into_iter().map(Into::into).collect();
        Self { directory_id: directory.0.into_inner(), first_seen, servers }
    }
}

impl From<&ClaimedDirectory> for ClaimsLine {
    fn from(ClaimedDirectory { directory_id, claims }: &ClaimedDirectory) -> Self {
        Self { directory: Text(Directory(directory_id.0)), claims: claims.iter().map(Into::into).collect() }
    }
}

impl From<ClaimsLine> for ClaimedDirectory {
    fn from(ClaimsLine { directory, claims }: ClaimsLine) -> Self {
        Self { directory_id: directory.0.into_inner(), claims: claims.into_iter().map(Into::into).collect() }
    }
}

impl From<&KnownServer> for ServerLine {
    fn from(KnownServer { identity, first_seen, position }: &KnownServer) -> Self {
        Self { identity: identity.clone(), first_seen: *first_seen, position: *position }
    }
}

impl From<ServerLine> for KnownServer {
    fn from(ServerLine { identity, first_seen, position }: ServerLine) -> Self {
        Self { identity, first_seen, position }
    }
}

impl From<&DirectoryClaim> for ClaimLine {
    fn from(DirectoryClaim { claimant, first_seen, addresses, authorities }: &DirectoryClaim) -> Self {
        let Claimant { installation, namespace } = claimant.clone();
        let (addresses, authorities) = (addresses.clone(), authorities.clone());
        Self { installation, namespace, first_seen: *first_seen, addresses, authorities }
    }
}

impl From<ClaimLine> for DirectoryClaim {
    fn from(ClaimLine { installation, namespace, first_seen, addresses, authorities }: ClaimLine) -> Self {
        Self { claimant: Claimant { installation, namespace }, first_seen, addresses, authorities }
    }
}
