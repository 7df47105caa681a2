//! Rule `hold`: changes that wait for an administrator's approval.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::approval::ApprovalHash;
use super::digest::digest;
use super::escape::quoted;
use super::found::{AccountRef, Found, GroupRef};
use super::limits::Exceeded;
use super::plan::{Change, Edit, Plan};
use super::policy::Policy;
use super::store_id::StoreId;
use super::wording::{count_are, utc};

/// Changes that wait for an approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// What the approval must name.
    pub approval: ApprovalHash,
    /// The removals, releases and renames, in the order in which they would be applied.
    pub changes: Plan,
}

impl Hold {
    /// Rule `hold`: the same changes of the same object have the same hash.
    pub(crate) fn new(changes: Plan, found: &Found, policy: &Policy, now: Timestamp) -> Self {
        let mut covered = String::new();
        for change in &changes.changes {
            describe(change, found, &mut covered);
        }
        Self { approval: ApprovalHash::new(&covered, policy, now), changes }
    }
}

/// Why a change waits for an approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A limit would be exceeded.
    Exceeded(Exceeded),
    /// A group is found nowhere, and no other entry of its parent is shown: what hides one may hide all.
    Unproven {
        /// The group.
        group: String,
        /// Since when it is missing.
        since: Timestamp,
    },
    /// The read shows no group at all.
    NothingRead {
        /// How many groups are linked, still asked for and without a tombstone.
        linked: usize,
    },
}

/// One line for each change, by the store's own ids: an object that got the id of another is in no plan. Texts are
/// given as digests, so that none can look like several lines.
fn describe(change: &Change, found: &Found, text: &mut String) {
    let group_id = |group: GroupRef| IdText(found.group(group).map(|group| &group.id));
    let account_id = |account: AccountRef| IdText(found.account(account).map(|account| &account.id));
    let _ = match change {
        Change::DeleteGroup { group } => writeln!(text, "group {}", group_id(*group)),
        Change::EmptyGroup { group, .. } => writeln!(text, "empty {}", group_id(*group)),
        Change::RemoveMembers { group, accounts } => {
            let _ = write!(text, "members {}", group_id(*group));
            for account in accounts {
                let _ = write!(text, " {}", account_id(*account));
            }
            writeln!(text)
        }
        Change::DeactivateAccount { account } => writeln!(text, "deactivate {}", account_id(*account)),
        Change::DeleteAccount { account } => writeln!(text, "delete {}", account_id(*account)),
        Change::LinkGroup { group, .. } => writeln!(text, "release {}", group_id(*group)),
        Change::SetGroup { group, name: Edit::Set(name), .. } => {
            writeln!(text, "name {} {}", group_id(*group), digest(name.as_bytes()))
        }
        Change::SetAccount { account, edits } => {
            let _ = write!(text, "names {}", account_id(*account));
            for edit in [&edits.username, &edits.email] {
                let name = if let Edit::Set(name) = edit { digest(name.as_bytes()) } else { "-".to_owned() };
                let _ = write!(text, " {name}");
            }
            writeln!(text)
        }
        _ => Ok(()),
    };
}

/// The id of an object, as the text that is hashed has it.
struct IdText<'f>(Option<&'f StoreId>);

impl std::fmt::Display for IdText<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(StoreId::Number(number)) => number.fmt(f),
            Some(StoreId::Text(text)) => f.write_str(&digest(text.as_bytes())),
            None => f.write_str("0"),
        }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exceeded(exceeded) => exceeded.fmt(f),
            Self::Unproven { group, since } => write!(
                f,
                "group {} has been missing from the directory since {}, and no other entry is visible where it was, so it may be hidden: grant the bind account read access to that place, or approve",
                quoted(group),
                utc(*since)
            ),
            Self::NothingRead { linked } => write!(
                f,
                "the directory shows none of the selected groups, but {} linked: check the groups' base and filter, and what the bind account may read",
                count_are(*linked as u64, "group")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::found::Group;

    #[test]
    fn an_object_is_told_by_its_id_and_a_text_by_its_digest() {
        let group =
            |id| Group { id, name: "g".into(), description: None, members: Vec::new(), roles: Vec::new(), link: None };
        let groups = vec![group(StoreId::from(7)), group(StoreId::from("7\ngroup 8"))];
        let found = Found { groups, ..Found::default() };
        let told = |index| {
            let mut text = String::new();
            describe(&Change::DeleteGroup { group: GroupRef(index) }, &found, &mut text);
            text
        };
        assert_eq!(told(0), "group 7\n");
        assert_eq!(told(1), format!("group {}\n", digest(b"7\ngroup 8")));
    }
}
