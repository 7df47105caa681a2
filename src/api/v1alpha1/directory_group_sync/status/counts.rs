//! The numbers of a status: how things stand, what changed, what a run met and did.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How things stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Current {
    /// Groups that are linked, belong to this object and are selected.
    #[schemars(range(min = 0))]
    pub groups: i64,
    /// Memberships in them.
    #[schemars(range(min = 0))]
    pub members: i64,
    /// Different accounts that these memberships are of.
    #[schemars(range(min = 0))]
    pub accounts: i64,
    /// Directory groups and members that are not synchronized because their name is taken.
    #[schemars(range(min = 0))]
    pub duplicated: i64,
    /// Groups and members with something else to mend.
    #[schemars(range(min = 0))]
    pub invalid: i64,
    /// Memberships that stay because the member's entry could not be read.
    #[schemars(range(min = 0))]
    pub unresolved: i64,
    /// Linked groups that the directory does not show, without proof that they were deleted.
    #[schemars(range(min = 0))]
    pub missing: i64,
    /// Removals that are not yet proven.
    #[schemars(range(min = 0))]
    pub waiting: i64,
    /// Members of selected groups that the settings leave out: the Directory's `users.filter`, or the base of its users.
    #[schemars(range(min = 0))]
    pub out_of_scope: i64,
}

/// What changes do to groups.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct GroupChanges {
    /// Groups created.
    #[schemars(range(min = 0))]
    pub created: i64,
    /// Groups that were linked before or adopted, and whose name, description or members changed, each counted once.
    #[schemars(range(min = 0))]
    pub modified: i64,
    /// Groups deleted.
    #[schemars(range(min = 0))]
    pub deleted: i64,
    /// Groups released: they stay as they are and are no longer followed.
    #[schemars(range(min = 0))]
    pub released: i64,
}

/// What changes do to accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct AccountChanges {
    /// Accounts created.
    #[schemars(range(min = 0))]
    pub created: i64,
    /// Accounts whose attributes changed.
    #[schemars(range(min = 0))]
    pub updated: i64,
    /// Accounts deactivated.
    #[schemars(range(min = 0))]
    pub deactivated: i64,
    /// Accounts deleted.
    #[schemars(range(min = 0))]
    pub deleted: i64,
}

/// What changes do to memberships.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct MemberChanges {
    /// Memberships begun.
    #[schemars(range(min = 0))]
    pub added: i64,
    /// Memberships ended.
    #[schemars(range(min = 0))]
    pub removed: i64,
}

/// What a run met and did among groups.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct GroupCounts {
    /// Directory groups that the spec selects.
    #[schemars(range(min = 0))]
    pub selected: i64,
    /// Groups created.
    #[schemars(range(min = 0))]
    pub created: i64,
    /// Groups that were linked before or adopted, and whose name, description or members changed, each counted once.
    #[schemars(range(min = 0))]
    pub modified: i64,
    /// Groups deleted.
    #[schemars(range(min = 0))]
    pub deleted: i64,
    /// Groups released.
    #[schemars(range(min = 0))]
    pub released: i64,
    /// Directory groups whose name is taken.
    #[schemars(range(min = 0))]
    pub duplicated: i64,
    /// Directory groups that the server cannot hold.
    #[schemars(range(min = 0))]
    pub invalid: i64,
    /// Groups that were in step.
    #[schemars(range(min = 0))]
    pub unchanged: i64,
    /// Groups of which the store refused a write.
    #[schemars(range(min = 0))]
    pub failed: i64,
}

/// What a run met and did among accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct AccountCounts {
    /// Accounts created.
    #[schemars(range(min = 0))]
    pub created: i64,
    /// Accounts whose attributes changed.
    #[schemars(range(min = 0))]
    pub updated: i64,
    /// Accounts deactivated.
    #[schemars(range(min = 0))]
    pub deactivated: i64,
    /// Accounts deleted.
    #[schemars(range(min = 0))]
    pub deleted: i64,
    /// Members whose username or e-mail address is taken.
    #[schemars(range(min = 0))]
    pub duplicated: i64,
    /// Members that the server cannot hold.
    #[schemars(range(min = 0))]
    pub invalid: i64,
}

/// What a run met and did among memberships.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct MemberCounts {
    /// Memberships begun.
    #[schemars(range(min = 0))]
    pub added: i64,
    /// Memberships ended.
    #[schemars(range(min = 0))]
    pub removed: i64,
    /// Memberships that stay because the member's entry could not be read.
    #[schemars(range(min = 0))]
    pub unresolved: i64,
}
