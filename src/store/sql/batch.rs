//! What one statement, or a few, write: rows of one kind.

use super::row::{AccountEdit, GroupEdit, LinkOf, Membership, NewAccount, NewGroup};
use super::schema::Table;
use crate::store::Subject;
use crate::sync::found::AccountRef;
use crate::sync::link::{AccountLink, GroupLink};
use crate::sync::plan::Change;

/// Rows of one kind, in the order of the plan.
#[derive(Debug)]
pub(super) struct Batch<'p> {
    /// Whose row it is, row by row.
    pub(super) subjects: Vec<Subject>,
    /// Whose membership it is, row by row; empty where the rows are none.
    pub(super) accounts: Vec<AccountRef>,
    /// The rows.
    pub(super) rows: Rows<'p>,
}

/// What is written, by kind.
#[derive(Debug)]
pub(super) enum Rows<'p> {
    /// Deletes objects with their memberships and links.
    Delete(Table, Vec<i64>),
    /// Sets columns of groups.
    EditGroups(Vec<GroupEdit<'p>>),
    /// Creates groups and their links.
    CreateGroups(Vec<NewGroup<'p>>),
    /// Writes links of groups, new or changed.
    LinkGroups(Vec<LinkOf<'p, GroupLink>>),
    /// Sets columns of accounts.
    EditAccounts(Vec<AccountEdit<'p>>),
    /// Creates accounts and their links.
    CreateAccounts(Vec<NewAccount<'p>>),
    /// Writes links of accounts, new or changed.
    LinkAccounts(Vec<LinkOf<'p, AccountLink>>),
    /// Ends memberships.
    RemoveMembers(Vec<Membership>),
    /// Begins memberships.
    AddMembers(Vec<Membership>),
}

impl Rows<'_> {
    /// None yet, of the kind that a change makes.
    pub(super) const fn none_for(change: &Change) -> Self {
        match change {
            Change::DeleteGroup { .. } => Self::Delete(Table::Groups, Vec::new()),
            Change::DeleteAccount { .. } => Self::Delete(Table::Users, Vec::new()),
            Change::ParkGroup { .. } | Change::SetGroup { .. } => Self::EditGroups(Vec::new()),
            Change::CreateGroup { .. } => Self::CreateGroups(Vec::new()),
            // `Lowering::lower` refuses the two changes that no table has.
            Change::LinkGroup { .. } | Change::SetRoles { .. } | Change::EmptyGroup { .. } => {
                Self::LinkGroups(Vec::new())
            }
            Change::ParkAccount { .. }
            | Change::SetAccount { .. }
            | Change::ActivateAccount { .. }
            | Change::DeactivateAccount { .. } => Self::EditAccounts(Vec::new()),
            Change::CreateAccount { .. } => Self::CreateAccounts(Vec::new()),
            Change::LinkAccount { .. } => Self::LinkAccounts(Vec::new()),
            Change::RemoveMembers { .. } => Self::RemoveMembers(Vec::new()),
            Change::AddMembers { .. } => Self::AddMembers(Vec::new()),
        }
    }
}
