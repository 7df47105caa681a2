//! The user store of a Grafana organization: its teams and users, through the HTTP API of Grafana 10.4 or later.
//!
//! `docs/grafana.md` says what a run needs and does.

mod account;
mod account_calls;
mod known;
mod listing;
mod members;
mod own_account;
mod page;
mod probe;
mod refusal;
mod release;
mod rights;
mod row;
mod server;
mod settings;
mod sign_in;
mod team;
mod team_calls;

use std::sync::Arc;

use http::HeaderValue;
use http::header::HeaderName;

use self::server::GrafanaServer;
pub use self::settings::{GrafanaCredentials, GrafanaSettings, OrganizationRole};
use self::sign_in::GrafanaSignIn;
use crate::store::link_book::LinkBook;
use crate::store::remote::RemoteStore;
use crate::store::remote::http::{Client, ClientFields, Session};
use crate::store::{Error, ServerAddress, UserStore};
use crate::tls::Fields;

/// The store of an organization. Nothing is connected yet.
///
/// # Errors
/// [`Error::Configuration`] when the settings cannot work.
pub fn open(settings: GrafanaSettings, book: Arc<dyn LinkBook>) -> Result<Arc<dyn UserStore>, Error> {
    let organization = HeaderValue::from(settings.organization);
    let client = Client::new(settings.client.clone(), FIELDS)?.with_header(ORGANIZATION, organization);
    let session = Session::new(client, Box::new(GrafanaSignIn::new(settings.credentials.clone())));
    Ok(Arc::new(RemoteStore::new(Arc::new(GrafanaServer::new(session, settings)), book)))
}

/// The server that the store would connect to. `None`: the URL cannot be used.
pub(super) fn address(settings: &GrafanaSettings) -> Option<ServerAddress> {
    settings.client.address(FIELDS.url)
}

/// The header that names the organization of a request.
const ORGANIZATION: HeaderName = HeaderName::from_static("x-grafana-org-id");

const FIELDS: ClientFields = ClientFields {
    url: "spec.grafana.url",
    tls: Fields {
        authorities: "spec.grafana.tls.caRef",
        name: "set spec.grafana.url to a name in it",
        protocol: "the server does not use TLS on this port: correct spec.grafana.url",
    },
};
