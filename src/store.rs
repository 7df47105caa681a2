//! The port to a dashboard server's user store: read everything, then under the store's lock read again and apply a
//! plan. One folder an adapter.

pub mod sql;

use std::borrow::Cow;
use std::sync::Arc;

use async_trait::async_trait;

use crate::sync::escape::visible;
use crate::sync::form::Form;
use crate::sync::found::Found;
use crate::sync::plan::Plan;
use crate::sync::plan::written::Gaps;
use crate::sync::store_id::StoreId;

pub use crate::sync::plan::Subject;

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
        StoreSettings::Sql(settings) => Ok(Arc::new(sql::SqlStore::new(settings)?)),
    }
}

/// What a probe found out about the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// The product's name, for status.
    pub product: String,
    /// Its version, for status.
    pub version: String,
    /// Who we are to the server, for status.
    pub signed_in_as: Option<String>,
    /// The username of the account among the store's own that we sign in with: it is protected.
    pub own_account: Option<String>,
    /// Rights that a run would need and the account does not have, each as the administrator grants it.
    pub missing_rights: Vec<String>,
    /// The groups whose members administrate the server, by the store's id.
    pub administrators: Vec<StoreId>,
    /// The group that the server puts every new account into.
    pub default_group: Option<StoreId>,
    /// The form in which it keeps texts.
    pub form: Form,
}

/// Whether there is a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existence {
    /// It is there, perhaps empty.
    There,
    /// The first run that writes makes it, so that it cannot be tried out before.
    NotYet,
}

/// A user store.
#[async_trait]
pub trait UserStore: Send + Sync {
    /// Asks who and what the server is. Writes nothing.
    ///
    /// # Errors
    /// When the store cannot be reached or used.
    async fn probe(&self) -> Result<Capabilities, Error>;

    /// Whether a run could begin to write now: begins as one does, and undoes it. Nothing is left. Answers whether there is
    /// a store already.
    ///
    /// # Errors
    /// Those of [`UserStore::begin`] and of the first write: [`Error::AccessDenied`] where the store only takes reads.
    async fn probe_writing(&self) -> Result<Existence, Error> {
        let mut transaction = self.begin().await?;
        let found = transaction.read().await?;
        transaction.rehearse(&found, &Plan::default()).await.map(|_| Existence::There)
    }

    /// Reads every account, group, membership and link in one consistent view. A store without our tables is empty.
    ///
    /// # Errors
    /// When anything could not be read; a partial read has no value.
    async fn read(&self) -> Result<Found, Error>;

    /// Takes the store's lock, without waiting for it, prepares what a write needs (migrations), and opens the one
    /// transaction of a run.
    ///
    /// # Errors
    /// [`Error::Busy`] when another writer holds the lock.
    async fn begin(&self) -> Result<Box<dyn Transaction>, Error>;
}

/// The one transaction of a run. Dropped without [`Transaction::apply`] it leaves nothing behind in the store.
#[async_trait]
pub trait Transaction: Send {
    /// Reads everything again, under the lock.
    ///
    /// # Errors
    /// When anything could not be read.
    async fn read(&mut self) -> Result<Found, Error>;

    /// Applies a plan that was made from what [`Transaction::read`] returned, and commits. What the store refuses is
    /// rolled back alone, named in the result, and everything that needs it is left out.
    ///
    /// # Errors
    /// When the store failed as a whole; then nothing was written.
    async fn apply(self: Box<Self>, found: &Found, plan: &Plan) -> Result<Applied, Error>;

    /// Does all that [`Transaction::apply`] does and undoes it instead of committing: what would come of the plan.
    /// No row, no table and no lock is left.
    ///
    /// # Errors
    /// Those of [`Transaction::apply`]; [`Error::AccessDenied`] where the account may not write.
    async fn rehearse(self: Box<Self>, found: &Found, plan: &Plan) -> Result<Applied, Error>;
}

/// What came of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// What was not written, change by change: whatever the store refused, and all that needs it.
    pub gaps: Gaps,
    /// What the store refused, in the order of the plan; a group's memberships once.
    pub refused: Vec<Refusal>,
}

/// One object that the store refused to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Whose change it was.
    pub subject: Subject,
    /// Why, in the store's words, without values of other people.
    pub message: String,
}

/// Why a store could not be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be reached, or the connection broke.
    #[error("{}: {}", seen(attempt), seen(cause))]
    Unreachable {
        /// What was tried.
        attempt: String,
        /// Why it did not work; no password, no URL.
        cause: String,
    },
    /// Its certificate is not trusted, or TLS cannot be agreed on.
    #[error("{attempt}: {cause}")]
    Tls {
        /// What was tried.
        attempt: String,
        /// What was found and what to do.
        cause: String,
    },
    /// The credentials were refused, or the account, the database or the file does not take what was tried.
    #[error("{}: {}", seen(attempt), seen(cause))]
    AccessDenied {
        /// What was tried.
        attempt: String,
        /// Why it did not work.
        cause: String,
    },
    /// Another writer holds the store's lock: come back soon.
    #[error("another run writes to this store now")]
    Busy,
    /// The connection's settings cannot work.
    #[error("{}: {}", seen(field), seen(problem))]
    Configuration {
        /// The field's path, or `url`.
        field: String,
        /// What was found and what would be right.
        problem: String,
    },
    /// The store holds something that cannot be true, such as a link text that is no external id, or was refused as a
    /// whole.
    #[error("{}: {}", seen(attempt), seen(cause))]
    Unexpected {
        /// What was tried.
        attempt: String,
        /// What was found.
        cause: String,
    },
}

impl Error {
    /// With the rights that the account lacks, where it is a right that was missing: what an administrator runs.
    #[must_use]
    pub fn naming(self, missing_rights: &[String]) -> Self {
        match self {
            Self::AccessDenied { attempt, cause } if !missing_rights.is_empty() => {
                Self::AccessDenied { attempt, cause: format!("{cause}; {}", grant(missing_rights)) }
            }
            other => other,
        }
    }

    /// Rights are missing, whatever was tried.
    #[must_use]
    pub fn missing(missing_rights: &[String]) -> Self {
        let attempt = "looking at the rights of the account".to_owned();
        Self::AccessDenied { attempt, cause: format!("some are missing; {}", grant(missing_rights)) }
    }
}

fn grant(missing_rights: &[String]) -> String {
    format!("let an administrator run: {};", missing_rights.join("; "))
}

/// Words of a server, a file or a library, as they may be printed.
fn seen(text: &str) -> Cow<'_, str> {
    visible(text, false)
}
