//! How much a run may change before a person is asked.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// The highest count that a limit takes.
const COUNT: i32 = 1_000_000_000;

/// How much one run may remove and rename. What is beyond a limit waits for a person; everything else goes on. A number of
/// changes is beyond its limit if it is more than `max`, or if it is more than `allow` and more than `percent` of the
/// whole: of what the synchronized groups hold when the run begins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Groups deleted in one run, and groups released because they left the selection without an edit of this object,
    /// of all synchronized groups. Default: `{allow: 5, percent: 20, max: 50}`.
    #[serde(default)]
    pub group_deletions: Limit<5, 20, 50>,
    /// Groups renamed in one run, of all synchronized groups. Beyond it only the renames of groups wait. Default:
    /// `{allow: 5, percent: 20, max: 50}`.
    #[serde(default)]
    pub group_renames: Limit<5, 20, 50>,
    /// Memberships ended in one run, those of deleted groups included, of all memberships. Default:
    /// `{allow: 50, percent: 20, max: 5000}`.
    #[serde(default)]
    pub member_removals: Limit<50, 20, 5000>,
    /// Memberships of one group ended in one run, of all that it has. Beyond it only the removals of that group wait.
    /// Default: `{allow: 10, percent: 50, max: 5000}`.
    #[serde(default)]
    pub member_removals_per_group: Limit<10, 50, 5000>,
    /// Accounts deactivated or deleted in one run, of the accounts in synchronized groups. Default:
    /// `{allow: 10, percent: 10, max: 200}`.
    #[serde(default)]
    pub account_removals: Limit<10, 10, 200>,
    /// Accounts whose username or e-mail address one run changes, those that it adopts included, of the accounts in
    /// synchronized groups. Beyond it only these changes wait. Default: `{allow: 10, percent: 10, max: 200}`.
    #[serde(default)]
    pub account_renames: Limit<10, 10, 200>,
}

/// One limit, with what it is where nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit<const ALLOW: i32, const PERCENT: i32, const MAX: i32> {
    /// Up to so many never wait.
    #[serde(default = "number::<ALLOW>")]
    pub allow: i32,
    /// Beyond `allow` they wait if they are more than this share of the whole, 0 to 100.
    #[serde(default = "number::<PERCENT>")]
    pub percent: i32,
    /// More than so many always wait.
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

/// By hand, because each limit says its own defaults.
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
        let share = "Beyond `allow` they wait if they are more than this share of the whole, in percent, 0 to 100.";
        json_schema!({
            "type": "object",
            "properties": {
                "allow": number(format!("Up to so many never wait, whatever their share. Default: {ALLOW}."), ALLOW, COUNT),
                "percent": number(format!("{share} Default: {PERCENT}."), PERCENT, 100),
                "max": number(format!("More than so many always wait. Default: {MAX}."), MAX, COUNT),
            },
        })
    }
}
