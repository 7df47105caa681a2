//! How much a run may remove before a person is asked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The highest count that a limit takes.
const COUNT: i64 = 1_000_000_000;

/// How much one run may remove. Beyond a limit nothing of its kind is removed; additions and updates go on. A count `n`
/// is beyond a limit if `n > max`, or if `n > allow` and `n` is more than `percent` of the whole: of what the
/// synchronized groups hold when the run begins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Groups deleted in one run. Default: 20 percent, but never held up to 5, always beyond 50.
    #[serde(default)]
    pub group_deletions: GroupDeletions,
    /// Memberships ended in one run, those of deleted groups included. Default: 20 percent, but never held up to 50,
    /// always beyond 5000.
    #[serde(default)]
    pub member_removals: MemberRemovals,
    /// Memberships of one group ended in one run; beyond it only that group's removals are held. Default: 50 percent,
    /// but never held up to 10.
    #[serde(default)]
    pub member_removals_per_group: MemberRemovalsPerGroup,
    /// Accounts deactivated or deleted in one run. Default: 10 percent, but never held up to 10, always beyond 200.
    #[serde(default)]
    pub account_removals: AccountRemovals,
}

/// The limit of deleted groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct GroupDeletions {
    /// The greatest share of all synchronized groups, 0 to 100. Default: 20.
    #[schemars(range(min = 0, max = 100))]
    pub percent: i64,
    /// So many are allowed whatever their share. Default: 5.
    #[schemars(range(min = 0, max = COUNT))]
    pub allow: i64,
    /// More than so many are never allowed. Default: 50.
    #[schemars(range(min = 0, max = COUNT))]
    pub max: i64,
}

impl Default for GroupDeletions {
    fn default() -> Self {
        Self { percent: 20, allow: 5, max: 50 }
    }
}

/// The limit of ended memberships.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct MemberRemovals {
    /// The greatest share of all memberships, 0 to 100. Default: 20.
    #[schemars(range(min = 0, max = 100))]
    pub percent: i64,
    /// So many are allowed whatever their share. Default: 50.
    #[schemars(range(min = 0, max = COUNT))]
    pub allow: i64,
    /// More than so many are never allowed. Default: 5000.
    #[schemars(range(min = 0, max = COUNT))]
    pub max: i64,
}

impl Default for MemberRemovals {
    fn default() -> Self {
        Self { percent: 20, allow: 50, max: 5000 }
    }
}

/// The limit of ended memberships of one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct MemberRemovalsPerGroup {
    /// The greatest share of the group's members, 0 to 100. Default: 50.
    #[schemars(range(min = 0, max = 100))]
    pub percent: i64,
    /// So many are allowed whatever their share. Default: 10.
    #[schemars(range(min = 0, max = COUNT))]
    pub allow: i64,
}

impl Default for MemberRemovalsPerGroup {
    fn default() -> Self {
        Self { percent: 50, allow: 10 }
    }
}

/// The limit of deactivated and deleted accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct AccountRemovals {
    /// The greatest share of the accounts that the synchronized groups hold, 0 to 100. Default: 10.
    #[schemars(range(min = 0, max = 100))]
    pub percent: i64,
    /// So many are allowed whatever their share. Default: 10.
    #[schemars(range(min = 0, max = COUNT))]
    pub allow: i64,
    /// More than so many are never allowed. Default: 200.
    #[schemars(range(min = 0, max = COUNT))]
    pub max: i64,
}

impl Default for AccountRemovals {
    fn default() -> Self {
        Self { percent: 10, allow: 10, max: 200 }
    }
}
