//! How to reach a SCIM server.

use secrecy::SecretString;

use crate::store::remote::http::ClientSettings;

/// What a `DashboardServer` with `spec.scim` means once its references are resolved.
#[derive(Debug, Clone)]
pub struct ScimSettings {
    /// How to reach the server: the URL of its SCIM service, below which `/Users` and `/Groups` are.
    pub client: ClientSettings,
    /// How to sign in.
    pub credentials: ScimCredentials,
    /// What is known of the server's habits.
    pub dialect: ScimDialect,
    /// How many requests may be on their way at a time.
    pub at_a_time: usize,
}

/// How we sign in.
#[derive(Debug, Clone)]
pub enum ScimCredentials {
    /// With a token that the server has given.
    Bearer(SecretString),
    /// With a token for client credentials (RFC 6749 section 4.4).
    OAuth2 {
        /// Where tokens are given.
        token_url: String,
        /// The scopes that are asked for.
        scopes: Vec<String>,
        /// The id of the client.
        client_id: SecretString,
        /// Its secret.
        client_secret: SecretString,
    },
}

/// What is known of the server's habits; what is not is learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScimDialect {
    /// How members are removed; `None`: learned.
    pub member_removal: Option<MemberRemoval>,
    /// Whether lists of groups show members; `None`: learned.
    pub members_in_list: Option<MembersInList>,
    /// How groups are renamed; `None`: learned.
    pub rename: Option<Rename>,
    /// Whether display names of accounts are kept; `None`: learned.
    pub display_name: Option<DisplayName>,
    /// How many members one request may name.
    pub max_members_per_patch: usize,
    /// How many objects one page of a list is asked for.
    pub page_size: usize,
}

impl ScimDialect {
    /// Everything is learned.
    pub const AUTO: Self = Self {
        member_removal: None,
        members_in_list: None,
        rename: None,
        display_name: None,
        max_members_per_patch: 100,
        page_size: 100,
    };
}

/// How a member is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberRemoval {
    /// By a path that filters: `members[value eq "ID"]`, as the standard says.
    Filter,
    /// By the path `members` and a value.
    Value,
}

/// Whether lists of groups show members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MembersInList {
    /// They do: a group without `members` has none.
    Always,
    /// They do not, and a group that is read alone does.
    Never,
}

/// How a group is renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rename {
    /// By PATCH.
    Patch,
    /// By PUT, without members.
    Put,
}

/// What becomes of the display name of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisplayName {
    /// It is kept.
    Kept,
    /// The server makes it itself, such as from the other names, and ignores what it is told.
    Ignored,
}
