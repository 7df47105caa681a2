//! The choices of a `DirectoryGroupSync`. Each is an enumeration, never a yes or no, so that it can grow.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::v1alpha1::duration::Duration;
use crate::api::v1alpha1::text;

/// What starts a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Trigger {
    /// Time, by an interval or a cron expression.
    #[default]
    Schedule,
    /// A person who asks for it.
    Request,
}

/// Whether a run writes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Mode {
    /// It applies its plan.
    #[default]
    Enforce,
    /// It shows its plan in `status.plan`.
    Preview,
}

/// Who counts as a member of a group that has groups as members.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Nesting {
    /// Only its own members.
    #[default]
    Direct,
    /// The members of member groups too.
    Transitive,
}

/// What becomes of members that the directory does not have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Members {
    /// The group holds exactly the directory's members.
    #[default]
    Exclusive,
    /// Local accounts that a person added by hand stay.
    KeepLocal,
}

/// What becomes of members whose directory account is disabled or expired.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DisabledAccounts {
    /// They are no members.
    #[default]
    Exclude,
    /// They are members like others.
    Include,
    /// They stay members, and their accounts of the store are deactivated.
    Deactivate,
}

/// What becomes of the groups of the store when the `DirectoryGroupSync` is deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DeletionPolicy {
    /// They stay and are released.
    #[default]
    Retain,
    /// Those that we created are deleted.
    Delete,
}

/// Whether what is already in the store may be taken over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Adoption {
    /// Whether a group of the store with the same name may be taken over: `Never` (default: it is listed as a
    /// duplicate) or `ByName`. `ByName` with `accounts: Never` and `members: Exclusive` is refused, because it would
    /// empty the groups that it adopts.
    #[serde(default)]
    pub groups: AdoptGroups,
    /// Whether an account of the store may be taken over: `Never` (default: it is listed as a duplicate), `ByUsername`
    /// or `ByEmail`.
    #[serde(default)]
    pub accounts: AdoptAccounts,
    /// Other syncs that lose the groups that this one selects, as the problem `OwnedElsewhere` prints them:
    /// `installation/namespace/name`. For syncs that are gone for good. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "text::owners")]
    pub from_owners: Vec<String>,
}

/// Whether groups are taken over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AdoptGroups {
    /// No.
    #[default]
    Never,
    /// The one free group of the same name.
    ByName,
}

/// Whether accounts are taken over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AdoptAccounts {
    /// No.
    #[default]
    Never,
    /// The one free account of the same username.
    ByUsername,
    /// The one free account of the same e-mail address.
    ByEmail,
}

/// What happens to what the directory no longer has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Prune {
    /// A group that was deleted in the directory: `Delete` (default) deletes the group of the store if we created it,
    /// `Retain` leaves and releases it.
    pub groups: PruneGroups,
    /// An account that we created and that no group of the store holds any more: `Retain` (default) leaves it,
    /// `Deactivate` stops it from signing in, `Delete` deactivates it first and deletes it in the next run.
    pub accounts: PruneAccounts,
    /// How long no group must have held an account before it is deactivated or deleted, such as `24h` (default).
    pub accounts_after: Duration,
    /// How long something must stay missing before that counts as proof, where the directory shows no better one, such
    /// as `1h` (default). `0s` believes at once.
    pub confirm_after: Duration,
}

impl Default for Prune {
    fn default() -> Self {
        Self {
            groups: PruneGroups::Delete,
            accounts: PruneAccounts::Retain,
            accounts_after: Duration::from_secs(24 * 60 * 60),
            confirm_after: Duration::from_secs(60 * 60),
        }
    }
}

/// What happens to groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PruneGroups {
    /// Groups that we created are deleted.
    Delete,
    /// Groups are released.
    Retain,
}

/// What happens to accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PruneAccounts {
    /// Accounts stay.
    Retain,
    /// Accounts are deactivated.
    Deactivate,
    /// Accounts are deactivated, then deleted.
    Delete,
}
