//! What matching says of the members of managed groups.

use std::collections::{BTreeSet, HashMap};

use crate::sync::found::AccountRef;
use crate::sync::problem::{Duplicate, Problem};
use crate::sync::snapshot::UserIndex;
use crate::sync::wanted::state::Standing;

/// A member of some managed group, and the account that stands for it when the plan is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    /// The directory user.
    pub(crate) user: UserIndex,
    /// The account; one beyond the store's is to be created.
    pub(crate) account: AccountRef,
    /// Linked to this account by this plan, not before.
    pub(crate) adopted: bool,
    /// What the user's state asks for.
    pub(crate) standing: Standing,
    /// The username that it gets; `None`: the last one stays.
    pub(crate) username: Option<Box<str>>,
    /// The e-mail that it gets; `None`: the last one stays.
    pub(crate) email: Option<Box<str>>,
}

/// What the rules say of all members.
#[derive(Debug, Default)]
pub(crate) struct AccountMatches {
    /// Those that have or get an account, by account.
    pub(crate) members: Vec<Member>,
    /// How many of these accounts are created.
    pub(crate) created: usize,
    /// By a user without an account, the accounts that hold its names. Unless they are known to be another user's, they
    /// keep the memberships that the user would have.
    pub(crate) conflicting: HashMap<UserIndex, Vec<AccountRef>>,
    /// Rule `existing-accounts`: users without an account.
    pub(crate) pending: BTreeSet<UserIndex>,
    /// Names that conflict.
    pub(crate) duplicates: Vec<Duplicate>,
    /// What else an administrator must fix.
    pub(crate) problems: Vec<Problem>,
    /// Users that are not, or not wholly, synchronized because a name conflicts.
    pub(crate) duplicated: BTreeSet<UserIndex>,
    /// Users with a value that the store cannot hold or does without.
    pub(crate) invalid: BTreeSet<UserIndex>,
}
