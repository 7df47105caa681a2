//! What a probe finds out about a server.

use crate::sync::ability::Abilities;
use crate::sync::form::Form;
use crate::sync::role::Role;
use crate::sync::store_id::StoreId;

/// What a server is and what it can do, as data: a server may say it of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// Which store it is, the same whatever address leads to it; `None` before the first run that writes created it.
    pub identity: Option<String>,
    /// The product's name, for status.
    pub product: String,
    /// Its version, for status.
    pub version: String,
    /// What is known of its habits where servers of one kind differ, for status.
    pub dialect: Vec<String>,
    /// Who we are to the server, for status.
    pub signed_in_as: Option<String>,
    /// The usernames of the accounts that administrate the server, and of the one among them that we sign in with: they are
    /// protected.
    pub administrator_accounts: Vec<String>,
    /// Rights that a run needs and the account does not have, each as the administrator grants it.
    pub missing_rights: Vec<String>,
    /// The groups whose members administrate the server.
    pub administrators: Vec<StoreId>,
    /// The groups that the server keeps in step with a directory of its own: they are left alone.
    pub foreign_groups: Vec<StoreId>,
    /// The role that makes its owners administrators of the server: a group that a person gave it to is protected.
    pub administrator_role: Option<StoreId>,
    /// All roles of the server, each name once; none where groups have no roles.
    pub roles: Vec<Role>,
    /// The group that the server puts every new account into.
    pub default_group: Option<StoreId>,
    /// Whether a plan is written as a whole or not at all.
    pub is_atomic: bool,
    /// What the server can do to groups and accounts.
    pub abilities: Abilities,
    /// The form in which it keeps texts.
    pub form: Form,
}
