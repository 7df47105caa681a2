//! What an adapter says of its server. All else is the same for every server.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;

use super::call::{Call, CallFailure, Done};
use crate::store::{Capabilities, Error, Guard};
use crate::sync::found::{Account, Group};
use crate::sync::identity::ExternalId;
use crate::sync::snapshot::Attributes;
use crate::sync::store_id::StoreId;

/// A dashboard server with an API.
#[async_trait]
pub trait Server: fmt::Debug + Send + Sync {
    /// Its address: one run of this process writes to it at a time.
    fn address(&self) -> &str;

    /// How many calls may be on their way at a time, where their order does not matter. More only wait in most servers.
    fn at_a_time(&self) -> usize {
        4
    }

    /// Asks who and what the server is. Writes nothing.
    ///
    /// # Errors
    /// When the server cannot be reached or used.
    async fn probe(&self) -> Result<Capabilities, Error>;

    /// Reads everything that the server shows, to the end of every page.
    ///
    /// # Errors
    /// When anything could not be read, or it is not proven that this was all.
    async fn read(&self) -> Result<Listing, Error>;

    /// Does one call. `guard` is asked before everything that may write, also before a repetition.
    ///
    /// # Errors
    /// When the server did not do it, or did not say so.
    async fn call(&self, call: &Call, guard: &dyn Guard) -> Result<Done, CallFailure>;

    /// What a group is known by that was about to be created for this directory group.
    fn group_mark(&self, id: ExternalId) -> Box<str> {
        format!("{MARK}{id}").into()
    }

    /// What an account is known by that was about to be created.
    fn account_mark(&self, id: ExternalId, attributes: &Attributes) -> Box<str> {
        let _ = attributes;
        format!("{MARK}{id}").into()
    }
}

/// How a mark begins.
pub const MARK: &str = "directory-group-sync:";

/// What a server shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Which store it is, as links name it.
    pub identity: Box<str>,
    /// All accounts, ascending by id, without links.
    pub accounts: Vec<Account>,
    /// All groups, ascending by id, without links.
    pub groups: Vec<Group>,
    /// The objects that have marks.
    pub marked: BTreeMap<Box<str>, StoreId>,
}

/// How an e-mail address ends that stands for none, on a server that does not take away an account's only one. Accounts swap
/// addresses by way of it.
pub const PARKED: &str = "@parked.invalid";
