//! Who answers: which server, how far it is, and which directory it holds. It tells a known server from a late replica,
//! a restored one or another one.

use ldap3::Scope;

use super::change_number;
use super::connection::Connection;
use super::directory_id;
use super::reference::Contexts;
use super::root_dse::RootDse;
use super::search::Search;
use crate::directory::Error;
use crate::directory::dn::Dn;
use crate::directory::schema::Effective;
use crate::sync::identity::{DirectoryId, ExternalId};
use crate::sync::snapshot::ServerIdentity;

/// The generation of a domain controller's database, MS-ADTS section 3.1.1.1.9: a new one after a restore.
const INVOCATION_ID: &str = "invocationId";
/// Up to where an OpenLDAP server has the changes of each server that takes writes: on the entry of the naming context,
/// kept by slapo-syncprov(5). Without that overlay it stands still.
const CONTEXT_CSN: &str = "contextCSN";

/// Who answered.
#[derive(Debug, Clone)]
pub(super) struct Respondent {
    /// In Active Directory the `invocationId`, else the address; with `highestCommittedUSN`, elsewhere the time of the
    /// last change in microseconds.
    pub(super) server: ServerIdentity,
    /// The external id of the directory's root: of the domain head in Active Directory, else of the naming context that
    /// holds the base.
    pub(super) directory_id: DirectoryId,
    /// Further ids that the root shows.
    pub(super) other_directory_ids: Box<[DirectoryId]>,
}

impl Respondent {
    /// Finds out who is behind the connection. `root` was just read from it, `context` is the naming context of the base.
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
        let position = root.highest_committed_usn.or_else(|| change_number::greatest(head.values(CONTEXT_CSN)));
        Ok(Self { server: ServerIdentity { identity, position }, directory_id, other_directory_ids })
    }

    /// Why this is not who answered before; `None` if it is.
    pub(super) fn differs_from(&self, before: &Self) -> Option<String> {
        let (was, is) = (&before.server, &self.server);
        if was.identity != is.identity || before.directory_id != self.directory_id {
            return Some(format!(
                "the answers came from several servers: {} of the directory {} at the start, {} of the directory {} at \
                 the end; name servers, not a load balancer, in spec.ldap.servers",
                was.identity, before.directory_id, is.identity, self.directory_id
            ));
        }
        let (was, now) = (was.position?, is.position?);
        (now < was).then(|| {
            format!(
                "the server went back from its change {was} to {now}: it was restored meanwhile, or a load balancer \
                 hides several servers, which spec.ldap.servers must name"
            )
        })
    }
}

async fn invocation_id(connection: &mut Connection, service: &str) -> Result<Option<String>, Error> {
    let search = Search {
        attempt: "reading the server's own entry",
        field: None,
        base: service,
        scope: Scope::Base,
        filter: "(objectClass=*)",
        attributes: &[INVOCATION_ID.to_owned()],
        controls: Vec::new(),
    };
    // An account that may not see the entry is no error: the address stands in.
    let Some(shown) = connection.search_if_there(&search, &Contexts::none()).await? else { return Ok(None) };
    let octets = shown.into_inner().first().and_then(|decoded| {
        let value = decoded.entry.values(INVOCATION_ID).first()?;
        <[u8; 16]>::try_from(value.as_slice()).ok()
    });
    Ok(octets.map(|octets| ExternalId::from_guid_octets(octets).value()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn respondent(identity: &str, position: Option<i64>, directory_id: u8) -> Respondent {
        let directory_id = DirectoryId(ExternalId::from_guid_octets([directory_id; 16]));
        let server = ServerIdentity { identity: identity.to_owned(), position };
        Respondent { server, directory_id, other_directory_ids: Box::default() }
    }

    #[test]
    fn a_server_goes_on_and_never_back() {
        let before = respondent("a", Some(7), 1);
        for same in [respondent("a", Some(7), 1), respondent("a", Some(8), 1), respondent("a", None, 1)] {
            assert_eq!(same.differs_from(&before), None);
        }
        for other in [respondent("b", Some(7), 1), respondent("a", Some(7), 2)] {
            assert!(other.differs_from(&before).unwrap().contains("several servers"));
        }
        assert!(respondent("a", Some(6), 1).differs_from(&before).unwrap().contains("went back"));
    }
}
