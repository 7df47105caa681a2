//! The choices of a `DirectoryGroupSync`. Each is an enumeration and not a boolean, so that values can be added.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::v1alpha1::duration::Wait;
use crate::api::v1alpha1::text;

/// What starts a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Trigger {
    /// Time, by an interval or a cron expression.
    #[default]
    Schedule,
    /// The annotation that requests a run.
    Request,
}

/// Whether a run writes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Mode {
    /// It applies the plan.
    #[default]
    Enforce,
    /// It only lists the plan in `status.plan`.
    Preview,
}

/// What happens to the members of member groups.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Nesting {
    /// They are ignored.
    #[default]
    Direct,
    /// They are included.
    Transitive,
}

/// What happens to members of a store group that are not members of the directory group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Members {
    /// They are removed.
    #[default]
    Exclusive,
    /// Those whose account is not linked to a directory user stay.
    KeepLocal,
}

/// What happens to members whose directory account is disabled or expired.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DisabledAccounts {
    /// They are removed from the groups.
    #[default]
    Exclude,
    /// They are members like all others.
    Include,
    /// They stay members, and their store accounts are deactivated.
    Deactivate,
}

/// What happens to the store groups when the `DirectoryGroupSync` is deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DeletionPolicy {
    /// They stay.
    #[default]
    Retain,
    /// Those that the sync created are deleted.
    Delete,
}

/// Which existing groups and accounts of the store may be adopted. Each needs `allowAdoption: true` in the
/// `DashboardServer`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Adoption {
    /// Whether an existing store group with the same name is adopted: `Never` (default: the directory group is left out
    /// and listed as a duplicate) or `ByName`. Together with `accounts: Never` and `members: Exclusive` it would empty the
    /// groups that it adopts. So such a run fails, unless the `DashboardServer` has `accounts: Existing`.
    #[serde(default)]
    pub groups: AdoptGroups,
    /// Whether an existing store account is adopted: `Never` (default: the directory user is left out and listed as a
    /// duplicate), `ByUsername` or `ByEmail`. `ByEmail` trusts everybody who may change an e-mail address in the directory:
    /// they can take over the account that has it. It has no effect if the `DashboardServer` has `accounts: Existing`.
    #[serde(default)]
    pub accounts: AdoptAccounts,
    /// Owners whose groups this sync may adopt, as the problem `OwnedElsewhere` prints them:
    /// `installation/namespace/name`. Use it for syncs that no longer exist. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "text::owners")]
    pub from_owners: Vec<String>,
}

/// Whether groups are adopted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AdoptGroups {
    /// They are not.
    #[default]
    Never,
    /// The group with the same name, if it is the only one and is not linked.
    ByName,
}

/// Whether accounts are adopted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AdoptAccounts {
    /// They are not.
    #[default]
    Never,
    /// The account with the same username, if it is the only one and is not linked.
    ByUsername,
    /// The account with the same e-mail address, if it is the only one and is not linked. Whoever may change an e-mail
    /// address in the directory can take over such an account.
    ByEmail,
}

/// What happens to groups and accounts that the directory no longer needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Prune {
    /// What happens to the store group after the directory group has been deleted: `Delete` (default) deletes it if the
    /// sync created it, and releases it if the sync adopted it; `Retain` always releases it.
    pub groups: PruneGroups,
    /// What happens to an account that the sync created and that no store group contains any more: `Retain` (default)
    /// keeps it, `Deactivate` deactivates it, `Delete` deactivates it and deletes it in the next run.
    pub accounts: PruneAccounts,
    /// How long an account must have been in no group before it is deactivated or deleted, such as `24h`
    /// (default). At most `8784h` (366 days).
    pub accounts_after: Wait,
    /// How long an object must have been missing before it is removed, if the directory shows no better proof of its
    /// deletion, such as `1h` (default). With `0s` it is removed at once. At most `8784h` (366 days).
    pub confirm_after: Wait,
}

impl Default for Prune {
    fn default() -> Self {
        Self {
            groups: PruneGroups::Delete,
            accounts: PruneAccounts::Retain,
            accounts_after: Wait::from_secs(24 * 60 * 60),
            confirm_after: Wait::from_secs(60 * 60),
        }
    }
}

/// What happens to store groups after their directory group has been deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PruneGroups {
    /// Those that the sync created are deleted, adopted ones are released.
    Delete,
    /// They are released.
    Retain,
}

/// What happens to accounts that no store group contains any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PruneAccounts {
    /// They stay.
    Retain,
    /// They are deactivated.
    Deactivate,
    /// They are deactivated, and deleted in the next run.
    Delete,
}
