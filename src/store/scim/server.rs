//! A SCIM server behind the port.

use std::fmt;
use std::sync::atomic::AtomicUsize;

use async_trait::async_trait;
use tokio::sync::{Mutex, OnceCell};

use super::dialect::{Dialect, Removals};
use super::schema::Schemas;
use super::settings::ScimDialect;
use crate::store::remote::http::Session;
use crate::store::remote::{Call, CallFailure, Done, Listing, Server};
use crate::store::{Capabilities, Error, Guard};
use crate::sync::digest::digest;

pub(super) struct ScimServer {
    pub(super) session: Session,
    pub(super) dialect: Dialect,
    pub(super) at_a_time: usize,
    pub(super) schemas: OnceCell<Schemas>,
    pub(super) removals: Mutex<Removals>,
    /// How many errors of the server this run has looked into.
    pub(super) looks: AtomicUsize,
}

impl ScimServer {
    pub(super) fn new(session: Session, dialect: ScimDialect, at_a_time: usize) -> Self {
        let dialect = Dialect::of(session.client().address(), dialect);
        Self {
            session,
            dialect,
            at_a_time,
            schemas: OnceCell::new(),
            removals: Mutex::default(),
            looks: AtomicUsize::new(0),
        }
    }

    /// Which store it is. SCIM has no id for a server, so it is known by its address.
    pub(super) fn identity(&self) -> Box<str> {
        digest(format!("scim\n{}", self.session.client().address()).as_bytes()).into()
    }
}

impl fmt::Debug for ScimServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScimServer").field("client", self.session.client()).finish_non_exhaustive()
    }
}

#[async_trait]
impl Server for ScimServer {
    fn address(&self) -> &str {
        self.session.client().address()
    }

    fn at_a_time(&self) -> usize {
        self.at_a_time
    }

    async fn probe(&self) -> Result<Capabilities, Error> {
        self.capabilities().await
    }

    async fn read(&self) -> Result<Listing, Error> {
        self.listing().await
    }

    async fn call(&self, call: &Call, guard: &dyn Guard) -> Result<Done, CallFailure> {
        match call {
            Call::CreateGroup { name, mark, .. } => self.create_group(name, mark, guard).await,
            // A group has no description.
            Call::EditGroup { id, name, .. } => self.rename_group(id, name, guard).await,
            Call::DeleteGroup { id, .. } => self.delete_group(id, guard).await,
            Call::SetRoles { .. } => Err(CallFailure::Refused("groups of SCIM have no roles".to_owned())),
            Call::CreateAccount { attributes, active, mark, .. } => {
                self.create_account(attributes, *active, mark, guard).await
            }
            Call::EditAccount { id, edits, active } => self.edit_account(id, edits, *active, guard).await,
            Call::DeleteAccount { id } => self.delete_account(id, guard).await,
            Call::SetMembers(members) => self.set_members(members, guard).await,
        }
    }
}
