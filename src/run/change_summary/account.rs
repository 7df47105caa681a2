//! The changes to one existing account.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};

use crate::sync::escape::{quoted, shown};
use crate::sync::found::{AccountRef, Found};
use crate::sync::plan::{AttributeEdits, Change, Plan};
use crate::sync::snapshot::Attributes;
use crate::sync::tie::{Tie, tie};

/// The changes to one account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountSummary {
    /// The username once the plan is applied.
    pub username: String,
    /// The change to the account itself.
    pub action: AccountAction,
    /// Whether it is adopted by its e-mail address.
    pub by_email: bool,
    /// The previous username, if it changes.
    pub renamed_from: Option<String>,
    /// The e-mail address before and after, if it changes.
    pub email: Option<[Option<String>; 2]>,
    /// The other attributes that change.
    pub changed: Vec<&'static str>,
}

/// The change to an account itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccountAction {
    /// It existed, and this plan links it.
    Adopted,
    /// It was released, and is synchronized again.
    TakenUpAgain,
    /// Another sync owned it.
    TakenOver {
        /// The sync that owned it.
        from: String,
    },
    /// It follows another directory user than before.
    Relinked,
    /// It is changed.
    #[default]
    Updated,
    /// It is activated again.
    Activated,
    /// It stays and is no longer synchronized.
    Released,
    /// It is deactivated.
    Deactivated,
    /// It is deleted.
    Deleted,
}

/// The summaries of a plan's accounts, by action and username. Accounts that are created and accounts of which only the link
/// is updated are left out.
pub(super) fn summarize(plan: &Plan, adopted_by_email: &BTreeSet<AccountRef>, found: &Found) -> Vec<AccountSummary> {
    let mut summaries: BTreeMap<AccountRef, AccountSummary> = BTreeMap::new();
    let mut summary = |account: AccountRef, update: &mut dyn FnMut(&mut AccountSummary)| {
        let username = || found.account(account).and_then(|account| account.attributes.username.as_deref());
        let of_account =
            || AccountSummary { username: username().unwrap_or_default().to_owned(), ..AccountSummary::default() };
        update(summaries.entry(account).or_insert_with(of_account));
    };
    for change in &plan.changes {
        match change {
            Change::SetAccount { account, edits } => {
                let nothing = Attributes::default();
                let before = found.account(*account).map_or(&nothing, |account| &account.attributes);
                summary(*account, &mut |summary| summary.edit(edits, before));
            }
            Change::LinkAccount { account, link } => {
                let action = match tie(found.account(*account).and_then(|account| account.link.as_ref()), link) {
                    Tie::Adopted => AccountAction::Adopted,
                    Tie::AdoptedAgain => AccountAction::TakenUpAgain,
                    Tie::AdoptedFrom { owner } => AccountAction::TakenOver { from: owner.to_string() },
                    Tie::Relinked => AccountAction::Relinked,
                    Tie::Released => AccountAction::Released,
                    Tie::Kept => continue,
                };
                summary(*account, &mut |summary| {
                    summary.action = action.clone();
                    summary.by_email = adopted_by_email.contains(account);
                });
            }
            Change::ActivateAccount { account } => {
                summary(*account, &mut |summary| summary.action = AccountAction::Activated);
            }
            Change::DeactivateAccount { account } => {
                summary(*account, &mut |summary| summary.action = AccountAction::Deactivated);
            }
            Change::DeleteAccount { account } => {
                summary(*account, &mut |summary| summary.action = AccountAction::Deleted);
            }
            _ => {}
        }
    }
    let mut summaries: Vec<AccountSummary> = summaries.into_values().collect();
    summaries.sort_by(|a, b| (&a.action, &a.username).cmp(&(&b.action, &b.username)));
    summaries
}

impl AccountSummary {
    /// Whether it is adopted, or gets another username or e-mail address.
    pub(super) const fn is_take_over(&self) -> bool {
        let is_adopted =
            matches!(self.action, AccountAction::Adopted | AccountAction::TakenOver { .. } | AccountAction::Relinked);
        is_adopted || self.renamed_from.is_some() || matches!(self.email, Some([Some(_), Some(_)]))
    }

    /// A parked account gets its own names again, so only real differences are listed.
    fn edit(&mut self, edits: &AttributeEdits, before: &Attributes) {
        let after = edits.applied_to(before);
        if let Some(username) = after.username.as_deref().filter(|username| *username != self.username) {
            self.renamed_from = Some(std::mem::replace(&mut self.username, username.to_owned()));
        }
        if before.email != after.email {
            self.email = Some([&before.email, &after.email].map(|email| email.as_deref().map(str::to_owned)));
        }
        let others = [
            (&before.first_name, &after.first_name, "first name"),
            (&before.last_name, &after.last_name, "last name"),
            (&before.display_name, &after.display_name, "display name"),
            (&before.phone, &after.phone, "telephone number"),
        ];
        self.changed.extend(others.iter().filter(|(before, after, _)| before != after).map(|(.., name)| name));
    }
}

impl Display for AccountSummary {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let action = match &self.action {
            AccountAction::Adopted | AccountAction::TakenOver { .. } => "adopted",
            AccountAction::TakenUpAgain => "synchronized again",
            AccountAction::Relinked => "linked to another directory user",
            AccountAction::Updated => "updated",
            AccountAction::Activated => "activated",
            AccountAction::Released => "released (kept as is, no longer synced)",
            AccountAction::Deactivated => "deactivated",
            AccountAction::Deleted => "deleted",
        };
        write!(f, "account {}: {action}", quoted(&self.username))?;
        if let AccountAction::TakenOver { from } = &self.action {
            write!(f, " from {}", shown(from))?;
        }
        if self.by_email {
            f.write_str(" by its e-mail address")?;
        }
        if let Some(name) = &self.renamed_from {
            write!(f, ", renamed from {}", quoted(name))?;
        }
        match &self.email {
            Some([Some(before), Some(after)]) => {
                write!(f, ", e-mail address changed from {} to {}", quoted(before), quoted(after))?;
            }
            Some([None, Some(after)]) => write!(f, ", e-mail address set to {}", quoted(after))?,
            Some([_, None]) => f.write_str(", e-mail address removed")?,
            None => {}
        }
        if !self.changed.is_empty() {
            write!(f, ", {} changed", self.changed.join(" and "))?;
        }
        Ok(())
    }
}
