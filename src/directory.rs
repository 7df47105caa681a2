//! The port to a directory: one complete read as a [`Snapshot`], then look-ups by external id. One folder an adapter.
//!
//! An adapter never returns part of an answer. What it could not read to the end is an [`Error`], which carries what
//! follows from it.

pub mod assembly;
mod bases;
pub mod dn;
pub mod entry;
mod error;
pub mod filter;
pub mod ldap;
mod ldap_url;
pub mod ldif;
pub mod remnant;
pub mod schema;
pub mod selection;
pub mod settings;

pub use error::Error;

use async_trait::async_trait;

use crate::directory::settings::{DirectorySettings, Source};
pub use crate::sync::planning::LookUp;
use crate::sync::snapshot::Snapshot;

/// What to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The entries of `spec.groups`, in their order.
    pub selectors: Vec<Selector>,
    /// The entries of `spec.exclude`.
    pub exclude: Vec<Selector>,
    /// Whether members that are groups are read too, and theirs, down to the last.
    pub nested: bool,
}

/// How one entry of `spec.groups` or `spec.exclude` names directory groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// The one group with this distinguished name (RFC 4514), compared in normal form.
    Dn(String),
    /// Every group of the groups' base and filter with this name, compared folded.
    Name(String),
    /// Every group of the base (default: the groups' base) that matches both this filter (RFC 4515) and the groups' own.
    Filter {
        /// The filter.
        filter: String,
        /// Where to search, with everything below.
        base: Option<String>,
    },
}

/// The adapter for where the entries come from. Nothing is read yet.
///
/// # Errors
/// When the settings cannot work.
pub fn open(settings: DirectorySettings) -> Result<Box<dyn Directory>, Error> {
    match settings.source.clone() {
        Source::Ldap(ldap) => Ok(Box::new(ldap::LdapDirectory::new(settings, ldap))),
        Source::Ldif { origin, content } => Ok(Box::new(ldif::LdifDirectory::new(settings, origin, content))),
    }
}

/// A directory that can be read. One value serves one run: it may keep its connection from the first call to the last.
#[async_trait]
pub trait Directory: Send {
    /// Connects and signs in, unless that has happened; every other call does it when it must. A caller that has binds
    /// made one at a time calls this in its turn.
    ///
    /// # Errors
    /// When no server could be reached or used, or one refused the bind.
    async fn connect(&mut self) -> Result<(), Error> {
        Ok(())
    }

    /// Whether what failed with this error may begin again from nothing on another server. If so the next call connects
    /// there, and nothing of the failed read is left. Only a server that was lost, too slow or out of service is left for
    /// another, each at most once in a run: a refused bind or an answer that is wrong is for a person to see.
    fn fail_over(&mut self, _error: &Error) -> bool {
        false
    }

    /// Reads the groups that the query selects, and the users.
    ///
    /// # Errors
    /// When anything of it could not be read to its end.
    async fn snapshot(&mut self, query: &Query) -> Result<Snapshot, Error>;

    /// Looks up ids on the server that answered `snapshot`, and returns the snapshot with an answer to every one.
    ///
    /// # Errors
    /// When a look-up failed or another server answers now; the snapshot is gone then.
    async fn locate(&mut self, snapshot: Snapshot, look_up: &LookUp) -> Result<Snapshot, Error>;

    /// What a probe reports: whether the directory answers, which it is, and what the defaults came to.
    ///
    /// # Errors
    /// When the directory cannot be used.
    async fn probe(&mut self) -> Result<Probe, Error>;
}

/// What a probe found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The external id of the root.
    pub directory_id: crate::sync::identity::DirectoryId,
    /// The server that answered.
    pub server: crate::sync::snapshot::ServerIdentity,
    /// The schema in use, a value of `spec.schema` other than `Auto`, and each setting that a default decided, by its
    /// path in the spec.
    pub effective: std::collections::BTreeMap<String, String>,
}
