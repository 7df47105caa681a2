//! Superset as a server behind the port.

use std::fmt;

use async_trait::async_trait;
use tokio::sync::OnceCell;

use super::account::{self, OwnAccount};
use super::settings::DeleteGroups;
use crate::store::remote::http::Session;
use crate::store::remote::{Call, CallFailure, Done, Listing, Server};
use crate::store::{Capabilities, Error, Guard};
use crate::sync::identity::ExternalId;
use crate::sync::snapshot::Attributes;

pub(super) struct SupersetServer {
    pub(super) session: Session,
    /// The account that we are; asked for once.
    pub(super) own: OnceCell<OwnAccount>,
    pub(super) delete_groups: DeleteGroups,
    pub(super) manages_accounts: bool,
    pub(super) new_account_roles: Vec<String>,
    pub(super) new_account_role_ids: OnceCell<Vec<i64>>,
    pub(super) at_a_time: usize,
}

impl fmt::Debug for SupersetServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SupersetServer").field("client", self.session.client()).finish_non_exhaustive()
    }
}

#[async_trait]
impl Server for SupersetServer {
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
            Call::CreateGroup { name, mark, roles } => self.create_group(name, mark, roles, guard).await,
            Call::EditGroup { id, name, description } => self.edit_group(id, name, description, guard).await,
            Call::DeleteGroup { id, name, roles } => self.delete_group(id, name, roles, guard).await,
            Call::SetRoles { group, name, give, take } => self.set_roles((group, name), give, take, guard).await,
            Call::CreateAccount { attributes, active, groups, .. } => {
                self.create_account(attributes, *active, groups, guard).await
            }
            Call::EditAccount { id, edits, active } => self.edit_account(id, edits, *active, guard).await,
            Call::DeleteAccount { id } => self.delete_account(id, guard).await,
            Call::SetMembers(members) => self.set_members(members, guard).await,
        }
    }

    /// The list of accounts tells who created each.
    fn account_mark(&self, _: ExternalId, attributes: &Attributes) -> Box<str> {
        account::mark(attributes.username.as_deref().unwrap_or_default())
    }
}
