//! The user store of Apache Superset 6 and of other applications on Flask-AppBuilder 5: its security API
//! (`/api/v1/security`), whose groups have users and roles.
//!
//! `docs/superset.md` says what a run needs and does.

mod account;
mod calls;
mod group;
mod listing;
mod page;
mod probe;
mod refusal;
mod server;
mod settings;
mod sign_in;

use std::sync::Arc;

use tokio::sync::OnceCell;

use self::server::SupersetServer;
pub use self::settings::{DeleteGroups, SupersetCredentials, SupersetSettings};
use self::sign_in::SupersetSignIn;
use crate::store::link_book::LinkBook;
use crate::store::remote::RemoteStore;
use crate::store::remote::http::{Client, ClientFields, Session};
use crate::store::{Error, ServerAddress, UserStore};
use crate::tls::Fields;

/// The store of a server. Nothing is connected yet.
///
/// # Errors
/// [`Error::Configuration`] when the settings cannot work.
pub fn open(settings: SupersetSettings, book: Arc<dyn LinkBook>) -> Result<Arc<dyn UserStore>, Error> {
    let SupersetSettings { client, credentials, delete_groups, manages_accounts, new_account_roles, at_a_time } =
        settings;
    let session = Session::new(Client::new(client, FIELDS)?, Box::new(SupersetSignIn::new(credentials)));
    let server = SupersetServer {
        session,
        own: OnceCell::new(),
        delete_groups,
        manages_accounts,
        new_account_roles,
        new_account_role_ids: OnceCell::new(),
        at_a_time,
    };
    Ok(Arc::new(RemoteStore::new(Arc::new(server), book)))
}

/// The server that the store would connect to. `None`: the URL cannot be used.
pub(super) fn address(settings: &SupersetSettings) -> Option<ServerAddress> {
    settings.client.address(FIELDS.url)
}

const FIELDS: ClientFields = ClientFields {
    url: "spec.superset.url",
    tls: Fields {
        authorities: "spec.superset.tls.caRef",
        name: "set spec.superset.url to a name in it",
        protocol: "the server does not use TLS on this port: correct spec.superset.url",
    },
};
