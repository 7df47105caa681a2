//! Rule `unused-account`: accounts that are in no group any more.

use jiff::Timestamp;

use super::uses::Usage;
use crate::sync::context::PlanContext;
use crate::sync::found::AccountRef;
use crate::sync::link::{AccountLink, Origin};
use crate::sync::policy::PruneAccounts;

/// What happens to an account that is not a member of a managed group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pruning {
    /// It stays as it is.
    None,
    /// It is made inactive.
    Deactivate,
    /// It was made inactive before, and is deleted.
    Delete,
}

/// Rule `unused-account`: what happens to an account of this sync, and since when it is in no group.
pub(crate) fn prune(
    link: &AccountLink,
    account: AccountRef,
    is_active: bool,
    usage: Usage,
    context: &PlanContext<'_>,
) -> (Pruning, Option<Timestamp>) {
    let policy = context.policy;
    // As long as unused accounts are retained there is no time to remember: it starts when the settings ask for it.
    let counts = policy.prune_accounts != PruneAccounts::Retain
        && link.origin == Origin::Created
        && !context.protected.contains(&account);
    if usage == Usage::Used || !counts {
        return (Pruning::None, None);
    }
    // A time before the last use is stale.
    let noted = link.unused_since.filter(|_| usage == Usage::Unused);
    let since = noted.unwrap_or(context.now);
    let is_due = noted.is_some() && context.now.duration_since(since) >= policy.accounts_after;
    let waits = context.adds_only.is_some() || context.withheld.account(account);
    let pruning = match policy.prune_accounts {
        _ if waits => Pruning::None,
        PruneAccounts::Deactivate | PruneAccounts::Delete if is_due && is_active => Pruning::Deactivate,
        PruneAccounts::Delete if is_due && link.deactivated_by_us => Pruning::Delete,
        PruneAccounts::Retain | PruneAccounts::Deactivate | PruneAccounts::Delete => Pruning::None,
    };
    (pruning, Some(since))
}
