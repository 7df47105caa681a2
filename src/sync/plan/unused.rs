//! Rule 5 for accounts that no group holds any more.

use jiff::Timestamp;

use crate::sync::found::AccountRef;
use crate::sync::link::{AccountLink, Origin};
use crate::sync::policy::PruneAccounts;
use crate::sync::scene::Scene;

/// What becomes of an account that is no member of a managed group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It stays as it is.
    Stays,
    /// It is made inactive.
    Deactivated,
    /// It was made inactive before, and is deleted.
    Deleted,
}

/// Whether some group of the store holds an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// One does once the plan is applied.
    GoesOn,
    /// One does until the plan is applied.
    Ends,
    /// None does.
    Ended,
}

/// Judges an account of this sync and says since when nothing holds it.
pub(crate) fn judge(
    link: &AccountLink,
    account: AccountRef,
    active: bool,
    use_of: Use,
    scene: &Scene<'_>,
) -> (Fate, Option<Timestamp>) {
    let policy = scene.policy;
    // While nobody counts there is no time to remember: counting starts when it is asked for.
    let counts = policy.prune_accounts != PruneAccounts::Retain
        && link.origin == Origin::Created
        && !scene.protected.contains(&account);
    if use_of == Use::GoesOn || !counts {
        return (Fate::Stays, None);
    }
    // A time that began before the last use ended is stale.
    let begun = link.unused_since.filter(|_| use_of == Use::Ended);
    let since = begun.unwrap_or(scene.now);
    let due = begun.is_some() && scene.now.duration_since(since) >= policy.accounts_after;
    let waits = scene.adds_only.is_some() || scene.withheld.account(account);
    let fate = match policy.prune_accounts {
        _ if waits => Fate::Stays,
        PruneAccounts::Deactivate | PruneAccounts::Delete if due && active => Fate::Deactivated,
        PruneAccounts::Delete if due && link.deactivated_by_us => Fate::Deleted,
        PruneAccounts::Retain | PruneAccounts::Deactivate | PruneAccounts::Delete => Fate::Stays,
    };
    (fate, Some(since))
}
