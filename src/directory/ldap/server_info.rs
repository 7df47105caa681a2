//! Which server answers, how current it is, and which directory it has. This tells a known server from a late replica,
//! a restored server or a different one. Rules `known-server` and `same-directory`.

use super::connection::Connection;
use super::csn;
use super::directory_id;
use super::reference::IgnoredReferences;
use super::root_dse::RootDse;
use super::search::Search;
use crate::directory::Error;
use crate::directory::dn::Dn;
use crate::directory::schema::Effective;
use crate::sync::identity::{DirectoryId, ExternalId};
use crate::sync::snapshot::ServerIdentity;

/// The generation of a domain controller's database, MS-ADTS section 3.1.1.1.9. It changes with a restore.
const INVOCATION_ID: &str = "invocationId";
/// The last change that an OpenLDAP server has received from each server that takes writes. It is on the entry of the
/// naming context, kept by slapo-syncprov(5). Without that overlay it does not change.
const CONTEXT_CSN: &str = "contextCSN";

/// The server that answered, and the directory that it has.
#[derive(Debug, Clone)]
pub(super) struct ServerInfo {
    /// In Active Directory the `invocationId` with `highestCommittedUSN`. Elsewhere the address, with the time of the
    /// last change in microseconds.
    pub(super) server: ServerIdentity,
    /// The external id of the directory's root: of the domain head in Active Directory, else of the naming context that
    /// contains the base.
    pub(super) directory_id: DirectoryId,
    /// Further ids of the root.
    pub(super) other_directory_ids: Box<[DirectoryId]>,
}

impl ServerInfo {
    /// Reads it. `root` was just read over this connection, `context` is the naming context of the base.
    pub(super) async fn read(
        connection: &mut Connection,
        root: &RootDse,
        effective: &Effective,
        context: &Dn,
    ) -> Result<Self, Error> {
        let invocation_id = match &root.ds_service_name {
            Some(service) => invocation_id(connection, service).await?,
            None => None,
        };
        let identity = invocation_id.unwrap_or_else(|| connection.address.to_string());
        let (ids, head) = directory_id::identify(connection, effective, "spec.baseDN", context, &[CONTEXT_CSN]).await?;
        let (directory_id, other_directory_ids) = directory_id::of_root(ids);
        let position = root.highest_committed_usn.or_else(|| csn::greatest(head.values(CONTEXT_CSN)));
        Ok(Self { server: ServerIdentity { identity, position }, directory_id, other_directory_ids })
    }

    /// Why this cannot be the server and the directory that answered before. `None` if it can.
    pub(super) fn differs_from(&self, before: &Self) -> Option<String> {
        let (was, is) = (&before.server, &self.server);
        if was.identity != is.identity || before.directory_id != self.directory_id {
            return Some(format!(
                "several servers gave the answers: {} with the directory {} at the start, {} with the directory {} at \
                 the end; list the servers themselves in spec.ldap.servers, not a load balancer",
                was.identity, before.directory_id, is.identity, self.directory_id
            ));
        }
        let (was, now) = (was.position?, is.position?);
        (now < was).then(|| {
            format!(
                "the server's last change went back from {was} to {now}: it was restored meanwhile, or a load balancer \
                 hides several servers, which must be listed in spec.ldap.servers instead"
            )
        })
    }
}

async fn invocation_id(connection: &mut Connection, service: &str) -> Result<Option<String>, Error> {
    let attributes = [INVOCATION_ID.to_owned()];
    let search = Search::entry("reading the server's own entry", service, &attributes);
    // If the bind account cannot read the entry, the address is used instead.
    let Some(shown) = connection.search_if_there(&search, &IgnoredReferences::none()).await? else { return Ok(None) };
    let octets = shown.into_inner().first().and_then(|decoded| {
        let value = decoded.entry.values(INVOCATION_ID).first()?;
        <[u8; 16]>::try_from(value.as_slice()).ok()
    });
    Ok(octets.map(|octets| ExternalId::from_guid_octets(octets).value()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(identity: &str, position: Option<i64>, directory_id: u8) -> ServerInfo {
        let directory_id = DirectoryId(ExternalId::from_guid_octets([directory_id; 16]));
        let server = ServerIdentity { identity: identity.to_owned(), position };
        ServerInfo { server, directory_id, other_directory_ids: Box::default() }
    }

    #[test]
    fn a_server_goes_on_and_never_back() {
        let before = server("a", Some(7), 1);
        for same in [server("a", Some(7), 1), server("a", Some(8), 1), server("a", None, 1)] {
            assert_eq!(same.differs_from(&before), None);
        }
        for other in [server("b", Some(7), 1), server("a", Some(7), 2)] {
            assert!(other.differs_from(&before).unwrap().contains("several servers"));
        }
        assert!(server("a", Some(6), 1).differs_from(&before).unwrap().contains("went back"));
    }
}
