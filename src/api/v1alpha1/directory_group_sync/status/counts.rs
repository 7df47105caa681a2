//! The numbers of a status: the current state, pending and applied changes, and the counts of a run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The current state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Current {
    /// Synchronized groups: they are selected, linked and owned by this object.
    #[schemars(range(min = 0))]
    pub groups: i64,
    /// Memberships in these groups.
    #[schemars(range(min = 0))]
    pub members: i64,
    /// Distinct accounts among these members.
    #[schemars(range(min = 0))]
    pub accounts: i64,
    /// Directory groups and members that are left out because another object uses their name.
    #[schemars(range(min = 0))]
    pub duplicated: i64,
    /// Groups and members that have another problem.
    #[schemars(range(min = 0))]
    pub invalid: i64,
    /// Memberships that are kept because the member's entry could not be read.
    #[schemars(range(min = 0))]
    pub unresolved: i64,
    /// Linked groups that are missing from the directory and whose deletion is not proven.
    #[schemars(range(min = 0))]
    pub missing: i64,
    /// Removals that are not proven yet.
    #[schemars(range(min = 0))]
    pub waiting: i64,
    /// Members without an account on a dashboard server whose accounts somebody else makes (`accounts: Existing`).
    #[schemars(range(min = 0))]
    pub pending: i64,
    /// Members of selected groups that are left out because they do not match the Directory's `users.filter` or are outside
    /// `users.baseDN`.
    #[schemars(range(min = 0))]
    pub out_of_scope: i64,
}

/// Changes to groups.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct GroupChanges {
    /// Groups created.
    #[schemars(range(min = 0))]
    pub created: i64,
    /// Groups adopted: they were in the store, or belonged to another `DirectoryGroupSync`.
    #[schemars(range(min = 0))]
    pub adopted: i64,
    /// Linked and adopted groups whose name, description or members changed. Each group is counted once.
    #[schemars(range(min = 0))]
    pub modified: i64,
    /// Groups deleted.
    #[schemars(range(min = 0))]
    pub deleted: i64,
    /// Groups released: they stay as they are and are no longer synchronized.
    #[schemars(range(min = 0))]
    pub released: i64,
}

/// Changes to accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct AccountChanges {
    /// Accounts created.
    #[schemars(range(min = 0))]
    pub created: i64,
    /// Accounts adopted: they were in the store, or belonged to another `DirectoryGroupSync`.
    #[schemars(range(min = 0))]
    pub adopted: i64,
    /// Accounts whose attributes changed.
    #[schemars(range(min = 0))]
    pub updated: i64,
    /// Accounts that got another username or e-mail address. They are counted in `updated` too.
    #[schemars(range(min = 0))]
    pub renamed: i64,
    /// Accounts deactivated.
    #[schemars(range(min = 0))]
    pub deactivated: i64,
    /// Accounts deleted.
    #[schemars(range(min = 0))]
    pub deleted: i64,
}

/// Changes to members.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct MemberChanges {
    /// Members added.
    #[schemars(range(min = 0))]
    pub added: i64,
    /// Members removed.
    #[schemars(range(min = 0))]
    pub removed: i64,
}

/// The group counts of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct GroupCounts {
    /// Directory groups that the spec selects.
    #[schemars(range(min = 0))]
    pub selected: i64,
    /// Groups created.
    #[schemars(range(min = 0))]
    pub created: i64,
    /// Groups adopted: they were in the store, or belonged to another `DirectoryGroupSync`.
    #[schemars(range(min = 0))]
    pub adopted: i64,
    /// Linked and adopted groups whose name, description or members changed. Each group is counted once.
    #[schemars(range(min = 0))]
    pub modified: i64,
    /// Groups deleted.
    #[schemars(range(min = 0))]
    pub deleted: i64,
    /// Groups released.
    #[schemars(range(min = 0))]
    pub released: i64,
    /// Directory groups that are left out because another group uses their name.
    #[schemars(range(min = 0))]
    pub duplicated: i64,
    /// Directory groups that the store cannot represent.
    #[schemars(range(min = 0))]
    pub invalid: i64,
    /// Groups that were already in sync.
    #[schemars(range(min = 0))]
    pub unchanged: i64,
    /// Groups for which the store refused a write, or to which the run did not come.
    #[schemars(range(min = 0))]
    pub failed: i64,
}

/// The account counts of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct AccountCounts {
    /// Accounts created.
    #[schemars(range(min = 0))]
    pub created: i64,
    /// Accounts adopted: they were in the store, or belonged to another `DirectoryGroupSync`.
    #[schemars(range(min = 0))]
    pub adopted: i64,
    /// Accounts whose attributes changed.
    #[schemars(range(min = 0))]
    pub updated: i64,
    /// Accounts that got another username or e-mail address. They are counted in `updated` too.
    #[schemars(range(min = 0))]
    pub renamed: i64,
    /// Accounts deactivated.
    #[schemars(range(min = 0))]
    pub deactivated: i64,
    /// Accounts deleted.
    #[schemars(range(min = 0))]
    pub deleted: i64,
    /// Members that are left out because another account uses their username or e-mail address.
    #[schemars(range(min = 0))]
    pub duplicated: i64,
    /// Members that the store cannot represent.
    #[schemars(range(min = 0))]
    pub invalid: i64,
}

/// The membership counts of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct MemberCounts {
    /// Members added.
    #[schemars(range(min = 0))]
    pub added: i64,
    /// Members removed.
    #[schemars(range(min = 0))]
    pub removed: i64,
    /// Memberships that are kept because the member's entry could not be read.
    #[schemars(range(min = 0))]
    pub unresolved: i64,
}
