//! Which adapter writes to a store.

use std::sync::Arc;

use super::{Error, UserStore, sql};

/// How to reach one store; one variant an adapter.
#[derive(Debug, Clone)]
pub enum StoreSettings {
    /// A SQL database.
    Sql(sql::SqlSettings),
}

/// The adapter for a store. Nothing is connected yet.
///
/// # Errors
/// When the settings cannot work.
pub fn open(settings: StoreSettings) -> Result<Arc<dyn UserStore>, Error> {
    match settings {
        StoreSettings::Sql(settings) => sql::open(settings),
    }
}
