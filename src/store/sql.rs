//! The user store in a SQL database: PostgreSQL 13 and later, or a SQLite file outside a cluster.
//!
//! `docs/sql-store.md` describes the tables. A read is one consistent view; a run writes in one transaction under a lock
//! of the database; what the store refuses is named and left out, the rest is committed.

mod apply;
mod batch;
mod ended;
mod failure;
mod form;
mod known;
mod lowering;
mod postgres;
mod reading;
mod row;
mod row_writer;
mod schema;
mod sqlite;
mod text_bounds;
mod transaction;
mod url;

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretSlice, SecretString};

use self::postgres::Postgres;
use self::sqlite::Sqlite;
use self::url::{AUTHORITIES, Address, FIELD};
use crate::store::{Error, ServerAddress, UserStore};
use crate::tls::Trust;

/// What a `DashboardServer` with `spec.sql` means once its references are resolved.
#[derive(Debug, Clone)]
pub struct SqlSettings {
    /// `postgres://user:password@host:port/database?…` or `sqlite:path`. A relative path is relative to the working
    /// directory: who reads it from a file resolves it first.
    pub url: SecretString,
    /// Certificates in PEM of the authorities that may vouch for the server, or its own. Only these are trusted then.
    pub authorities: Option<SecretSlice<u8>>,
    /// Whether the URL may name a SQLite file: only outside a cluster.
    pub allow_sqlite: bool,
}

/// The store at a URL. Nothing is connected or opened yet, and it holds no connection: each call opens its own.
///
/// # Errors
/// [`Error::Configuration`] when the URL or the authorities cannot be used; it names the parameter and never shows the
/// URL.
pub fn open(settings: SqlSettings) -> Result<Arc<dyn UserStore>, Error> {
    let SqlSettings { url, authorities, allow_sqlite } = settings;
    let address = url::parse(&url, allow_sqlite)?;
    let trust = authorities.map(|pem| Trust::given(pem.expose_secret())).transpose();
    let trust = trust.map_err(|error| Error::configuration(AUTHORITIES, error.to_string()))?;
    Ok(match address {
        Address::Postgres(address) => Arc::new(Postgres::new(address, trust)),
        Address::Sqlite(path) => Arc::new(Sqlite::new(path)),
    })
}

/// The server that the store would connect to. `None`: the URL names a file, or cannot be used.
pub(super) fn address(settings: &SqlSettings) -> Option<ServerAddress> {
    match url::parse(&settings.url, settings.allow_sqlite) {
        Ok(Address::Postgres(address)) => Some(ServerAddress { field: FIELD, host: address.host, port: address.port }),
        Ok(Address::Sqlite(_)) | Err(_) => None,
    }
}
