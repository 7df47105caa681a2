//! The changes to one group.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use super::names::{group_name, list, names, new_usernames};
use crate::sync::escape::{quoted, shown};
use crate::sync::found::{Found, GroupRef};
use crate::sync::plan::{Change, Edit, Plan};
use crate::sync::proof::group::Evidence;
use crate::sync::role::Role;
use crate::sync::tie::{Tie, tie};

/// The changes to one group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupSummary {
    /// The group's name once the plan is applied.
    pub group: String,
    /// The change to the group itself.
    pub action: GroupAction,
    /// The previous name, if it changes.
    pub renamed_from: Option<String>,
    /// Whether its description changes.
    pub described: bool,
    /// The first few usernames of added members.
    pub joining: Vec<String>,
    /// The first few usernames of removed members.
    pub leaving: Vec<String>,
    /// The number of added members.
    pub added: usize,
    /// The number of removed members.
    pub removed: usize,
    /// The names of the roles that it is given.
    pub roles_given: Vec<String>,
    /// The names of the roles that are taken from it.
    pub roles_taken: Vec<String>,
    /// The evidence for its deletion in the directory.
    pub evidence: Option<String>,
}

/// The change to a group itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupAction {
    /// It did not exist.
    Created,
    /// It existed, and this plan links it.
    Adopted,
    /// It was released, and is synchronized again.
    TakenUpAgain,
    /// Another sync owned it.
    TakenOver {
        /// The sync that owned it.
        from: String,
    },
    /// It follows another directory group than before.
    Relinked,
    /// It is changed.
    #[default]
    Modified,
    /// It stays and is no longer synchronized.
    Released,
    /// The same in place of a deletion, and it has no members any more.
    Emptied,
    /// It is deleted.
    Deleted,
}

/// The summaries of a plan's groups, by action and name.
pub(super) fn summarize(plan: &Plan, evidence: &BTreeMap<GroupRef, Evidence>, found: &Found) -> Vec<GroupSummary> {
    let mut summaries: BTreeMap<GroupRef, GroupSummary> = BTreeMap::new();
    let usernames = new_usernames(plan);
    let mut summary = |group: GroupRef, update: &mut dyn FnMut(&mut GroupSummary)| {
        let of_group = || GroupSummary { group: group_name(group, found), ..GroupSummary::default() };
        update(summaries.entry(group).or_insert_with(of_group));
    };
    for change in &plan.changes {
        match change {
            Change::CreateGroup { group, name, link, .. } => summary(*group, &mut |summary| {
                summary.group = name.to_string();
                summary.action = GroupAction::Created;
                summary.roles_given = role_names(&link.roles);
            }),
            Change::SetRoles { group, give, take, .. } => summary(*group, &mut |summary| {
                (summary.roles_given, summary.roles_taken) = (role_names(give), role_names(take));
            }),
            Change::EmptyGroup { group, accounts, .. } => summary(*group, &mut |summary| {
                summary.action = GroupAction::Emptied;
                summary.evidence = evidence.get(group).map(ToString::to_string);
                summary.removed = accounts.len();
                summary.leaving = names(accounts, found, &usernames);
            }),
            Change::DeleteGroup { group } => summary(*group, &mut |summary| {
                summary.action = GroupAction::Deleted;
                summary.evidence = evidence.get(group).map(ToString::to_string);
            }),
            Change::SetGroup { group, name, description } => summary(*group, &mut |summary| {
                if let Edit::Set(name) = name {
                    summary.renamed_from = Some(std::mem::replace(&mut summary.group, name.to_string()));
                }
                summary.described = *description != Edit::Keep;
            }),
            Change::LinkGroup { group, link } => {
                let action = match tie(found.group(*group).and_then(|group| group.link.as_ref()), link) {
                    Tie::Adopted => GroupAction::Adopted,
                    Tie::AdoptedAgain => GroupAction::TakenUpAgain,
                    Tie::AdoptedFrom { owner } => GroupAction::TakenOver { from: owner.to_string() },
                    Tie::Relinked => GroupAction::Relinked,
                    Tie::Released => GroupAction::Released,
                    Tie::Kept => continue,
                };
                summary(*group, &mut |summary| summary.action = action.clone());
            }
            Change::AddMembers { group, accounts } => summary(*group, &mut |summary| {
                summary.added = accounts.len();
                summary.joining = names(accounts, found, &usernames);
            }),
            Change::RemoveMembers { group, accounts } => summary(*group, &mut |summary| {
                summary.removed = accounts.len();
                summary.leaving = names(accounts, found, &usernames);
            }),
            _ => {}
        }
    }
    let mut summaries: Vec<GroupSummary> = summaries.into_values().collect();
    summaries.sort_by(|a, b| (&a.action, &a.group).cmp(&(&b.action, &b.group)));
    summaries
}

impl GroupAction {
    /// The action in a few words.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Adopted | Self::TakenOver { .. } => "adopted",
            Self::TakenUpAgain => "synchronized again",
            Self::Relinked => "linked to another directory group",
            Self::Modified => "modified",
            Self::Released => "released",
            Self::Emptied => "emptied and released",
            Self::Deleted => "deleted",
        }
    }
}

impl Display for GroupSummary {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "group {}: {}", quoted(&self.group), self.action.as_str())?;
        match &self.action {
            GroupAction::TakenOver { from } => write!(f, " from {}", shown(from))?,
            GroupAction::Released => f.write_str(" (kept as is, no longer synced)")?,
            GroupAction::Emptied => f.write_str(" (the server keeps it)")?,
            _ => {}
        }
        if let Some(evidence) = &self.evidence {
            write!(f, " ({evidence})")?;
        }
        if let Some(name) = &self.renamed_from {
            write!(f, ", renamed from {}", quoted(name))?;
        }
        if self.described {
            f.write_str(", description changed")?;
        }
        for (count, what, names) in [(self.added, "added", &self.joining), (self.removed, "removed", &self.leaving)] {
            if count > 0 {
                write!(f, ", {count} {what} ({})", list(names, count))?;
            }
        }
        for (roles, done) in [(&self.roles_given, "given"), (&self.roles_taken, "taken")] {
            if !roles.is_empty() {
                let what = if roles.len() == 1 { "role" } else { "roles" };
                write!(f, ", {what} {} {done}", list(roles, roles.len()))?;
            }
        }
        Ok(())
    }
}

fn role_names(roles: &[Role]) -> Vec<String> {
    roles.iter().map(|role| role.name.to_string()).collect()
}
