//! What happens to one account that was there before.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use crate::sync::escape::{quoted, shown};
use crate::sync::found::{AccountRef, Found};
use crate::sync::plan::{AttributeEdits, Change, Plan};
use crate::sync::snapshot::Attributes;
use crate::sync::tie::{Tie, tie};

/// What happens to one account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountStory {
    /// The username once the plan is applied.
    pub username: String,
    /// What happens to the account itself.
    pub fate: AccountFate,
    /// The username that it had, where that changes.
    pub renamed_from: Option<String>,
    /// The other attributes that change.
    pub changed: Vec<&'static str>,
}

/// What happens to an account itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccountFate {
    /// It was there, and was linked by this plan.
    Adopted,
    /// It was released, and is kept in sync again.
    TakenUpAgain,
    /// It was another sync's.
    TakenOver {
        /// The sync that it belonged to.
        from: String,
    },
    /// It follows another directory user than before.
    Relinked,
    /// It stays and changes.
    #[default]
    Updated,
    /// It may be used again.
    Activated,
    /// It stays and nobody keeps it in sync any more.
    Released,
    /// It may not be used any more.
    Deactivated,
    /// It goes.
    Deleted,
}

/// The stories of a plan's accounts, by fate and username. Those that are created are left out, and those of which only
/// the link is updated.
pub(super) fn stories(plan: &Plan, found: &Found) -> Vec<AccountStory> {
    let mut stories: BTreeMap<AccountRef, AccountStory> = BTreeMap::new();
    let mut story = |account: AccountRef, tell: &mut dyn FnMut(&mut AccountStory)| {
        let username = || found.account(account).and_then(|account| account.attributes.username.as_deref());
        let of_account =
            || AccountStory { username: username().unwrap_or_default().to_owned(), ..AccountStory::default() };
        tell(stories.entry(account).or_insert_with(of_account));
    };
    for change in &plan.changes {
        match change {
            Change::SetAccount { account, edits } => {
                let nothing = Attributes::default();
                let before = found.account(*account).map_or(&nothing, |account| &account.attributes);
                story(*account, &mut |story| story.edit(edits, before));
            }
            Change::LinkAccount { account, link } => {
                let fate = match tie(found.account(*account).and_then(|account| account.link.as_ref()), link) {
                    Tie::Adopted => AccountFate::Adopted,
                    Tie::TakenUpAgain => AccountFate::TakenUpAgain,
                    Tie::TakenOver { from } => AccountFate::TakenOver { from: from.to_string() },
                    Tie::Relinked => AccountFate::Relinked,
                    Tie::Released => AccountFate::Released,
                    Tie::Kept => continue,
                };
                story(*account, &mut |story| story.fate = fate.clone());
            }
            Change::ActivateAccount { account } => story(*account, &mut |story| story.fate = AccountFate::Activated),
            Change::DeactivateAccount { account } => {
                story(*account, &mut |story| story.fate = AccountFate::Deactivated);
            }
            Change::DeleteAccount { account } => story(*account, &mut |story| story.fate = AccountFate::Deleted),
            _ => {}
        }
    }
    let mut stories: Vec<AccountStory> = stories.into_values().collect();
    stories.sort_by(|a, b| (&a.fate, &a.username).cmp(&(&b.fate, &b.username)));
    stories
}

impl AccountStory {
    /// An account that is parked is given its own names again: only what differs changes.
    fn edit(&mut self, edits: &AttributeEdits, before: &Attributes) {
        let after = edits.applied_to(before);
        if let Some(username) = after.username.as_deref().filter(|username| *username != self.username) {
            self.renamed_from = Some(std::mem::replace(&mut self.username, username.to_owned()));
        }
        let others = [
            (&before.email, &after.email, "e-mail address"),
            (&before.first_name, &after.first_name, "first name"),
            (&before.last_name, &after.last_name, "last name"),
            (&before.display_name, &after.display_name, "display name"),
            (&before.phone, &after.phone, "telephone number"),
        ];
        self.changed.extend(others.iter().filter(|(before, after, _)| before != after).map(|(.., name)| name));
    }
}

impl Display for AccountStory {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let fate = match &self.fate {
            AccountFate::Adopted => "adopted",
            AccountFate::TakenUpAgain => "taken up again",
            AccountFate::TakenOver { .. } => "taken over",
            AccountFate::Relinked => "linked to another directory user",
            AccountFate::Updated => "updated",
            AccountFate::Activated => "activated",
            AccountFate::Released => "released (kept as is, no longer synced)",
            AccountFate::Deactivated => "deactivated",
            AccountFate::Deleted => "deleted",
        };
        write!(f, "account {}: {fate}", quoted(&self.username))?;
        if let AccountFate::TakenOver { from } = &self.fate {
            write!(f, " from {}", shown(from))?;
        }
        if let Some(name) = &self.renamed_from {
            write!(f, ", renamed from {}", quoted(name))?;
        }
        if !self.changed.is_empty() {
            write!(f, ", {} changed", self.changed.join(" and "))?;
        }
        Ok(())
    }
}
