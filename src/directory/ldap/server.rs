//! Which server answers: what tells a known one from a late replica or a restored one.

use ldap3::Scope;

use super::connection::Connection;
use super::reference::Contexts;
use super::root_dse::RootDse;
use super::search::Search;
use crate::directory::Error;
use crate::sync::identity::ExternalId;
use crate::sync::snapshot::ServerIdentity;

/// The generation of a domain controller's database, MS-ADTS section 3.1.1.1.9: a new one after a restore.
const INVOCATION_ID: &str = "invocationId";

/// The identity of the server behind a connection: in Active Directory its `invocationId`, else its address.
pub(super) async fn identify(connection: &mut Connection, root: &RootDse) -> Result<ServerIdentity, Error> {
    let identity = match &root.ds_service_name {
        Some(service) => invocation_id(connection, service).await?,
        None => None,
    };
    Ok(ServerIdentity {
        identity: identity.unwrap_or_else(|| connection.address.to_string()),
        position: root.highest_committed_usn,
    })
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
