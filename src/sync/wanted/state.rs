//! Rule `disabled-account`: what a directory account's state means for its memberships.

use jiff::Timestamp;

use crate::sync::policy::DisabledAccounts;
use crate::sync::snapshot::{AccountState, DirectoryUser};

/// What a member's state asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// A member like any other.
    Member,
    /// A member whose account is made inactive.
    InactiveMember,
    /// Changes nothing: stays where it is, is not added.
    Undecided,
    /// Not a member.
    Outside,
}

/// Rule `disabled-account`: what the policy makes of a state.
pub(crate) const fn standing(policy: DisabledAccounts, state: AccountState) -> Standing {
    match (policy, state) {
        (DisabledAccounts::Include, _) | (_, AccountState::Enabled) => Standing::Member,
        (DisabledAccounts::Exclude, AccountState::Disabled) => Standing::Outside,
        (DisabledAccounts::Deactivate, AccountState::Disabled) => Standing::InactiveMember,
        (DisabledAccounts::Exclude | DisabledAccounts::Deactivate, AccountState::Unknown) => Standing::Undecided,
    }
}

/// A user's state at a time, as far as the policy goes by it: `Include` means that it counts for nothing. An account
/// that has expired is disabled, even where the rest of its state cannot
/// be read.
pub(crate) fn state(user: &DirectoryUser, policy: DisabledAccounts, now: Timestamp) -> AccountState {
    if policy == DisabledAccounts::Include {
        return AccountState::Enabled;
    }
    if user.expires.is_some_and(|expires| expires <= now) { AccountState::Disabled } else { user.state.account_state() }
}
