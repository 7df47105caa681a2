//! Which adapter writes to a store.

use std::sync::Arc;

use super::link_book::LinkBook;
use super::{Error, ServerAddress, UserStore, bold_bi, grafana, scim, sql, superset};
use crate::traffic::Traffic;

/// How to reach one store; one variant an adapter.
#[derive(Debug, Clone)]
pub enum StoreSettings {
    /// A SQL database.
    Sql(sql::SqlSettings),
    /// Superset, or another application on Flask-AppBuilder.
    Superset(superset::SupersetSettings),
    /// A Bold BI site.
    BoldBi(bold_bi::BoldBiSettings),
    /// A Grafana organization.
    Grafana(grafana::GrafanaSettings),
    /// A server that speaks SCIM 2.0.
    Scim(scim::ScimSettings),
}

impl StoreSettings {
    /// With this as what counts the requests to a server with an API.
    #[must_use]
    pub fn counted(mut self, traffic: Traffic) -> Self {
        match &mut self {
            Self::Sql(_) => {}
            Self::Superset(settings) => settings.client.traffic = traffic,
            Self::BoldBi(settings) => settings.client.traffic = traffic,
            Self::Grafana(settings) => settings.client.traffic = traffic,
            Self::Scim(settings) => settings.client.traffic = traffic,
        }
        self
    }

    /// Every server that the store would connect to. What cannot be read is left out: [`open`] refuses it.
    #[must_use]
    pub fn addresses(&self) -> Vec<ServerAddress> {
        match self {
            Self::Sql(settings) => Vec::from_iter(sql::address(settings)),
            Self::Superset(settings) => Vec::from_iter(superset::address(settings)),
            Self::BoldBi(settings) => Vec::from_iter(bold_bi::address(settings)),
            Self::Grafana(settings) => Vec::from_iter(grafana::address(settings)),
            Self::Scim(settings) => scim::addresses(settings),
        }
    }
}

/// The adapter for a store. Nothing is connected yet. `book` is only asked for where the store cannot hold its links
/// itself: it answers the book of this one dashboard server.
///
/// # Errors
/// When the settings cannot work, or there is no book for the links.
pub fn open(
    settings: StoreSettings,
    book: impl FnOnce() -> Result<Arc<dyn LinkBook>, Error>,
) -> Result<Arc<dyn UserStore>, Error> {
    match settings {
        StoreSettings::Sql(settings) => {
            drop(book);
            sql::open(settings)
        }
        StoreSettings::Superset(settings) => superset::open(settings, book()?),
        StoreSettings::BoldBi(settings) => bold_bi::open(settings, book()?),
        StoreSettings::Grafana(settings) => grafana::open(settings, book()?),
        StoreSettings::Scim(settings) => scim::open(settings, book()?),
    }
}
