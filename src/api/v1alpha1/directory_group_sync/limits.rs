//! How much one run may remove and rename without approval.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// The highest count that a limit accepts.
const COUNT: i32 = 1_000_000_000;

/// How much one run may remove and rename. Changes that exceed a limit are held for approval; everything else is applied. A
/// number of changes exceeds its limit if it is more than `max`, or if it is more than `allow` and more than `percent` of
/// the total. The total is what the synchronized groups contain before the run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// How many groups one run may delete, of all synchronized groups. Groups that are released because they left the
    /// selection without an edit of this object are included. Default: `{allow: 5, percent: 20, max: 50}`.
    #[serde(default)]
    pub group_deletions: Limit<5, 20, 50>,
    /// How many groups one run may rename, of all synchronized groups. Beyond this limit only renames of groups are held.
    /// Default: `{allow: 5, percent: 20, max: 50}`.
    #[serde(default)]
    pub group_renames: Limit<5, 20, 50>,
    /// How many members one run may remove, of all memberships. The members of deleted groups are included. Default:
    /// `{allow: 50, percent: 20, max: 5000}`.
    #[serde(default)]
    pub member_removals: Limit<50, 20, 5000>,
    /// How many members one run may remove from one group, of all members of that group. Beyond this limit only the
    /// removals from that group are held. Default: `{allow: 10, percent: 50, max: 5000}`.
    #[serde(default)]
    pub member_removals_per_group: Limit<10, 50, 5000>,
    /// How many accounts one run may deactivate or delete, of the accounts in synchronized groups. Default:
    /// `{allow: 10, percent: 10, max: 200}`.
    #[serde(default)]
    pub account_removals: Limit<10, 10, 200>,
    /// How many accounts may get another username or e-mail address in one run, of the accounts in synchronized groups.
    /// Adopted accounts are included. Beyond this limit only these changes are held. Default:
    /// `{allow: 10, percent: 10, max: 200}`.
    #[serde(default)]
    pub account_renames: Limit<10, 10, 200>,
}

/// One limit, with its own defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit<const ALLOW: i32, const PERCENT: i32, const MAX: i32> {
    /// Up to this many are always applied.
    #[serde(default = "number::<ALLOW>")]
    pub allow: i32,
    /// More than `allow` are held if they are more than this percentage of the total, 0 to 100.
    #[serde(default = "number::<PERCENT>")]
    pub percent: i32,
    /// More than this many are always held.
    #[serde(default = "number::<MAX>")]
    pub max: i32,
}

const fn number<const N: i32>() -> i32 {
    N
}

impl<const ALLOW: i32, const PERCENT: i32, const MAX: i32> Default for Limit<ALLOW, PERCENT, MAX> {
    fn default() -> Self {
        Self { allow: ALLOW, percent: PERCENT, max: MAX }
    }
}

/// By hand, because each limit describes its own defaults.
impl<const ALLOW: i32, const PERCENT: i32, const MAX: i32> JsonSchema for Limit<ALLOW, PERCENT, MAX> {
    fn schema_name() -> Cow<'static, str> {
        format!("Limit_{ALLOW}_{PERCENT}_{MAX}").into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let number = |description: String, default: i32, maximum: i32| {
            json_schema!({
                "type": "integer",
                "format": "int32",
                "minimum": 0,
                "maximum": maximum,
                "default": default,
                "description": description,
            })
        };
        let share = "More than `allow` are held if they are more than this percentage of the total, 0 to 100.";
        json_schema!({
            "type": "object",
            "properties": {
                "allow": number(format!("Up to this many are always applied. Default: {ALLOW}."), ALLOW, COUNT),
                "percent": number(format!("{share} Default: {PERCENT}."), PERCENT, 100),
                "max": number(format!("More than this many are always held. Default: {MAX}."), MAX, COUNT),
            },
        })
    }
}
