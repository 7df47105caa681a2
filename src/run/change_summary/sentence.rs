//! Held changes as sentences, for the administrator who approves them.

use std::collections::BTreeMap;

use super::names::{group_name, names};
use crate::sync::escape::{listed, quoted};
use crate::sync::found::{AccountRef, Found};
use crate::sync::plan::{Change, Edit, Plan};
use crate::sync::wording::count;

/// Held changes, one line each, with the usernames of all persons, which the administrator needs for the approval.
#[must_use]
pub fn sentences(removals: &Plan, found: &Found) -> Vec<String> {
    let new = BTreeMap::new();
    let account = |account: AccountRef| names(&[account], found, &new).concat();
    let mut lines = Vec::new();
    for change in &removals.changes {
        match change {
            Change::DeleteGroup { group } => {
                let members = found.group(*group).map_or(0, |group| group.members.len());
                let (name, members) = (group_name(*group, found), count(members as u64, "member"));
                lines.push(format!("delete the group {} with its {members}", quoted(&name)));
            }
            Change::EmptyGroup { group, accounts, .. } => {
                let (name, members) = (group_name(*group, found), count(accounts.len() as u64, "member"));
                lines.push(format!("remove the {members} of the group {}, which the server keeps", quoted(&name)));
            }
            Change::RemoveMembers { group, accounts } => {
                let name = group_name(*group, found);
                lines.extend(
                    accounts
                        .iter()
                        .map(|member| format!("remove {} from the group {}", listed(&account(*member)), quoted(&name))),
                );
            }
            Change::DeactivateAccount { account: held } => {
                lines.push(format!("make the account {} inactive", listed(&account(*held))));
            }
            Change::DeleteAccount { account: held } => {
                lines.push(format!("delete the account {}", listed(&account(*held))));
            }
            Change::LinkGroup { group, .. } => lines.push(format!(
                "release the group {}, which is no longer selected although spec.groups did not change",
                quoted(&group_name(*group, found))
            )),
            Change::SetGroup { group, name: Edit::Set(name), .. } => {
                lines.push(format!("rename the group {} to {}", quoted(&group_name(*group, found)), quoted(name)));
            }
            Change::SetAccount { account: renamed, edits } => {
                let both = [("username", &edits.username), ("e-mail address", &edits.email)].into_iter();
                let given = both.filter_map(|(what, edit)| match edit {
                    Edit::Set(name) => Some(format!("{what} {}", quoted(name))),
                    Edit::Keep | Edit::Clear => None,
                });
                let given = given.collect::<Vec<_>>().join(" and ");
                lines.push(format!("give the account {} the {given}", listed(&account(*renamed))));
            }
            _ => {}
        }
    }
    lines
}
