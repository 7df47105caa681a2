//! What a name is mistaken for although no account has it in its name space.

use crate::sync::found::AccountRef;

/// What stands in the way of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rival {
    pub(super) whose: Whose,
    pub(super) likeness: Likeness,
}

/// Whose name it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Account(AccountRef),
    /// It gets that name by the same plan; its index.
    Candidate(usize),
}

/// How a name is mistaken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    /// It is another user's username or e-mail address.
    Crossed,
    /// It looks like another user's username, which is written in another script.
    LooksAlike,
}
