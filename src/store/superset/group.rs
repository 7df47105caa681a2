//! A group as the server shows and takes it.

use std::collections::HashMap;

use serde::Deserialize;

use super::page::Row;
use crate::sync::found::{AccountRef, Group};
use crate::sync::role::Role;
use crate::sync::store_id::StoreId;

/// The columns of [`GroupRow`].
pub(super) const COLUMNS: &str = "id,name,description,roles.id,roles.name,users.id";

/// A group in a list, with all its members.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct GroupRow {
    id: i64,
    name: String,
    #[serde(deserialize_with = "Option::deserialize")]
    description: Option<String>,
    roles: Vec<RoleRow>,
    users: Vec<Member>,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct RoleRow {
    pub(super) id: i64,
    pub(super) name: String,
}

impl RoleRow {
    /// These roles, ascending.
    pub(super) fn ascending(rows: &[Self]) -> Vec<Role> {
        let role = |row: &Self| Role { id: StoreId::Number(row.id), name: row.name.as_str().into() };
        let mut roles: Vec<Role> = rows.iter().map(role).collect();
        roles.sort();
        roles
    }
}

/// A member of a group.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Member {
    id: i64,
}

impl Row for GroupRow {
    fn id(&self) -> i64 {
        self.id
    }
}

impl GroupRow {
    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Its description, where it has one.
    pub(super) fn description(&self) -> Option<&str> {
        self.description.as_deref().filter(|text| !text.is_empty())
    }

    /// Its roles.
    pub(super) fn roles(&self) -> &[RoleRow] {
        &self.roles
    }

    /// The ids of its members, ascending.
    pub(super) fn members(&self) -> Vec<i64> {
        let mut members: Vec<i64> = self.users.iter().map(|user| user.id).collect();
        members.sort_unstable();
        members.dedup();
        members
    }

    /// The group without its link; `None`: a member is not among the accounts.
    pub(super) fn into_group(self, accounts: &HashMap<i64, u32>) -> Option<Group> {
        let members: Option<Vec<AccountRef>> =
            self.members().iter().map(|id| accounts.get(id).copied().map(AccountRef)).collect();
        Some(Group {
            id: StoreId::Number(self.id),
            description: self.description().map(Into::into),
            members: members?,
            roles: RoleRow::ascending(&self.roles),
            name: self.name.into(),
            link: None,
        })
    }
}
