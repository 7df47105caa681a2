//! Rule 16: what a directory account's state means for its memberships.

use crate::sync::policy::DisabledAccounts;
use crate::sync::snapshot::AccountState;

/// What a member's state asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// A member like any other.
    Member,
    /// A member whose account is made inactive.
    InactiveMember,
    /// Changes nothing: stays where it is, is not added.
    Undecided,
    /// No member.
    Outside,
}

/// What the policy makes of a state.
pub(crate) const fn standing(policy: DisabledAccounts, state: AccountState) -> Standing {
    match (policy, state) {
        (DisabledAccounts::Include, _) | (_, AccountState::Enabled) => Standing::Member,
        (DisabledAccounts::Exclude, AccountState::Disabled) => Standing::Outside,
        (DisabledAccounts::Deactivate, AccountState::Disabled) => Standing::InactiveMember,
        (DisabledAccounts::Exclude | DisabledAccounts::Deactivate, AccountState::Unknown) => Standing::Undecided,
    }
}
