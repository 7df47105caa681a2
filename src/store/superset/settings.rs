//! How to reach a Superset server, and what to do there.

use secrecy::SecretString;

use crate::store::remote::http::ClientSettings;

/// What a `DashboardServer` with `spec.superset` means once its references are resolved.
#[derive(Debug, Clone)]
pub struct SupersetSettings {
    /// How to reach it.
    pub client: ClientSettings,
    /// How to sign in.
    pub credentials: SupersetCredentials,
    /// When groups are deleted.
    pub delete_groups: DeleteGroups,
    /// Rule `existing-accounts`: accounts are created and changed.
    pub manages_accounts: bool,
    /// The names of the roles that every new account gets.
    pub new_account_roles: Vec<String>,
    /// How many requests that change something may be on their way at a time.
    pub at_a_time: usize,
}

/// How we sign in.
#[derive(Debug, Clone)]
pub enum SupersetCredentials {
    /// With an account of the server.
    Password {
        /// Its username.
        username: SecretString,
        /// Its password.
        password: SecretString,
        /// The server's way to check it, `db` or `ldap`.
        provider: String,
    },
    /// With a key of Superset's API.
    ApiKey(SecretString),
}

/// When groups whose directory group was deleted are deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeleteGroups {
    /// Never.
    Never,
    /// If they have no role.
    WhenUnused,
    /// Always.
    Always,
}
