//! The port to a directory: one complete read as a [`Snapshot`], then look-ups by external id. Each adapter has a
//! folder.
//!
//! An adapter never returns a partial answer. A read that is not complete is an [`Error`], whose variant decides how a
//! run goes on. Rules `error-is-never-absence` and `complete-read`.

pub mod assembly;
mod bases;
pub mod dn;
pub mod entry;
mod error;
pub mod filter;
pub mod ldap;
mod ldap_url;
pub mod ldif;
mod open;
pub mod remnant;
pub mod schema;
pub mod selection;
pub mod settings;

pub use error::Error;
pub use open::open;

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::sync::identity::DirectoryId;
pub use crate::sync::planning::LookUp;
use crate::sync::snapshot::{ServerIdentity, Snapshot};

/// What to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The entries of `spec.groups`, in their order.
    pub selectors: Vec<Selector>,
    /// The entries of `spec.exclude`.
    pub exclude: Vec<Selector>,
    /// Whether members that are groups are read as well, at any depth. Rule `nesting`.
    pub nested: bool,
}

/// How one entry of `spec.groups` or `spec.exclude` specifies directory groups. Rule `selection`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// The group with this distinguished name (RFC 4514), compared in normal form.
    Dn(String),
    /// The groups below the groups' base that match their filter and have this name, compared folded.
    Name(String),
    /// The groups below the base (default: the groups' base) that match this filter (RFC 4515) and the groups' filter.
    Filter {
        /// The filter.
        filter: String,
        /// The entry to search below. It is searched itself as well.
        base: Option<String>,
    },
}

/// A directory that can be read. One value serves one run, so it may keep its connection from the first to the last
/// call.
#[async_trait]
pub trait Directory: Send {
    /// Connects and binds, unless that has happened. Every other call does so if necessary. A caller that allows one
    /// bind at a time calls this when it is its turn.
    ///
    /// # Errors
    /// When no server can be reached or used, or a server refuses the bind.
    async fn connect(&mut self) -> Result<(), Error> {
        Ok(())
    }

    /// Whether a read that failed with this error may start again on another server. If so, the next call connects
    /// there, and nothing of the failed read is kept. That is the case for a server that was lost, too slow or out of
    /// service. Each server is tried at most once in a run. A refused bind or a wrong answer must be fixed by an
    /// administrator.
    fn fail_over(&mut self, _error: &Error) -> bool {
        false
    }

    /// Reads the groups that the query selects, and the users.
    ///
    /// # Errors
    /// When the read is not complete.
    async fn snapshot(&mut self, query: &Query) -> Result<Snapshot, Error>;

    /// Looks up ids on the server that answered `snapshot`, and adds the answers to the snapshot.
    ///
    /// # Errors
    /// When a look-up fails or another server answers now. The snapshot is dropped then.
    async fn locate(&mut self, snapshot: Snapshot, look_up: &LookUp) -> Result<Snapshot, Error>;

    /// Reads which directory answers, from which server, and which values the defaults have.
    ///
    /// # Errors
    /// When the directory cannot be used.
    async fn probe(&mut self) -> Result<Probe, Error>;
}

/// The answer to a probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The external id of the root.
    pub directory_id: DirectoryId,
    /// The server that answered.
    pub server: ServerIdentity,
    /// The schema in use, which is a value of `spec.schema` other than `Auto`, and each setting that has a default
    /// value, by its path in the spec.
    pub effective: BTreeMap<String, String>,
}
