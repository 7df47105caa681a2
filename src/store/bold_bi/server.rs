//! A Bold BI site as a server behind the port.

use std::fmt;
use std::sync::atomic::AtomicUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::OnceCell;

use super::account;
use super::known::Known;
use super::settings::{ApiVersion, BoldBiCredentials};
use super::version::Version;
use crate::store::remote::http::Session;
use crate::store::remote::{Call, CallFailure, Done, Listing, Server};
use crate::store::{Capabilities, Error, Guard};
use crate::sync::digest::digest;
use crate::sync::identity::ExternalId;
use crate::sync::snapshot::Attributes;

pub(super) struct BoldBiServer {
    pub(super) session: Session,
    pub(super) credentials: BoldBiCredentials,
    pub(super) api_version: ApiVersion,
    pub(super) found_version: OnceCell<Version>,
    /// Whether accounts have usernames. In Bold BI's cloud they have e-mail addresses only.
    pub(super) has_usernames: bool,
    pub(super) default_group: Option<String>,
    pub(super) at_a_time: usize,
    /// How many rows the longest page had that the server has shown.
    pub(super) longest_page: AtomicUsize,
    known: Mutex<Known>,
}

impl BoldBiServer {
    pub(super) fn new(
        session: Session,
        credentials: BoldBiCredentials,
        api_version: ApiVersion,
        has_usernames: bool,
        default_group: Option<String>,
        at_a_time: usize,
    ) -> Self {
        Self {
            session,
            credentials,
            api_version,
            found_version: OnceCell::new(),
            has_usernames,
            default_group,
            at_a_time,
            longest_page: AtomicUsize::new(0),
            known: Mutex::default(),
        }
    }

    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which store it is. A site tells no id of its own, so it is known by its address.
    pub(super) fn identity(&self) -> Box<str> {
        digest(format!("bold-bi\n{}", self.session.client().address()).as_bytes()).into()
    }
}

impl fmt::Debug for BoldBiServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoldBiServer").field("client", self.session.client()).finish_non_exhaustive()
    }
}

#[async_trait]
impl Server for BoldBiServer {
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
            Call::EditGroup { id, name, description } => self.edit_group(id, name, description, guard).await,
            Call::DeleteGroup { id, name, .. } => self.delete_group(id, name, guard).await,
            Call::SetRoles { .. } => Err(CallFailure::Refused("groups of Bold BI have no roles".to_owned())),
            // An account is created active, or as the site's activation settings want it.
            Call::CreateAccount { attributes, .. } => self.create_account(attributes, guard).await,
            Call::EditAccount { active: Some(_), .. } => {
                Err(CallFailure::Refused("Bold BI's API neither activates nor deactivates accounts".to_owned()))
            }
            Call::EditAccount { id, edits, active: None } => self.edit_account(id, edits, guard).await,
            Call::DeleteAccount { id } => self.delete_account(id, guard).await,
            Call::SetMembers(members) => self.set_members(members, guard).await,
        }
    }

    fn account_mark(&self, _: ExternalId, attributes: &Attributes) -> Box<str> {
        let username = attributes.username.as_deref().filter(|_| self.has_usernames);
        account::mark(username, attributes.email.as_deref())
    }
}
