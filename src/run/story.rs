//! What a plan does, in words, group by group.

use std::collections::{BTreeMap, BTreeSet};

use crate::sync::found::{AccountRef, Found, GroupRef};
use crate::sync::outcome::Planned;
use crate::sync::plan::{Change, Edit, Plan, Subject};

/// What happens to one group, or to the accounts as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Story {
    /// The group's name once the plan is applied.
    pub group: String,
    /// What happens to the group itself.
    pub fate: Fate,
    /// The name that it had, where that changes.
    pub renamed_from: Option<String>,
    /// Whether its description changes.
    pub described: bool,
    /// Usernames of those who join, the first few.
    pub joining: Vec<String>,
    /// Usernames of those who leave, the first few.
    pub leaving: Vec<String>,
    /// How many join.
    pub added: usize,
    /// How many leave.
    pub removed: usize,
    /// Why it counts as deleted.
    pub evidence: Option<String>,
}

/// What happens to a group itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It did not exist.
    Created,
    /// It was there, and was linked by this plan.
    Adopted,
    /// It stays and changes.
    #[default]
    Modified,
    /// It stays and nobody keeps it in step any more.
    Released,
    /// It goes.
    Deleted,
}

/// How many names a story gives.
const NAMES: usize = 5;

/// The stories of a plan, by the groups' names, less what was refused.
#[must_use]
pub fn stories(planned: &Planned, found: &Found, refused: &BTreeSet<Subject>) -> Vec<Story> {
    let plan = &planned.plan;
    let mut stories: BTreeMap<GroupRef, Story> = BTreeMap::new();
    let usernames = new_usernames(plan);
    let name = |group: GroupRef| found.group(group).map_or_else(String::new, |group| group.name.to_string());
    let mut story = |group: GroupRef, tell: &mut dyn FnMut(&mut Story)| {
        let of_group = || Story { group: name(group), ..Story::default() };
        tell(stories.entry(group).or_insert_with(of_group));
    };
    for change in &plan.changes {
        match change {
            Change::CreateGroup { group, name, .. } => story(*group, &mut |story| {
                story.group = name.to_string();
                story.fate = Fate::Created;
            }),
            Change::DeleteGroup { group } => story(*group, &mut |story| {
                story.fate = Fate::Deleted;
                story.evidence = planned.evidence.get(group).map(ToString::to_string);
            }),
            Change::SetGroup { group, name, description } => story(*group, &mut |story| {
                if let Edit::Set(name) = name {
                    story.renamed_from = Some(std::mem::replace(&mut story.group, name.to_string()));
                }
                story.described = *description != Edit::Keep;
            }),
            Change::LinkGroup { group, link } => {
                let before = found.group(*group).and_then(|group| group.link.as_ref());
                match (before, &link.owner) {
                    (Some(before), None) if before.owner.is_some() => {
                        story(*group, &mut |story| story.fate = Fate::Released);
                    }
                    (None, Some(_)) => story(*group, &mut |story| story.fate = Fate::Adopted),
                    _ => {}
                }
            }
            Change::AddMembers { group, accounts } => story(*group, &mut |story| {
                story.added = accounts.len();
                story.joining = names(accounts, found, &usernames);
            }),
            Change::RemoveMembers { group, accounts } => story(*group, &mut |story| {
                story.removed = accounts.len();
                story.leaving = names(accounts, found, &usernames);
            }),
            _ => {}
        }
    }
    let told =
        |group: &GroupRef| !refused.contains(&Subject::Group(*group)) && !refused.contains(&Subject::Members(*group));
    let mut stories: Vec<Story> =
        stories.into_iter().filter(|(group, _)| told(group)).map(|(_, story)| story).collect();
    stories.sort_by(|a, b| (a.fate, &a.group).cmp(&(b.fate, &b.group)));
    stories
}

/// Held removals, one line each, every person named: for whoever is to approve them.
#[must_use]
pub fn lines(removals: &Plan, found: &Found) -> Vec<String> {
    let new = BTreeMap::new();
    let group = |group: GroupRef| found.group(group).map_or("", |group| &*group.name);
    let account = |account: AccountRef| names(&[account], found, &new).concat();
    let mut lines = Vec::new();
    for change in &removals.changes {
        match change {
            Change::DeleteGroup { group: deleted } => {
                let members = found.group(*deleted).map_or(0, |group| group.members.len());
                lines.push(format!("delete the group \"{}\" with its {members} members", group(*deleted)));
            }
            Change::RemoveMembers { group: held, accounts } => lines.extend(
                accounts
                    .iter()
                    .map(|member| format!("remove {} from the group \"{}\"", account(*member), group(*held))),
            ),
            Change::DeactivateAccount { account: held } => {
                lines.push(format!("make the account {} inactive", account(*held)));
            }
            Change::DeleteAccount { account: held } => lines.push(format!("delete the account {}", account(*held))),
            Change::LinkGroup { group: released, .. } => lines.push(format!(
                "release the group \"{}\", which is no longer selected although spec.groups did not change",
                group(*released)
            )),
            Change::SetGroup { group: renamed, name: Edit::Set(name), .. } => {
                lines.push(format!("rename the group \"{}\" to \"{name}\"", group(*renamed)));
            }
            Change::SetAccount { account: renamed, edits } => {
                let names = [("username", &edits.username), ("e-mail", &edits.email)].into_iter();
                let named = names.filter_map(|(what, edit)| match edit {
                    Edit::Set(name) => Some(format!("{what} \"{name}\"")),
                    Edit::Keep | Edit::Clear => None,
                });
                let named = named.collect::<Vec<_>>().join(" and ");
                lines.push(format!("give the account {} the {named}", account(*renamed)));
            }
            _ => {}
        }
    }
    lines
}

/// The name of what a refusal is about, as a person knows it.
#[must_use]
pub fn name_of(subject: Subject, plan: &Plan, found: &Found) -> String {
    match subject {
        Subject::Group(group) | Subject::Members(group) => match found.group(group) {
            Some(group) => group.name.to_string(),
            None => plan
                .changes
                .iter()
                .find_map(|change| match change {
                    Change::CreateGroup { group: created, name, .. } if *created == group => Some(name.to_string()),
                    _ => None,
                })
                .unwrap_or_default(),
        },
        Subject::Account(account) => names(&[account], found, &new_usernames(plan)).concat(),
    }
}

fn new_usernames(plan: &Plan) -> BTreeMap<AccountRef, &str> {
    let username = |change| match change {
        &Change::CreateAccount { account, ref attributes, .. } => Some((account, attributes.username.as_deref()?)),
        _ => None,
    };
    plan.changes.iter().filter_map(username).collect()
}

fn names(accounts: &[AccountRef], found: &Found, new: &BTreeMap<AccountRef, &str>) -> Vec<String> {
    let username = |account: &AccountRef| match found.account(*account) {
        Some(account) => account.attributes.username.as_deref().unwrap_or_default().to_owned(),
        None => new.get(account).copied().unwrap_or_default().to_owned(),
    };
    accounts.iter().take(NAMES).map(username).collect()
}

impl std::fmt::Display for Story {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fate = match self.fate {
            Fate::Created => "created",
            Fate::Adopted => "adopted",
            Fate::Modified => "modified",
            Fate::Released => "released, nothing in it changes",
            Fate::Deleted => "deleted",
        };
        write!(f, "group \"{}\": {fate}", self.group)?;
        if let Some(evidence) = &self.evidence {
            write!(f, " ({evidence})")?;
        }
        if let Some(name) = &self.renamed_from {
            write!(f, ", renamed from \"{name}\"")?;
        }
        if self.described {
            f.write_str(", described anew")?;
        }
        for (count, what, names) in [(self.added, "added", &self.joining), (self.removed, "removed", &self.leaving)] {
            if count > 0 {
                let more = if count > names.len() { ", …" } else { "" };
                write!(f, ", {count} {what} ({}{more})", names.join(", "))?;
            }
        }
        Ok(())
    }
}
