//! The user store of a Bold BI site: its REST API, version 5.0 or 4.0.
//!
//! `docs/bold-bi.md` says what a run needs and does.

mod account;
mod calls;
mod form;
mod given_id;
mod group;
mod known;
mod list;
mod listing;
mod members;
mod page;
mod probe;
mod provider;
mod refusal;
mod server;
mod settings;
mod sign_in;
mod version;

use std::sync::Arc;

use url::Url;

use self::server::BoldBiServer;
pub use self::settings::{ApiVersion, BoldBiCredentials, BoldBiSettings};
use self::sign_in::BoldBiSignIn;
use crate::store::link_book::LinkBook;
use crate::store::remote::RemoteStore;
use crate::store::remote::http::{Client, ClientFields, ClientSettings, Session};
use crate::store::{Error, ServerAddress, UserStore};
use crate::tls::Fields;

/// The store of a site. Nothing is connected yet.
///
/// # Errors
/// [`Error::Configuration`] when the settings cannot work.
pub fn open(settings: BoldBiSettings, book: Arc<dyn LinkBook>) -> Result<Arc<dyn UserStore>, Error> {
    let BoldBiSettings { client, site, api_version, credentials, default_group, at_a_time } = settings;
    let client = ClientSettings { url: api(&client.url, site.as_deref()), ..client };
    let session = Session::new(Client::new(client, FIELDS)?, Box::new(BoldBiSignIn::new(credentials.clone())));
    let server = BoldBiServer::new(session, credentials, api_version, site.is_some(), default_group, at_a_time);
    Ok(Arc::new(RemoteStore::new(Arc::new(server), book)))
}

/// The server that the store would connect to. `None`: the URL cannot be used.
pub(super) fn address(settings: &BoldBiSettings) -> Option<ServerAddress> {
    settings.client.address(FIELDS.url)
}

/// The URL of the API. Without a site it is that of Bold BI's cloud, where each site has a host of its own. A URL that cannot
/// be read stays as it is: the client says so.
fn api(url: &str, site: Option<&str>) -> String {
    let Ok(mut base) = Url::parse(url) else { return url.to_owned() };
    let ends_with_bi = base.path().trim_end_matches('/').ends_with("/bi");
    let Ok(mut path) = base.path_segments_mut() else { return url.to_owned() };
    path.pop_if_empty();
    if !ends_with_bi {
        path.push("bi");
    }
    path.push("api");
    if let Some(site) = site {
        path.push("site").push(site);
    }
    drop(path);
    base.into()
}

const FIELDS: ClientFields = ClientFields {
    url: "spec.boldBI.url",
    tls: Fields {
        authorities: "spec.boldBI.tls.caRef",
        name: "set spec.boldBI.url to a name in it",
        protocol: "the server does not use TLS on this port: correct spec.boldBI.url",
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_is_below_the_site_or_the_host_of_the_cloud() {
        let site = Some("site1");
        assert_eq!(api("https://bi.example", site), "https://bi.example/bi/api/site/site1");
        assert_eq!(api("https://bi.example/", site), "https://bi.example/bi/api/site/site1");
        assert_eq!(api("https://bi.example/bi", site), "https://bi.example/bi/api/site/site1");
        assert_eq!(api("https://bi.example/bi/", None), "https://bi.example/bi/api");
        assert_eq!(api("https://example/boards", site), "https://example/boards/bi/api/site/site1");
        assert_eq!(api("not a url", site), "not a url");
    }
}
