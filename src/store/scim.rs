//! The user store of a server that speaks SCIM 2.0 (RFC 7643 and 7644).
//!
//! `docs/scim.md` says what a run needs and does. Servers agree on little of what the standard says of groups, so the form of
//! some requests is learned ([`dialect`]), and what was asked for is looked at afterwards.

mod calls;
mod dialect;
mod doubt;
mod edits;
mod list;
mod listing;
mod members;
mod patch;
mod probe;
mod put;
mod refusal;
mod removal;
mod resource;
mod schema;
mod server;
mod settings;
mod sign_in;

use std::sync::Arc;

use http::header::{ACCEPT, HeaderValue};

use self::server::ScimServer;
pub use self::settings::{
    DisplayName, MemberRemoval, MembersInList, Rename, ScimCredentials, ScimDialect, ScimSettings,
};
use self::sign_in::ScimSignIn;
use crate::store::link_book::LinkBook;
use crate::store::remote::RemoteStore;
use crate::store::remote::http::{Client, ClientFields, Session};
use crate::store::{Error, ServerAddress, UserStore};
use crate::tls::Fields;

/// The store of a server. Nothing is connected yet.
///
/// # Errors
/// [`Error::Configuration`] when the settings cannot work.
pub fn open(settings: ScimSettings, book: Arc<dyn LinkBook>) -> Result<Arc<dyn UserStore>, Error> {
    let ScimSettings { client, credentials, dialect, at_a_time } = settings;
    let sign_in = ScimSignIn::new(credentials, &client)?;
    let client = Client::new(client, FIELDS)?
        .sending(SCIM_JSON)
        .with_header(ACCEPT, HeaderValue::from_static("application/scim+json, application/json"));
    let server = ScimServer::new(Session::new(client, Box::new(sign_in)), dialect, at_a_time);
    Ok(Arc::new(RemoteStore::new(Arc::new(server), book)))
}

/// The servers that the store would connect to: also the one that gives tokens. A URL that cannot be used is left out.
pub(super) fn addresses(settings: &ScimSettings) -> Vec<ServerAddress> {
    let tokens = sign_in::address(&settings.credentials, &settings.client);
    settings.client.address(FIELDS.url).into_iter().chain(tokens).collect()
}

/// The media type of requests (RFC 7644 section 3.1).
const SCIM_JSON: &str = "application/scim+json";

const FIELDS: ClientFields = ClientFields {
    url: "spec.scim.url",
    tls: Fields {
        authorities: "spec.scim.tls.caRef",
        name: "set spec.scim.url to a name in it",
        protocol: "the server does not use TLS on this port: correct spec.scim.url",
    },
};
