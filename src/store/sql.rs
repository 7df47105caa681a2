//! The user store in a SQL database: PostgreSQL 13 and later, or a SQLite file outside a cluster.
//!
//! `docs/sql-store.md` describes the tables. A read is one consistent view; a run writes in one transaction under a lock
//! of the database; what the store refuses is named and left out, the rest is committed.

mod apply;
mod batch;
mod failure;
mod known;
mod left_out;
mod lowering;
mod postgres;
mod reading;
mod record;
mod schema;
mod sqlite;
mod url;
mod writer;

use async_trait::async_trait;
use secrecy::SecretString;

use self::postgres::Postgres;
use self::sqlite::Sqlite;
use self::url::Address;
use crate::store::{Capabilities, Error, Existence, Transaction, UserStore};
use crate::sync::form::{Form, TextForm};
use crate::sync::found::Found;
use crate::tls::Trust;

/// What a `DashboardServer` with `spec.sql` means once its references are resolved.
#[derive(Debug, Clone)]
pub struct SqlSettings {
    /// `postgres://user:password@host:port/database?…` or `sqlite:path`. A relative path is relative to the working
    /// directory: who reads it from a file resolves it first.
    pub url: SecretString,
    /// Certificates in PEM of authorities that may vouch for the server beside the system's, or its own.
    pub authorities: Option<Vec<u8>>,
    /// Whether the URL may name a SQLite file: only outside a cluster.
    pub allow_sqlite: bool,
}

/// A user store in a SQL database. It holds no connection: each call opens its own.
#[derive(Debug)]
pub struct SqlStore {
    database: Database,
}

#[derive(Debug)]
enum Database {
    Postgres(Box<Postgres>),
    Sqlite(Sqlite),
}

impl SqlStore {
    /// A store at a URL. Nothing is connected or opened yet.
    ///
    /// # Errors
    /// [`Error::Configuration`] when the URL or the authorities cannot be used; it names the parameter and never shows
    /// the URL.
    pub fn new(settings: SqlSettings) -> Result<Self, Error> {
        let SqlSettings { url, authorities, allow_sqlite } = settings;
        let address = url::parse(&url, allow_sqlite)?;
        let trust = authorities.map(|pem| Trust::given(&pem)).transpose();
        let trust = trust.map_err(|error| Error::Configuration {
            field: "spec.sql.tls.caRef".to_owned(),
            problem: error.to_string(),
        })?;
        let database = match address {
            Address::Postgres(address) => Database::Postgres(Box::new(Postgres::new(address, trust))),
            Address::Sqlite(path) => Database::Sqlite(Sqlite::new(path)),
        };
        Ok(Self { database })
    }

    /// The host that connections go to; `None` for a file.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        match &self.database {
            Database::Postgres(postgres) => Some(postgres.host()),
            Database::Sqlite(_) => None,
        }
    }
}

#[async_trait]
impl UserStore for SqlStore {
    async fn probe(&self) -> Result<Capabilities, Error> {
        match &self.database {
            Database::Postgres(postgres) => postgres.probe().await,
            Database::Sqlite(sqlite) => sqlite.probe().await,
        }
    }

    async fn probe_writing(&self) -> Result<Existence, Error> {
        match &self.database {
            Database::Postgres(postgres) => postgres.probe_writing().await,
            Database::Sqlite(sqlite) => sqlite.probe_writing().await,
        }
    }

    async fn read(&self) -> Result<Found, Error> {
        match &self.database {
            Database::Postgres(postgres) => postgres.read().await,
            Database::Sqlite(sqlite) => sqlite.read().await,
        }
    }

    async fn begin(&self) -> Result<Box<dyn Transaction>, Error> {
        Ok(match &self.database {
            Database::Postgres(postgres) => Box::new(postgres.begin().await?),
            Database::Sqlite(sqlite) => Box::new(sqlite.begin().await?),
        })
    }
}

/// Texts are kept as they are; PostgreSQL has no NUL.
fn form() -> Form {
    const TEXT: TextForm = TextForm { forbidden: &['\0'], ..TextForm::ANY };
    Form { group_name: TEXT, description: TEXT, username: TEXT, email: TEXT, text: TEXT }
}
