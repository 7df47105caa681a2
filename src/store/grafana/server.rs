//! A Grafana organization as a server behind the port.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::OnceCell;

use super::known::Known;
use super::own_account::{OwnAccount, Rights};
use super::release::Release;
use super::settings::{GrafanaCredentials, GrafanaSettings, OrganizationRole};
use super::{account, team};
use crate::store::remote::http::Session;
use crate::store::remote::{Call, CallFailure, Done, Listing, Server};
use crate::store::{Capabilities, Error, Guard};
use crate::sync::identity::ExternalId;
use crate::sync::snapshot::Attributes;

pub(super) struct GrafanaServer {
    pub(super) session: Session,
    pub(super) credentials: GrafanaCredentials,
    pub(super) organization: i64,
    pub(super) manages_accounts: bool,
    pub(super) new_account_role: OrganizationRole,
    pub(super) log_out_removed: bool,
    pub(super) at_a_time: usize,
    pub(super) found_release: OnceCell<Release>,
    pub(super) own: OnceCell<OwnAccount>,
    pub(super) found_rights: OnceCell<Rights>,
    /// One run writes at a time, and each organization is a store of its own.
    address: String,
    known: Mutex<Known>,
    pub(super) asking_for_emails: tokio::sync::Mutex<()>,
}

impl GrafanaServer {
    pub(super) fn new(session: Session, settings: GrafanaSettings) -> Self {
        let GrafanaSettings { credentials, organization, manages_accounts, new_account_role, .. } = settings;
        Self {
            address: format!("{} organization {organization}", session.client().address()),
            session,
            credentials,
            organization,
            manages_accounts,
            new_account_role,
            log_out_removed: settings.log_out_removed,
            at_a_time: settings.at_a_time,
            found_release: OnceCell::new(),
            own: OnceCell::new(),
            found_rights: OnceCell::new(),
            known: Mutex::default(),
            asking_for_emails: tokio::sync::Mutex::default(),
        }
    }

    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for GrafanaServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrafanaServer").field("client", self.session.client()).finish_non_exhaustive()
    }
}

#[async_trait]
impl Server for GrafanaServer {
    fn address(&self) -> &str {
        &self.address
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
            Call::CreateGroup { name, mark, .. } => self.create_team(name, mark, guard).await,
            Call::EditGroup { id, name, description } => self.edit_team(id, name, description, guard).await,
            Call::DeleteGroup { id, name, .. } => self.delete_team(id, name, guard).await,
            Call::SetRoles { .. } => Err(CallFailure::Refused("teams of Grafana have no roles here".to_owned())),
            Call::CreateAccount { attributes, active, .. } => self.create_account(attributes, *active, guard).await,
            Call::EditAccount { id, edits, active } => self.edit_account(id, edits, *active, guard).await,
            Call::DeleteAccount { .. } => Err(CallFailure::Refused(
                "accounts of Grafana are disabled, never deleted: an administrator deletes what is not needed any more"
                    .to_owned(),
            )),
            Call::SetMembers(members) => self.set_members(members, guard).await,
        }
    }

    fn group_mark(&self, id: ExternalId) -> Box<str> {
        team::mark(id)
    }

    fn account_mark(&self, _: ExternalId, attributes: &Attributes) -> Box<str> {
        let text = |text: &Option<Box<str>>| text.as_deref().unwrap_or_default().trim().to_owned();
        account::mark(&text(&attributes.username), &text(&attributes.email))
    }
}
