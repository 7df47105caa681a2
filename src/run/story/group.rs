//! What happens to one group.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use super::{group_name, list, names, new_usernames};
use crate::sync::escape::{quoted, shown};
use crate::sync::found::{Found, GroupRef};
use crate::sync::outcome::Planned;
use crate::sync::plan::{Change, Edit};
use crate::sync::tie::{Tie, tie};

/// What happens to one group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupStory {
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
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It did not exist.
    Created,
    /// It was there, and was linked by this plan.
    Adopted,
    /// It was released, and is kept in sync again.
    TakenUpAgain,
    /// It was another sync's.
    TakenOver {
        /// The sync that it belonged to.
        from: String,
    },
    /// It follows another directory group than before.
    Relinked,
    /// It stays and changes.
    #[default]
    Modified,
    /// It stays and nobody keeps it in sync any more.
    Released,
    /// It goes.
    Deleted,
}

/// The stories of a plan's groups, by fate and name.
pub(super) fn stories(planned: &Planned, found: &Found) -> Vec<GroupStory> {
    let plan = &planned.plan;
    let mut stories: BTreeMap<GroupRef, GroupStory> = BTreeMap::new();
    let usernames = new_usernames(plan);
    let mut story = |group: GroupRef, tell: &mut dyn FnMut(&mut GroupStory)| {
        let of_group = || GroupStory { group: group_name(group, found), ..GroupStory::default() };
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
                let fate = match tie(found.group(*group).and_then(|group| group.link.as_ref()), link) {
                    Tie::Adopted => Fate::Adopted,
                    Tie::TakenUpAgain => Fate::TakenUpAgain,
                    Tie::TakenOver { from } => Fate::TakenOver { from: from.to_string() },
                    Tie::Relinked => Fate::Relinked,
                    Tie::Released => Fate::Released,
                    Tie::Kept => continue,
                };
                story(*group, &mut |story| story.fate = fate.clone());
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
    let mut stories: Vec<GroupStory> = stories.into_values().collect();
    stories.sort_by(|a, b| (&a.fate, &a.group).cmp(&(&b.fate, &b.group)));
    stories
}

impl Fate {
    /// It in a word or two.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Adopted => "adopted",
            Self::TakenUpAgain => "taken up again",
            Self::TakenOver { .. } => "taken over",
            Self::Relinked => "linked to another directory group",
            Self::Modified => "modified",
            Self::Released => "released",
            Self::Deleted => "deleted",
        }
    }
}

impl Display for GroupStory {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "group {}: {}", quoted(&self.group), self.fate.as_str())?;
        match &self.fate {
            Fate::TakenOver { from } => write!(f, " from {}", shown(from))?,
            Fate::Released => f.write_str(" (kept as is, no longer synced)")?,
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
        Ok(())
    }
}
